"""What one answer asks of another: shown, needed, and between which days."""

import pytest
import time_machine
from marshmallow import ValidationError

from referral.cases.forms.engine import load_forms
from referral.cases.forms.messages import Message, by_field

HEAD = 'id = "own"\nversion = 1\ntitle_vi = "Riêng"\ntitle_en = "Own"\n'


def field(kind, name, *lines):
    keys = [f'id = "{name}"', f'type = "{kind}"', 'vi = "Hỏi"', 'en = "Ask"', *lines]
    return "\n".join(["[[fields]]", *keys]) + "\n"


@pytest.fixture
def form_of(tmp_path):
    def make(*fields):
        (tmp_path / "own.toml").write_text(HEAD + "".join(fields), encoding="utf-8")
        return load_forms(tmp_path)["own"]

    return make


def refused(form, answers):
    with pytest.raises(ValidationError) as refusal:
        form.schema()().load(answers)
    return by_field(refusal.value.messages)


NEEDED_IF_OTHER = 'required_when = { field = "sex", any_of = ["other"] }'
NEEDED_UNLESS = 'required_when = { field = "sex", none_of = ["female", "declined"] }'
SHOWN_UNLESS = 'shown_when = { field = "sex", none_of = ["male"] }'


@pytest.mark.parametrize(
    ("condition", "sex", "is_needed"),
    [
        (NEEDED_IF_OTHER, "other", True),
        (NEEDED_IF_OTHER, "male", False),
        (NEEDED_IF_OTHER, None, False),
        (NEEDED_UNLESS, "male", True),
        (NEEDED_UNLESS, "female", False),
        (NEEDED_UNLESS, "declined", False),
        (NEEDED_UNLESS, None, False),
        (SHOWN_UNLESS + "\nrequired = true", "female", True),
        (SHOWN_UNLESS + "\nrequired = true", "male", False),
        (SHOWN_UNLESS + "\nrequired = true", None, False),
        (SHOWN_UNLESS + "\n" + NEEDED_IF_OTHER, "other", True),
        ('shown_when = { field = "sex", any_of = ["male"] }\n' + NEEDED_IF_OTHER, "other", False),
    ],
)
def test_an_answer_is_needed_when_another_calls_for_it(form_of, condition, sex, is_needed):
    form = form_of(field("one_of", "sex", 'options = "sex"'), field("text", "why", condition))
    answers = {} if sex is None else {"sex": sex}
    if is_needed:
        assert refused(form, answers) == {"why": [Message.REQUIRED]}
    else:
        assert form.schema()().load(answers) == answers
    assert form.schema()(partial=True).load(answers) == answers
    assert form.schema()().load({**answers, "why": "x"}) == {**answers, "why": "x"}


def test_a_list_of_answers_calls_for_another_by_any_of_them(form_of):
    wanted = 'required_when = { field = "how", any_of = ["written", "thumbprint"] }'
    form = form_of(
        field("several_of", "how", 'options = "consent_mode"'), field("text", "why", wanted)
    )
    given = {"how": ["thumbprint", "oral_with_witness"]}
    assert refused(form, given) == {"why": [Message.REQUIRED]}
    assert form.schema()().load({"how": ["oral_with_witness"]})


NOT_IN_FUTURE = 'not_after = "today"'


@time_machine.travel("2026-03-05T05:00:00Z", tick=False)
@pytest.mark.parametrize(
    ("kind", "limit", "given", "said"),
    [
        ("date", NOT_IN_FUTURE, "2026-03-05", None),
        ("date", NOT_IN_FUTURE, "2026-03-06", Message.AFTER_TODAY),
        ("date", 'not_before = "today"', "2026-03-05", None),
        ("date", 'not_before = "today"', "2026-03-04", Message.BEFORE_TODAY),
        ("date", 'not_before = "2024-01-01"', "2023-12-31", Message.TOO_EARLY),
        ("date", 'not_before = "2024-01-01"', "2024-01-01", None),
        ("date", NOT_IN_FUTURE, "declined", None),
        ("datetime", NOT_IN_FUTURE, "2026-03-07T00:00:00Z", Message.AFTER_TODAY),
        ("datetime", NOT_IN_FUTURE, "2026-03-05T16:00:00Z", None),
        ("datetime", 'not_before = "2024-01-01"', "2023-12-31T17:00:00Z", None),
        ("datetime", 'not_before = "2024-01-01"', "2023-12-31T16:59:59Z", Message.TOO_EARLY),
    ],
)
def test_a_day_outside_its_limits_is_refused(form_of, kind, limit, given, said):
    form = form_of(field(kind, "q", limit))
    if said is None:
        assert form.schema()().load({"q": given}) == {"q": given}
    else:
        assert refused(form, {"q": given}) == {"q": [said]}


@pytest.mark.parametrize(
    ("kinds", "begun", "ended", "said"),
    [
        ("date date", "2024-11-20", "2024-11-20", None),
        ("date date", "2024-11-20", "2024-11-19", Message.TOO_EARLY),
        ("datetime datetime", "2024-11-20T10:00:01Z", "2024-11-20T10:00:00Z", Message.TOO_EARLY),
        ("datetime date", "2024-11-20T18:00:00Z", "2024-11-20", Message.TOO_EARLY),
        ("datetime date", "2024-11-20T18:00:00Z", "2024-11-21", None),
        ("date datetime", "2024-11-21", "2024-11-20T18:00:00Z", None),
        ("date date", "declined", "1950-01-01", None),
        ("date date", None, "1950-01-01", None),
    ],
)
def test_a_day_is_held_to_an_earlier_answer(form_of, kinds, begun, ended, said):
    first, second = kinds.split()
    form = form_of(field(first, "begun"), field(second, "ended", 'not_before = "begun"'))
    answers = {"ended": ended} if begun is None else {"begun": begun, "ended": ended}
    if said is None:
        assert form.schema()().load(answers) == answers
    else:
        assert refused(form, answers) == {"ended": [said]}


def test_a_line_of_a_group_is_held_to_its_own_answers(form_of):
    of_a_line = field("date", "came") + field("date", "left", 'not_before = "came"')
    form = form_of(field("group", "stays"), of_a_line.replace("[[fields", "[[fields.fields"))
    good, wrong = ({"came": "2024-01-02", "left": f"2024-01-0{n}"} for n in (3, 1))
    assert refused(form, {"stays": [good, wrong]}) == {"stays.1.left": [Message.TOO_EARLY]}


def test_a_number_is_shown_with_what_it_counts(form_of):
    form = form_of(field("number", "age", 'unit_vi = "tháng tuổi"', 'unit_en = "months"'))
    assert form.display({"age": 7}, "vi") == [("Hỏi", "7 tháng tuổi")]
    assert form.display({"age": 7}, "en") == [("Ask", "7 months")]
    assert form.display({"age": "declined"}, "en") == [("Ask", "Prefer not to say")]


def test_the_api_document_tells_what_one_answer_asks_of_another(form_of):
    told = form_of(
        field("one_of", "sex", 'options = "sex"'),
        field("date", "on", NEEDED_IF_OTHER, SHOWN_UNLESS, NOT_IN_FUTURE),
    ).openapi()["properties"]["on"]
    assert told["x-required-when"] == {"field": "sex", "any_of": ["other"]}
    assert told["x-shown-when"] == {"field": "sex", "none_of": ["male"]}
    assert told["x-not-after"] == "today"
