"""Contexts and delays follow from what was answered, and are right where others are wrong."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.cases.classification import (
    TYPES,
    AgeSpan,
    Context,
    ReportingDelay,
    acts_before_type,
    age_at,
    contexts_of,
    reporting_delay,
)
from referral.cases.forms.engine import load_forms

CHILD, ADULT, OPEN = AgeSpan(12, 13), AgeSpan(30, 31), AgeSpan(None, None)
DAY = date(2024, 11, 25)


@pytest.mark.parametrize(
    ("said", "age", "expected"),
    [
        ({"gbvims_type": "physical_assault", "perpetrator_relation": "spouse"}, ADULT,
         [Context.INTIMATE_PARTNER]),
        ({"gbvims_type": "psychological_abuse", "perpetrator_relation": "former_partner"}, ADULT,
         [Context.INTIMATE_PARTNER]),
        ({"gbvims_type": "physical_assault", "perpetrator_relation": "parent"}, CHILD, []),
        ({"gbvims_type": "rape", "perpetrator_relation": "neighbour"}, CHILD,
         [Context.CHILD_SEXUAL_ABUSE]),
        ({"gbvims_type": "rape", "perpetrator_relation": "neighbour"}, OPEN, []),
        ({"gbvims_type": "forced_marriage"}, CHILD, [Context.EARLY_MARRIAGE]),
        ({"gbvims_type": "forced_marriage"}, ADULT, []),
        ({"gbvims_type": "sexual_assault", "goods_exchanged": "yes"}, ADULT,
         [Context.SEXUAL_EXPLOITATION]),
        ({"gbvims_type": "rape", "abduction": "trafficked"}, ADULT, [Context.SEXUAL_SLAVERY]),
        ({"gbvims_type": "physical_assault", "abduction": "trafficked"}, ADULT, []),
        ({"gbvims_type": "forced_marriage", "harmful_practice": "bride_taking"}, ADULT,
         [Context.HARMFUL_PRACTICE]),
        ({"gbvims_type": "not_gender_based", "perpetrator_relation": "spouse"}, CHILD, []),
        ({"perpetrator_relation": "spouse", "harmful_practice": "other"}, CHILD, []),
    ],
)  # fmt: skip
def test_a_context_is_derived_from_type_relation_age_and_circumstances(
    said: dict[str, Any], age: AgeSpan, expected: list[Context]
) -> None:
    assert contexts_of(said, age=age) == expected


@pytest.mark.parametrize("nothing", ["no", "none", "unknown", "declined", None])
def test_an_answer_of_no_or_none_makes_no_context(nothing: str | None) -> None:
    said = {
        "gbvims_type": "rape",
        "goods_exchanged": nothing,
        "harmful_practice": nothing,
        "abduction": nothing,
        "perpetrator_relation": nothing,
    }
    assert contexts_of({k: v for k, v in said.items() if v != "no" or k == "goods_exchanged"}) == []


def test_a_partner_among_several_people_makes_it_violence_by_a_partner() -> None:
    said = {"gbvims_type": "rape", "perpetrator_relation": "stranger"}
    assert contexts_of(said, relations=["other", "former_spouse"]) == [Context.INTIMATE_PARTNER]


@given(days=st.integers(0, 400))
def test_every_delay_falls_into_one_band_and_day_four_into_the_second(days: int) -> None:
    band = reporting_delay(DAY, DAY + timedelta(days=days))
    edges = {"0_3_days": (0, 3), "4_5_days": (4, 5), "6_14_days": (6, 14)}
    edges |= {"2_weeks_1_month": (15, 30), "over_1_month": (31, 10_000)}
    assert [name for name, (low, high) in edges.items() if low <= days <= high] == [band]


def test_a_delay_is_unknown_where_a_day_is_missing_or_the_report_came_first() -> None:
    assert reporting_delay(None, DAY) is None
    assert reporting_delay(DAY, None) is None
    assert reporting_delay(DAY, DAY - timedelta(days=1)) is None
    assert reporting_delay(DAY, DAY) is ReportingDelay.DAYS_0_3


@given(
    born=st.dates(date(1950, 1, 1), date(2024, 11, 24)),
    on=st.dates(date(2000, 1, 1), DAY),
    years=st.sampled_from([16, 18]),
)
def test_an_age_by_year_of_birth_never_says_what_the_birthday_contradicts(
    born: date, on: date, years: int
) -> None:
    if born > on:
        return
    full = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    said = age_at({"birth_year": born.year}, on, asked_on=DAY).is_under(years)
    assert said in {None, full < years}


@given(
    full=st.integers(0, 90),
    back=st.integers(0, 4000),
    years=st.sampled_from([16, 18]),
)
def test_an_age_by_band_never_says_what_was_not_so_on_the_day_of_the_incident(
    full: int, back: int, years: int
) -> None:
    bands = {"0_11": 11, "12_15": 15, "16_17": 17, "18_24": 24, "25_39": 39, "40_59": 59}
    band = next((name for name, oldest in bands.items() if full <= oldest), "60_over")
    on = DAY - timedelta(days=back)
    said = age_at({"age_band": band}, on, asked_on=DAY).is_under(years)
    oldest_then = full - back // 366
    youngest_then = full - back // 365 - 1
    if said is True:
        assert youngest_then < years
    if said is False:
        assert oldest_then >= years
    if back == 0:
        assert said is (full < years)


def test_the_order_of_the_types_is_that_of_the_form() -> None:
    options = load_forms()["incident"].field("gbvims_type").choices
    assert tuple(option.id for option in options if option.id in TYPES) == TYPES


def test_an_act_that_asks_for_an_earlier_type_is_pointed_out() -> None:
    assert acts_before_type({"acts": ["a", "i"], "gbvims_type": "physical_assault"}) == ["i"]
    assert acts_before_type({"acts": ["a", "i"], "gbvims_type": "rape"}) == []
    assert acts_before_type({"acts": ["n", "b"], "gbvims_type": "psychological_abuse"}) == ["n"]
    assert acts_before_type({"acts": ["i"]}) == []
