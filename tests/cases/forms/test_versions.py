"""Versions of a form: what an older one holds comes over, and is shown in its words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from referral.cases.forms.engine import load_forms
from referral.cases.forms.form_file import FormError
from tests.cases.forms.strategies import answers_to

CODES = """
[lists.road_1]
source = "x"
options = [
  { id = "foot", vi = "Đi bộ", en = "On foot" },
  { id = "moped", vi = "Xe gắn máy", en = "Moped" },
  { id = "car", vi = "Ô tô", en = "Car" },
]

[lists.road]
source = "x"
options = [
  { id = "foot", vi = "Đi bộ", en = "On foot" },
  { id = "motor", vi = "Xe máy, ô tô", en = "Motor vehicle" },
]
"""
HEAD = 'id = "trip"\nversion = {}\ntitle_vi = "Đi lại"\ntitle_en = "Trip"\n'


def field(kind, name, *lines, en="Ask"):
    keys = [f'id = "{name}"', f'type = "{kind}"', 'vi = "Hỏi"', f'en = "{en}"', *lines]
    return "\n[[fields]]\n" + "\n".join(keys) + "\n"


def within(text):
    return text.replace("[[fields]]", "[[fields.fields]]")


RIDERS = field("group", "riders", en="Rider")
FIRST = (
    HEAD.format(1)
    + field("text", "from_where", en="From where")
    + field("datetime", "left", en="Left at")
    + field("one_of", "how", 'options = "road_1"', en="How")
    + field("several_of", "ways", 'options = "road_1"', en="Ways")
    + field("number", "cost", en="Cost")
    + RIDERS
    + within(field("one_of", "way", 'options = "road_1"', en="Way"))
)
SECOND = (
    HEAD.format(2)
    + """
[changes]
since = 1
renamed = { left = "left_at" }
removed = ["cost"]

[changes.codes]
how = { moped = "motor", car = "motor" }
ways = { moped = "motor", car = "motor" }
"riders.way" = { moped = "motor", car = "motor" }
"""
    + field("long_text", "from_where", en="Where from")
    + field("datetime", "left_at", en="Departure")
    + field("one_of", "how", 'options = "road"', en="How")
    + field("several_of", "ways", 'options = "road"', en="Ways")
    + RIDERS
    + within(field("one_of", "way", 'options = "road"', en="Way"))
)
THIRD = (
    HEAD.format(3)
    + """
[changes]
since = 2
renamed = { from_where = "origin" }
removed = ["ways"]
"""
    + SECOND[SECOND.index("\n[[fields]]") :]
).replace('"from_where"', '"origin"')
THIRD = THIRD[: THIRD.index('\n[[fields]]\nid = "ways"')] + THIRD[THIRD.index(RIDERS) :]
THIRD = THIRD.replace("renamed = { origin", "renamed = { from_where")
OLD = {
    "from_where": "A Lưới",
    "left": "2024-11-25T00:30:00Z",
    "how": "moped",
    "ways": ["moped", "car", "foot"],
    "cost": 20,
    "riders": [{"way": "car"}, {"way": "foot"}],
}
NOW = {
    "origin": "A Lưới",
    "left_at": "2024-11-25T00:30:00Z",
    "how": "motor",
    "ways": ["motor", "foot"],
    "cost": 20,
    "riders": [{"way": "motor"}, {"way": "foot"}],
}


@pytest.fixture
def write(tmp_path):
    def put(**files):
        (tmp_path / "codes.toml").write_text(CODES, encoding="utf-8")
        for name, text in files.items():
            path = tmp_path / f"{name.replace('_', '.')}.toml"
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return put


@pytest.fixture
def trip(write):
    return load_forms(write(trip=THIRD, trip_2=SECOND, trip_1=FIRST))["trip"]


def test_answers_of_the_first_version_come_over_to_the_third_with_nothing_lost(trip):
    assert trip.migrated(OLD, 1) == NOW
    assert trip.migrated(NOW, 3) == NOW
    assert trip.migrated(OLD, 9) == OLD
    kept = trip.schema()().load(trip.migrated(OLD, 1))
    assert kept == {**NOW, "ways": ["foot", "motor"]}


def test_what_was_written_under_a_version_is_shown_in_its_words(trip):
    shown = trip.as_of(1).display(OLD, "en")
    assert shown[:3] == [
        ("From where", "A Lưới"),
        ("Left at", "25/11/2024, 07:30"),
        ("How", "Moped"),
    ]
    assert ("Rider (1)", "Way: Car") in shown
    assert trip.as_of(2).display({"from_where": "A Lưới"}, "en") == [("Where from", "A Lưới")]
    assert trip.as_of(7) is trip


def test_a_removed_question_is_shown_last_under_the_label_it_had(trip):
    shown = trip.display(NOW, "en")
    assert shown[-2:] == [("Cost", "20"), ("Ways", "Motor vehicle; On foot")]
    assert [question.id for question in trip.former] == ["cost", "ways"]


def test_a_removed_answer_is_kept_by_page_and_api_until_it_was_moved(trip):
    assert trip.schema()().load({"cost": 20}) == {"cost": 20}
    assert trip.openapi()["properties"]["cost"]["deprecated"] is True
    values = trip.page_values({"cost": 20, "how": "foot"})
    assert trip.parse_form(MultiDict(values)) == {"cost": 20, "how": "foot"}
    moved = MultiDict({**values, "former-moved": ["cost"]})
    assert trip.parse_form(moved) == {"how": "foot"}


@pytest.mark.parametrize("prefix", ["", "s-"])
def test_a_draft_typed_under_the_first_version_opens_under_the_third(trip, prefix):
    typed = {
        "left-date": ["31/2/24"],
        "left-time": [""],
        "from_where": ["A Lưới"],
        "how": ["car"],
        "cost-exit": ["declined"],
        "riders-row": ["4", "2"],
        "riders-4-way": ["moped"],
        "riders-2-way": ["foot"],
    }
    draft = {f"{prefix}{name}": said for name, said in typed.items()}
    elsewhere = {"revision": ["1"], "how": ["moped"]} if prefix else {"revision": ["1"]}
    moved = trip.migrated_inputs({**draft, **elsewhere}, prefix=prefix)
    expected = {
        "left_at-date": ["31/2/24"],
        "left_at-time": [""],
        "origin": ["A Lưới"],
        "how": ["motor"],
        "cost-exit": ["declined"],
        "riders-row": ["4", "2"],
        "riders-4-way": ["motor"],
        "riders-2-way": ["foot"],
        "form-version": ["3"],
    }
    assert moved == {f"{prefix}{name}": said for name, said in expected.items()} | elsewhere


@pytest.mark.parametrize("said", [["3"], ["7"], ["x"], ["99999"]])
def test_a_draft_of_this_version_or_of_one_unknown_stays_as_it_was_typed(trip, said):
    typed = {"origin": ["A"], "form-version": said}
    moved = trip.migrated_inputs(typed)
    assert moved["origin"] == ["A"]


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_whatever_was_written_under_an_old_version_can_be_written_again(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp() / "versions"
    folder.mkdir(exist_ok=True)
    for name, text in {"trip": THIRD, "trip.2": SECOND, "trip.1": FIRST, "codes": CODES}.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    trip = load_forms(folder)["trip"]
    answers = data.draw(answers_to(trip.as_of(1)))
    moved = trip.migrated(answers, 1)
    assert len(moved) == len(answers)
    kept = trip.schema()().load(moved)
    assert kept.keys() == moved.keys()
    typed = trip.as_of(1).page_values(answers)
    assert trip.schema()().load(trip.parse_form(MultiDict(trip.migrated_inputs(typed)))) == kept


REMOVED = 'removed = ["cost"]'
SILENT = SECOND[: SECOND.index("\n[changes]")] + SECOND[SECOND.index("\n[[fields]]") :]
LOSES = {
    "nothing said": (SILENT, "version", "say under"),
    "since itself": (SECOND.replace("since = 1", "since = 2"), "since = 2", "an earlier version"),
    "since nothing": (SECOND.replace("since = 1", "since = 0"), "since = 0", "since"),
    "not told": (SECOND.replace(REMOVED, "removed = []"), "[changes]", "'cost' of version 1"),
    "removed and asked": (
        SECOND + field("number", "cost"),
        REMOVED,
        "'cost' is removed and asked",
    ),
    "removed nothing": (
        SECOND.replace(REMOVED, 'removed = ["cost", "zz"]'),
        "removed",
        "no question 'zz'",
    ),
    "renamed nothing": (
        SECOND.replace('{ left = "left_at" }', '{ left = "left_at", zz = "y" }'),
        "renamed",
        "no question 'zz'",
    ),
    "renamed onto another": (
        SECOND.replace('{ left = "left_at" }', '{ left = "left_at", cost = "how" }'),
        "renamed",
        "has a question 'how' already",
    ),
    "another type": (
        SECOND.replace("long_text", "number"),
        "[changes]",
        "'from_where' was a text and is a number",
    ),
    "a code gone": (
        SECOND.replace('how = { moped = "motor", car', "how = { car"),
        "how = { car",
        "'how' has no answer 'moped' any more",
    ),
    "a code of a line gone": (
        SECOND.replace('"riders.way" = { moped = "motor", car', '"riders.way" = { car'),
        '"riders.way" = {',
        "'riders.way' has no answer 'moped'",
    ),
    "codes of nothing": (
        SECOND.replace('"riders.way"', '"zz"'),
        '"zz" = {',
        "there is no question 'zz'",
    ),
    "a line question gone": (
        SECOND.replace('id = "way"', 'id = "road"'),
        "[changes]",
        "'riders.way' is gone",
    ),
}


@pytest.mark.parametrize("name", LOSES)
def test_a_version_that_would_lose_answers_is_refused_with_its_line(write, name):
    text, stands_there, reason = LOSES[name]
    with pytest.raises(FormError) as refused:
        load_forms(write(trip=text, trip_1=FIRST))
    assert refused.value.file == "trip.toml"
    assert reason in refused.value.reason
    assert stands_there in text.splitlines()[refused.value.line - 1]


def test_a_removed_id_is_never_asked_for_something_else(write):
    with pytest.raises(FormError, match="'cost' was removed in an earlier version"):
        load_forms(write(trip=THIRD + field("text", "cost"), trip_2=SECOND, trip_1=FIRST))


@pytest.mark.parametrize(
    ("files", "file", "reason"),
    [
        ({"trip": SECOND}, "trip.toml", "there is no trip.1.toml"),
        ({"trip_1": FIRST}, "trip.1.toml", "there is no trip.toml"),
        ({"trip": SECOND, "trip_2": FIRST}, "trip.2.toml", "the file is named as version 2"),
        ({"trip": FIRST, "trip_1": FIRST}, "trip.1.toml", "version 1 stands in two files"),
    ],
)
def test_earlier_versions_stand_beside_their_form_by_name(write, files, file, reason):
    with pytest.raises(FormError) as refused:
        load_forms(write(**files))
    assert reason in refused.value.reason
    assert refused.value.file in {file, "trip.toml"}


BUILT_IN = load_forms()


@pytest.mark.parametrize("form_id", sorted(BUILT_IN))
def test_every_version_of_a_built_in_form_is_kept(form_id):
    form = BUILT_IN[form_id]
    assert set(form.versions) == set(range(1, form.version + 1))


@pytest.mark.parametrize("form_id", sorted(name for name, f in BUILT_IN.items() if f.version > 1))
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_what_was_written_under_a_built_in_version_can_be_written_again(form_id, data):
    form = BUILT_IN[form_id]
    version = data.draw(st.sampled_from(range(1, form.version)))
    answers = data.draw(answers_to(form.as_of(version)))
    kept = form.schema()().load(form.migrated(answers, version))
    assert len(kept) >= len(answers)
    words = [value for _, value in form.display(kept, "vi")]
    assert all(value in words for _, value in form.as_of(version).display(answers, "vi"))


def test_how_old_children_were_is_kept_as_it_was_written_until_it_stands_in_lines():
    needs = BUILT_IN["needs"]
    old = {"children_count": 2, "children_ages": "nữ 3, nam 13"}
    assert needs.display(needs.migrated(old, 1), "vi")[-1] == (
        "Tuổi và giới tính của trẻ",
        "nữ 3, nam 13",
    )
    with pytest.raises(ValidationError):
        needs.schema()().load({"children_ages": "x" * 101})
