"""What each type of question accepts, in which form it is kept, and how it refuses."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral.cases.forms.answers import AnswerError, is_blank, normalise
from referral.cases.forms.definition import NO, YES, Field, FieldType, Option
from referral.cases.forms.messages import Message

SINGLE = [k for k in FieldType if k not in {FieldType.GROUP, FieldType.CALCULATED}]
NONE = Option("none", "Không có", "None", alone=True)
FIRST, SECOND = Option("first", "Một", "One"), Option("second", "Hai", "Two")


def question(kind, **more):
    return Field(id="q", type=FieldType(kind), vi="Hỏi", en="Ask", **more)


def refusal(field, value):
    with pytest.raises(AnswerError) as refused:
        normalise(field, value)
    return refused.value.message


@pytest.mark.parametrize(
    ("kind", "given_value", "kept"),
    [
        ("text", "  Chị   Lan\n ", "Chị Lan"),
        ("text", "Nguye\u0302\u0303n", "Nguyễn"),
        ("long_text", " dòng một\r\ndòng hai\r ", "dòng một\ndòng hai"),
        ("date", "2024-02-29", "2024-02-29"),
        ("time", "23:59", "23:59"),
        ("datetime", "2024-11-25T07:30:00Z", "2024-11-25T07:30:00Z"),
        ("datetime", "2024-11-25T14:30+07:00", "2024-11-25T07:30:00Z"),
        ("number", 0, 0),
        ("unit", "20047", "20047"),
    ],
)
def test_an_answer_is_kept_in_one_form(kind, given_value, kept):
    assert normalise(question(kind), given_value) == kept


@pytest.mark.parametrize(
    ("kind", "given_value", "message"),
    [
        ("text", 5, Message.NOT_TEXT),
        ("text", ["a"], Message.NOT_TEXT),
        ("text", "x" * 201, Message.TOO_LONG),
        ("text", "a\x00b", Message.UNPRINTABLE),
        ("text", "a\ud800b", Message.UNPRINTABLE),
        ("long_text", "a\u202eb", Message.UNPRINTABLE),
        ("date", "2024-02-30", Message.NOT_DATE),
        ("date", "20240229", Message.NOT_DATE),
        ("date", "29/02/2024", Message.NOT_DATE),
        ("date", "0001-01-01", Message.NOT_DATE),
        ("date", 20240229, Message.NOT_DATE),
        ("time", "24:00", Message.NOT_TIME),
        ("time", "7:30", Message.NOT_TIME),
        ("datetime", "2024-11-25T14:30", Message.NOT_DATETIME),
        ("datetime", "2024-11-25", Message.NOT_DATETIME),
        ("datetime", "2024-13-25T14:30Z", Message.NOT_DATETIME),
        ("datetime", "0001-01-01T00:00+14:00", Message.NOT_DATETIME),
        ("datetime", "1899-12-31T00:00Z", Message.NOT_DATETIME),
        ("number", "3", Message.NOT_NUMBER),
        ("number", 3.0, Message.NOT_NUMBER),
        ("number", True, Message.NOT_NUMBER),
        ("number", -1, Message.OUT_OF_RANGE),
        ("number", 10_000, Message.OUT_OF_RANGE),
        ("unit", "A Lưới", Message.NOT_UNIT),
        ("unit", "1234", Message.NOT_UNIT),
    ],
)
def test_a_wrong_answer_is_refused_with_what_to_do(kind, given_value, message):
    assert refusal(question(kind), given_value) is message


@pytest.mark.parametrize("kind", ["one_of", "several_of", "yes_no_unknown"])
@pytest.mark.parametrize("value", ["third", "", 1, None, ["third"], [["first"]], {"first": 1}])
def test_a_code_that_is_not_listed_is_refused(kind, value):
    options = (YES, NO) if kind == "yes_no_unknown" else (FIRST, SECOND)
    assert refusal(question(kind, options=options), value) is Message.NOT_LISTED


@pytest.mark.parametrize("kind", SINGLE)
def test_declined_and_unknown_are_kept_apart_for_every_type(kind):
    field = question(kind, options=(FIRST, SECOND), unknown=True)
    assert normalise(field, "declined") == "declined"
    assert normalise(field, "unknown") == "unknown"


@pytest.mark.parametrize("kind", [kind for kind in SINGLE if kind not in {"text", "long_text"}])
def test_declined_is_refused_where_the_question_is_not_the_survivors(kind):
    assert refusal(question(kind, options=(FIRST,), decline=False), "declined")


def test_several_answers_are_kept_once_and_in_the_order_of_the_list():
    field = question("several_of", options=(FIRST, SECOND, NONE))
    assert normalise(field, ["second", "first", "second"]) == ["first", "second"]


@pytest.mark.parametrize("other", ["none", "declined", "unknown"])
def test_an_answer_that_contradicts_the_others_must_stand_alone(other):
    field = question("several_of", options=(FIRST, NONE), unknown=True)
    assert refusal(field, ["first", other]) is Message.NOT_ALONE
    assert normalise(field, [other]) in (other, [other])


@pytest.mark.parametrize("value", [None, "", "  \n", []])
def test_an_empty_input_counts_as_not_answered(value):
    assert is_blank(value)


@pytest.mark.parametrize("value", [0, False, "0", "unknown", ["first"]])
def test_zero_and_unknown_are_answers(value):
    assert not is_blank(value)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_text_kept_once_is_kept_the_same_again(typed):
    for kind in ("text", "long_text"):
        field = question(kind, max_length=400)
        try:
            kept = normalise(field, typed)
        except AnswerError:
            continue
        assert normalise(field, kept) == kept
        assert kept.encode("utf-8").decode("utf-8") == kept


@settings(deadline=None)
@given(st.text() | st.integers() | st.floats() | st.lists(st.text()) | st.none() | st.booleans())
def test_whatever_is_sent_is_kept_or_refused_and_nothing_else(value):
    for kind in SINGLE:
        field = question(kind, options=(FIRST, SECOND))
        with contextlib.suppress(AnswerError):
            assert isinstance(normalise(field, value), str | int | list)
