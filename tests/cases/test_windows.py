"""Care has its time: shown from the earliest end of the assault, and never as a reproach."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.cases.forms.engine import load_forms
from referral.cases.windows import Windows, ended_at, load_windows, urgency_by, windows, windows_of
from referral.kernel.errors import CannotStart

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
RAPE = {"gbvims_type": "rape", "occurred_on": "2024-11-24", "occurred_time": "22:30"}
ENDED = datetime(2024, 11, 24, 22, 30, tzinfo=ZONE)


def left(
    said: Mapping[str, str | None], now: datetime, sex: str | None = "female"
) -> dict[str, object]:
    return {w.care.id: w.left for w in windows_of(said, sex, now=now, zone=ZONE)}


def test_hiv_prophylaxis_ends_after_72_hours_and_contraception_after_120() -> None:
    now = ENDED + timedelta(hours=70)
    assert left(RAPE, now)["hiv_pep"] == timedelta(hours=2)
    assert left(RAPE, now)["emergency_contraception"] == timedelta(hours=50)
    over = {w.care.id: w.is_open for w in windows_of(
        RAPE, "female", now=ENDED + timedelta(hours=72), zone=ZONE)}  # fmt: skip
    assert (over["hiv_pep"], over["emergency_contraception"]) == (False, True)


@given(minutes=st.integers(-60, 60 * 24 * 20))
def test_what_closes_first_stands_first_and_what_is_over_stands_last(minutes: int) -> None:
    found = windows_of(RAPE, "female", now=ENDED + timedelta(minutes=minutes), zone=ZONE)
    order = [(not w.is_open, w.left) for w in found]
    assert order == sorted(order)
    assert {w.care.id for w in found if not w.is_open} == {
        w.care.id for w in found if w.care.hours and minutes >= 60 * w.care.hours
    }


@pytest.mark.parametrize(
    ("said", "hour"),
    [
        ({"occurred_time": "22:30"}, 22),
        ({"occurred_time": "unknown", "time_of_day": "afternoon"}, 12),
        ({"time_of_day": "evening_night"}, 0),
        ({"time_of_day": "unknown"}, 0),
        ({}, 0),
    ],
)
def test_an_unknown_hour_counts_as_the_earliest_that_it_can_have_been(
    said: dict[str, str], hour: int
) -> None:
    found = ended_at({"occurred_on": "2024-11-24", **said}, ZONE)
    assert found is not None
    assert (found.date(), found.hour) == (date(2024, 11, 24), hour)


@pytest.mark.parametrize("day", [None, "unknown", "declined"])
def test_where_the_day_is_not_known_care_is_named_without_an_end(day: str | None) -> None:
    said = {"gbvims_type": "rape", **({"occurred_on": day} if day else {})}
    now = datetime(2024, 11, 25, tzinfo=UTC)
    assert set(left(said, now).values()) == {None}
    assert urgency_by(said, windows_of(said, None, now=now, zone=ZONE), now=now, zone=ZONE) == "p1"


def test_strangulation_is_for_hospital_at_any_time() -> None:
    said = {"gbvims_type": "physical_assault", "strangulation": "yes", "occurred_on": "2024-01-01"}
    now = datetime(2024, 11, 25, tzinfo=UTC)
    assert left(said, now) == {"strangulation": None}
    assert urgency_by(said, windows_of(said, None, now=now, zone=ZONE), now=now, zone=ZONE) == "p0"


@pytest.mark.parametrize("kind", ["physical_assault", "psychological_abuse", None, "unknown"])
def test_other_violence_has_no_window(kind: str | None) -> None:
    assert left({"gbvims_type": kind, "occurred_on": "2024-11-24"}, ENDED) == {}


def test_contraception_is_named_for_women_and_where_the_sex_is_not_known() -> None:
    assert "emergency_contraception" not in left(RAPE, ENDED, "male")
    for sex in ("female", "other", "declined", None):
        assert "emergency_contraception" in left(RAPE, ENDED, sex)


@pytest.mark.parametrize(
    ("hours", "asked"),
    [(1, "p1"), (59, "p1"), (61, "p0"), (73, "p1"), (109, "p0"), (119, "p0"), (121, None)],
)
def test_a_window_that_closes_within_twelve_hours_makes_an_emergency(
    hours: int, asked: str | None
) -> None:
    now = ENDED + timedelta(hours=hours)
    found = windows_of(RAPE, "female", now=now, zone=ZONE)
    assert urgency_by(RAPE, found, now=now, zone=ZONE) == asked


def test_every_window_names_types_that_the_form_has_and_where_it_comes_from() -> None:
    incident = load_forms()["incident"]
    types = {option.id for option in incident.field("gbvims_type").choices}
    for care in load_windows():
        assert care.types <= types
        assert care.source
        assert bool(care.types) is not care.if_strangled


OWN = """
[[windows]]
id = "hiv_pep"
vi = "PEP"
en = "PEP"
advice_vi = "ngay"
advice_en = "now"
hours = 48
types = ["rape"]
valid_from = 2030-01-01
source = "the ministry, 2030"
"""


def test_an_installation_has_windows_of_its_own_from_their_day_on(tmp_path: Path) -> None:
    (tmp_path / "windows.toml").write_text(OWN, encoding="utf-8")
    own = Windows()
    own.configure(tmp_path)
    assert own.on(date(2029, 12, 31)) == []
    assert [care.hours for care in own.on(date(2030, 1, 1))] == [48]
    assert len(windows.on(date(2030, 1, 1))) > 1


@pytest.mark.parametrize(
    ("old", "new"),
    [("hours = 48", "hours = 0"), ("valid_from = 2030-01-01", ""), ("[[windows]]", "[[windows")],
)
def test_a_wrong_file_of_windows_is_refused_by_name(tmp_path: Path, old: str, new: str) -> None:
    (tmp_path / "windows.toml").write_text(OWN.replace(old, new), encoding="utf-8")
    with pytest.raises(CannotStart, match=r"windows\.toml"):
        load_windows(tmp_path)
