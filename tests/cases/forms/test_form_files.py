"""An installation's own form files: what they may add, and how a wrong one is refused."""

import pytest

from referral.cases.forms.definition import BY_ITSELF
from referral.cases.forms.engine import load_forms
from referral.cases.forms.form_file import FormError

HEAD = 'id = "own"\nversion = 1\ntitle_vi = "Riêng"\ntitle_en = "Own"\n'
LABELS = 'vi = "Hỏi"\nen = "Ask"\n'


def field(*lines, kind="text", name="q"):
    return f'[[fields]]\nid = "{name}"\ntype = "{kind}"\n' + LABELS + "\n".join(lines) + "\n"


def group(*lines, of="", name="g"):
    return field(*lines, kind="group", name=name) + of


def sub(*lines, kind="text", name="q"):
    return field(*lines, kind=kind, name=name).replace("[[fields]]", "[[fields.fields]]")


@pytest.fixture
def own(tmp_path):
    def write(text, name="own.toml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_a_directory_that_is_not_there_adds_nothing(tmp_path):
    assert load_forms(tmp_path / "forms") is load_forms()


def test_an_installation_adds_a_form_and_keeps_the_built_in_ones(own):
    forms = load_forms(own(HEAD + field()))
    assert set(forms) == {*load_forms(), "own"}
    assert forms["own"].schema()().load({"q": " Huế "}) == {"q": "Huế"}


def replacing(form_id, *, version=101, removed=()):
    head = HEAD.replace('"own"', f'"{form_id}"').replace("version = 1", f"version = {version}")
    since = load_forms()[form_id].version
    return f"{head}\n[changes]\nsince = {since}\nremoved = {list(removed)}\n\n{field()}"


def asked(form_id):
    """The questions that stand in the file and are answered by hand."""
    fields = load_forms()[form_id].fields
    return [each.id for each in fields if each.calculation is None and each not in BY_ITSELF]


def test_an_installation_replaces_a_form_under_a_version_of_its_own(own):
    text = replacing("stay_note", removed=asked("stay_note"))
    forms = load_forms(own(text, "stay_note.toml"))
    assert [each.id for each in forms["stay_note"].fields] == ["q", "sheet"]
    assert forms["stay_note"].is_own
    assert asked("stay_note") != ["q"]


def test_a_form_replaced_under_a_number_of_the_products_is_refused(own):
    text = replacing("stay_note", version=100, removed=asked("stay_note"))
    with pytest.raises(FormError, match="count your versions from 101 on"):
        load_forms(own(text, "stay_note.toml"))


def test_an_installation_adds_a_code_list(own):
    own('[lists.clan]\nsource = "xã"\noptions = [{ id = "a", vi = "A", en = "A" }]\n', "codes.toml")
    forms = load_forms(own(HEAD + field('options = "clan"', kind="one_of")))
    assert forms["own"].field("q").options[0].source == "xã"


def test_a_built_in_code_list_is_not_changed_beneath_its_forms(own):
    text = '[lists.sex]\nsource = "x"\noptions = [{ id = "a", vi = "A", en = "A" }]\n'
    with pytest.raises(FormError) as refused:
        load_forms(own(text, "codes.toml"))
    assert (refused.value.file, refused.value.field) == ("codes.toml", "sex")


def test_a_form_that_others_copy_from_keeps_what_they_copy(own):
    with pytest.raises(FormError) as refused:
        load_forms(own(replacing("needs", removed=asked("needs")), "needs.toml"))
    assert refused.value.file == "referral_summary.toml"
    assert "needs.needs" in refused.value.reason


WRONG = {
    "not toml": ("id = ", "", "id =", "Invalid value"),
    "no title": (HEAD.replace('title_en = "Own"\n', "") + field(), "", "id =", "title_en"),
    "no fields": (HEAD, "", "id =", "fields"),
    "sheet asked": (HEAD + field(kind="sheet"), "q", "type", "asks it by itself"),
    "paper's id": (HEAD + field().replace('"q"', '"paper"'), "paper", "id", "kept for what"),
    "member asked": (HEAD + field(kind="member"), "q", "type", "asks it by itself"),
    "sheet's id": (
        HEAD + field().replace('"q"', '"sheet"'),
        "sheet",
        "id",
        "kept for what every form asks",
    ),
    "fields no list": (HEAD + 'fields = "x"', "", "fields", "fields"),
    "field no table": (HEAD + 'fields = ["x"]', "0", "fields", "_schema"),
    "id not the file": (
        HEAD.replace('"own"', '"other"') + field(),
        "",
        "other",
        "name of the file",
    ),
    "version zero": (
        HEAD.replace("version = 1", "version = 0") + field(),
        "",
        "version",
        "version",
    ),
    "unknown key": (HEAD + field("colour = 1"), "q", "colour", "colour"),
    "unknown key of form": ('colour = "x"\n' + HEAD + field(), "", "colour", "colour"),
    "unknown type": (HEAD + field(kind="picture"), "q", "picture", "type"),
    "no english": (HEAD + field().replace('en = "Ask"\n', ""), "q", "[[fields]]", "en"),
    "empty label": (HEAD + field().replace('"Ask"', '""'), "q", 'en = ""', "en"),
    "hint in one language": (HEAD + field('hint_en = "x"'), "q", "[[fields]]", "both languages"),
    "same id twice": (
        HEAD + field() + field(kind="date"),
        "q",
        'id = "q"',
        "twice",
    ),
    "id in capitals": (HEAD + field(name="Q"), "Q", '"Q"', "id"),
    "list missing": (HEAD + field(kind="one_of"), "q", "[[fields]]", "needs options"),
    "list unknown": (HEAD + field('options = "zz"', kind="one_of"), "q", "zz", "'zz'"),
    "list on text": (HEAD + field('options = "sex"'), "q", "options", "takes no options"),
    "length on a date": (
        HEAD + field("max_length = 5", kind="date"),
        "q",
        "max_length",
        "takes no max_length",
    ),
    "range on text": (HEAD + field("minimum = 5"), "q", "minimum", "takes no minimum"),
    "range upside down": (
        HEAD + field("minimum = 5\nmaximum = 1", kind="number"),
        "q",
        "minimum",
        "minimum is above",
    ),
    "fact on text": (HEAD + field("fact = true"), "q", "fact", "no fact may carry it"),
    "fact on a date": (HEAD + field("fact = true", kind="date"), "q", "fact", "no fact may"),
    "fact on a number": (HEAD + field("fact = true", kind="number"), "q", "fact", "no fact may"),
    "shown by nothing": (
        HEAD + field('shown_when = { field = "z", any_of = ["yes"] }'),
        "q",
        "shown_when",
        "no question 'z' before it",
    ),
    "shown by a later one": (
        HEAD
        + field('shown_when = { field = "z", any_of = ["yes"] }')
        + field(kind="yes_no_unknown", name="z"),
        "q",
        "shown_when",
        "before it",
    ),
    "shown by no answer": (
        HEAD
        + field(kind="yes_no_unknown", name="z")
        + field('shown_when = { field = "z", any_of = ["perhaps"] }'),
        "q",
        "perhaps",
        "no answer 'perhaps'",
    ),
    "shown by both or neither": (
        HEAD
        + field(kind="yes_no_unknown", name="z")
        + field('shown_when = { field = "z", any_of = ["yes"], none_of = ["no"] }'),
        "q",
        "shown_when",
        "one of both",
    ),
    "needed by nothing": (
        HEAD + field('required_when = { field = "z", none_of = ["yes"] }'),
        "q",
        "required_when",
        "no question 'z' before it",
    ),
    "needed twice": (
        HEAD
        + field(kind="yes_no_unknown", name="z")
        + field('required = true\nrequired_when = { field = "z", any_of = ["yes"] }'),
        "q",
        "required_when",
        "says nothing beside required",
    ),
    "limit on a text": (
        HEAD + field('not_after = "today"'),
        "q",
        "not_after",
        "takes no not_after",
    ),
    "limit of nothing": (
        HEAD + field('not_after = "tomorrow"', kind="date"),
        "q",
        "tomorrow",
        "neither today, nor a day, nor an earlier date",
    ),
    "limit by a later date": (
        HEAD + field('not_after = "z"', kind="date") + field(kind="date", name="z"),
        "q",
        "not_after",
        "nor an earlier date",
    ),
    "limits upside down": (
        HEAD + field('not_before = "2024-02-01"\nnot_after = "2024-01-01"', kind="date"),
        "q",
        "not_before",
        "not_before is after not_after",
    ),
    "unit in one language": (
        HEAD + field('unit_vi = "kg"', kind="number"),
        "q",
        "[[fields]]",
        "both",
    ),
    "unit on text": (HEAD + field('unit_vi = "kg"'), "q", "unit_vi", "takes no unit_vi"),
    "worked out of nothing": (
        HEAD + field(kind="calculated"),
        "q",
        "[[fields]]",
        "needs calculated",
    ),
    "worked out twice": (
        HEAD + field('calculated = { rows = "a", years_since = "b" }', kind="calculated"),
        "q",
        "calculated =",
        "Give one function",
    ),
    "worked out by magic": (
        HEAD + field('calculated = { eval = "1 + 1" }', kind="calculated"),
        "q",
        "calculated =",
        "eval",
    ),
    "worked out later": (
        HEAD
        + field('calculated = { years_since = "z" }', kind="calculated")
        + field(kind="date", name="z"),
        "q",
        "calculated =",
        "no question 'z' before it",
    ),
    "worked out of words": (
        HEAD + field(name="z") + field('calculated = { sum = ["z"] }', kind="calculated"),
        "q",
        "calculated =",
        "'z' is a text, of no use to it",
    ),
    "worked out and typed": (
        HEAD + field('calculated = { rows = "g" }'),
        "q",
        "calculated =",
        "takes no",
    ),
    "worked out and needed": (
        HEAD
        + group(of=sub())
        + field('calculated = { rows = "g" }', "required = true", kind="calculated"),
        "q",
        "required",
        "a calculated takes no required",
    ),
    "worked out for a fact": (
        HEAD
        + group(of=sub())
        + field('calculated = { rows = "g" }', "fact = true", kind="calculated"),
        "q",
        "fact",
        "no fact may carry it",
    ),
    "group of nothing": (HEAD + group(), "g", "[[fields]]", "needs questions of its own"),
    "questions of a text": (
        HEAD + field() + sub(name="r"),
        "q",
        "[[fields.fields]]",
        "takes no fields",
    ),
    "rows of a text": (HEAD + field("most = 3"), "q", "most", "takes no most"),
    "rows upside down": (
        HEAD + group("least = 3\nmost = 1", of=sub()),
        "g",
        "least",
        "least is above most",
    ),
    "rows beyond measure": (HEAD + group("most = 51", of=sub()), "g", "most", "most"),
    "group in a fact": (HEAD + group("fact = true", of=sub()), "g", "fact", "no fact may"),
    "row in a fact": (
        HEAD
        + group(
            of=sub("fact = true", kind="one_of", name="s").replace("fact", 'options = "sex"\nfact')
        ),
        "g.s",
        "fact = true",
        "a question of a group takes no fact",
    ),
    "group in a group": (
        HEAD
        + group(of=sub(kind="group") + field().replace("[[fields]]", "[[fields.fields.fields]]")),
        "g.q",
        "[[fields.fields]]",
        "holds no other group",
    ),
    "wrong type in a group": (
        HEAD + field() + group(of=sub(name="a") + sub(kind="picture", name="b")),
        "g.b",
        "picture",
        "type",
    ),
    "same id twice in a group": (HEAD + group(of=sub() + sub()), "g.q", 'id = "q"', "twice"),
    "row shown by the form": (
        HEAD
        + field(kind="yes_no_unknown", name="z")
        + group(of=sub('shown_when = { field = "z", any_of = ["yes"] }')),
        "g.q",
        "shown_when",
        "no question 'z' before it",
    ),
    "copied from nothing": (
        HEAD + field('copied_from = "identity.zz"'),
        "q",
        "copied_from",
        "identity.zz",
    ),
    "copied from another type": (
        HEAD + field('copied_from = "identity.sex"'),
        "q",
        "copied_from",
        "another type",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_refused_by_file_line_field_and_reason(own, name):
    text, field_id, stands_there, reason = WRONG[name]
    with pytest.raises(FormError) as refused:
        load_forms(own(text))
    error = refused.value
    assert (error.file, error.field) == ("own.toml", field_id)
    assert stands_there in text.splitlines()[error.line - 1]
    assert reason in error.reason
    assert str(error).startswith(f"own.toml, line {error.line}")
    assert "\n" not in str(error)


def test_of_two_questions_with_one_id_the_second_is_named(own):
    text = HEAD + field() + field(kind="date")
    with pytest.raises(FormError) as refused:
        load_forms(own(text))
    assert refused.value.line == len(HEAD.splitlines()) + len(field().splitlines()) + 2


ON_SEVERAL_LINES = """
# comment
[lists.clan]
source = "x"
options = [
  # comment
  { id = "a", vi = "A", en = "A" },
  { id = "b", vi = "B" },
]
"""


def test_of_a_list_on_several_lines_the_row_is_named(own):
    with pytest.raises(FormError) as refused:
        load_forms(own(ON_SEVERAL_LINES, "codes.toml"))
    assert (refused.value.line, refused.value.field) == (8, "clan")


def test_a_file_that_is_not_utf8_is_refused(tmp_path):
    (tmp_path / "own.toml").write_bytes(b'# one\nid = "\xff"')
    with pytest.raises(FormError, match=r"own\.toml, line 2: this is not UTF-8"):
        load_forms(tmp_path)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ('[{ id = "unknown", vi = "A", en = "A" }]', "is kept for"),
        ('[{ id = "declined", vi = "A", en = "A" }]', "is kept for"),
        ('[{ id = "a", vi = "A", en = "A" }, { id = "a", vi = "B", en = "B" }]', "twice"),
        ('[{ id = "a", vi = "A" }]', "en"),
        ("[]", "options"),
    ],
)
def test_a_wrong_code_list_is_refused_by_its_name(own, options, reason):
    with pytest.raises(FormError) as refused:
        load_forms(own(f'[lists.clan]\nsource = "x"\noptions = {options}\n', "codes.toml"))
    assert (refused.value.file, refused.value.field) == ("codes.toml", "clan")
    assert reason in refused.value.reason
