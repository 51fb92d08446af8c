"""Answers that a form works out: at every load, stored with the others, never typed."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from referral.cases.forms.engine import load_forms
from tests.cases.forms.strategies import answers_to

HOUSEHOLD = """
id = "dwelling"
version = 1
title_vi = "Gia đình"
title_en = "Household"

[[fields]]
id = "born_on"
type = "date"
vi = "Ngày sinh"
en = "Born on"

[[fields]]
id = "birth_year"
type = "number"
vi = "Năm sinh"
en = "Year of birth"
minimum = 1900
maximum = 2100
unknown = true

[[fields]]
id = "adults"
type = "number"
vi = "Người lớn"
en = "Adults"
maximum = 20

[[fields]]
id = "children"
type = "group"
vi = "Trẻ em"
en = "Child"

[[fields.fields]]
id = "born_at"
type = "datetime"
vi = "Sinh lúc"
en = "Born at"

[[fields.fields]]
id = "age"
type = "calculated"
vi = "Tuổi"
en = "Age"
calculated = { years_since = "born_at" }

[[fields.fields]]
id = "nights"
type = "number"
vi = "Số đêm"
en = "Nights"

[[fields]]
id = "age"
type = "calculated"
vi = "Tuổi"
en = "Age"
unit_vi = "tuổi"
unit_en = "years"
calculated = { years_since = "born_on" }

[[fields]]
id = "age_by_year"
type = "calculated"
vi = "Tuổi theo năm sinh"
en = "Age by year"
calculated = { years_since = "birth_year" }

[[fields]]
id = "how_many"
type = "calculated"
vi = "Số trẻ"
en = "Children"
calculated = { rows = "children" }

[[fields]]
id = "persons"
type = "calculated"
vi = "Số người"
en = "Persons"
calculated = { sum = ["adults", "how_many"] }

[[fields]]
id = "nights"
type = "calculated"
vi = "Tổng số đêm"
en = "Nights in all"
calculated = { sum = ["children.nights"] }
"""


@pytest.fixture(scope="module")
def household(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forms")
    (folder / "dwelling.toml").write_text(HOUSEHOLD, encoding="utf-8")
    return load_forms(folder)["dwelling"]


def load(form, answers):
    return form.schema()().load(answers)


def at(text):
    return time_machine.travel(
        datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    )


@pytest.mark.parametrize(
    ("day", "born_on", "age"),
    [
        ("2024-11-25T00:30", "1990-11-25", 34),
        ("2024-11-24T23:30", "1990-11-25", 33),
        ("2024-02-28T12:00", "2000-02-29", 23),
        ("2024-02-29T12:00", "2000-02-29", 24),
        ("2024-11-25T12:00", "2024-11-26", None),
    ],
)
def test_full_years_count_to_the_local_day_on_which_it_was_asked(household, day, born_on, age):
    with at(day):
        assert load(household, {"born_on": born_on}).get("age") == age


def test_of_a_year_alone_the_years_between_are_counted(household):
    with at("2024-01-01T12:00"):
        assert load(household, {"birth_year": 1990})["age_by_year"] == 34


def test_rows_and_sums_are_worked_out_in_lines_and_over_them(household):
    rows = [{"born_at": "2020-01-02T17:00:00Z", "nights": 2}, {"nights": 3}, {}]
    with at("2024-01-02T12:00"):
        assert load(household, {"adults": 1, "children": rows}) == {
            "adults": 1,
            "children": [{"born_at": "2020-01-02T17:00:00Z", "nights": 2, "age": 3}, {"nights": 3}],
            "how_many": 2,
            "persons": 3,
            "nights": 5,
        }


@pytest.mark.parametrize("answers", [{}, {"children": "declined"}, {"birth_year": "unknown"}])
def test_nothing_is_worked_out_of_what_was_not_answered(household, answers):
    assert load(household, answers) == answers


def test_what_is_sent_for_it_is_passed_over_and_worked_out_anew(household):
    assert load(household, {"how_many": 7, "persons": "x", "age": {"a": 1}}) == {}
    sent = {"how_many": 7, "children": [{"nights": 1, "age": 99}]}
    assert load(household, sent) == {
        "children": [{"nights": 1}],
        "how_many": 1,
        "persons": 1,
        "nights": 1,
    }


def test_it_has_no_input_on_the_page_and_its_words_on_page_and_print(household):
    with at("2024-11-25T12:00"):
        kept = load(household, {"born_on": "1990-11-25"})
    assert set(household.page_values(kept)) == {"born_on"}
    assert household.parse_form(MultiDict([("age", "99"), ("born_on", "1990-11-25")])) == {
        "born_on": "1990-11-25"
    }
    assert household.display(kept, "en") == [("Born on", "25/11/1990"), ("Age", "34 years")]


def test_the_api_document_says_that_it_is_only_read(household):
    assert household.openapi()["properties"]["how_many"]["readOnly"] is True


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_answers_with_what_is_worked_out_come_back_as_they_were(household, data):
    answers = data.draw(answers_to(household))
    assert load(household, answers) == answers
    assert (
        load(household, household.parse_form(MultiDict(household.page_values(answers)))) == answers
    )
