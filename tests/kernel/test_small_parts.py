"""Ids, clock and cursors."""

import base64
import re
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.kernel.clock import Clock
from referral.kernel.errors import InvalidInput
from referral.kernel.ids import CODE_LETTERS, new_code, new_id
from referral.kernel.paging import decode_cursor, encode_cursor

ROW = UUID("5b4bb3a6-2b8a-4d6a-9c66-3fb41a5ddc03")


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_ids_are_random_and_tell_no_order() -> None:
    made = [new_id() for _ in range(500)]
    assert len(set(made)) == 500
    assert {one.version for one in made} == {4}
    assert made != sorted(made)


def test_a_code_can_be_said_on_the_phone_and_written_by_hand() -> None:
    made = {new_code() for _ in range(2000)}
    assert len(made) > 1990
    assert all(re.fullmatch(rf"[{CODE_LETTERS}]{{3}}-[{CODE_LETTERS}]{{3}}", code) for code in made)
    assert not set("0OI") & set("".join(made))
    assert set("".join(made)) - {"-"} == set(CODE_LETTERS)


def test_the_clock_gives_aware_utc_and_shifts_only_what_a_demo_shifts() -> None:
    clock = Clock()
    assert clock.now().tzinfo is UTC
    past = datetime(2024, 11, 25, 1, 0, tzinfo=UTC)
    clock.travel(past)
    assert past <= clock.now() < past + timedelta(minutes=1)
    assert clock.unshifted() - clock.now() > timedelta(days=300)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2024, 11, 24, 16, 59, tzinfo=UTC), "2024-11-24"),
        (datetime(2024, 11, 24, 17, 0, tzinfo=UTC), "2024-11-25"),
    ],
)
def test_the_day_begins_at_midnight_of_the_province(moment: datetime, day: str) -> None:
    clock = Clock()
    clock.travel(moment)
    assert clock.today().isoformat() == day
    assert clock.local(moment).utcoffset() == timedelta(hours=7)


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_cursor_leads_back_to_its_place(moment: datetime, row_id: UUID) -> None:
    made = encode_cursor(moment, row_id)
    assert decode_cursor(made) == (moment, row_id)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", made)


@pytest.mark.parametrize(
    "foreign",
    [
        "",
        "2",
        "page-two",
        "%%%",
        "é",
        cursor("no bar"),
        cursor(f"yesterday|{ROW}"),
        cursor("2024-01-01T00:00:00+00:00|7"),
        cursor(f"2024-01-01T00:00:00+00:00|{ROW}|{ROW}"),
        cursor(f"2024-01-01T00:00:00|{ROW}"),
        cursor(f"0001-01-01T00:00:00+23:00|{ROW}"),
        base64.urlsafe_b64encode(b"\xff\xfe\xfd").decode(),
    ],
)
def test_a_cursor_that_is_not_ours_is_refused_by_name(foreign: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        decode_cursor(foreign)
    assert set(refused.value.fields) == {"cursor"}


def test_a_cursor_of_another_zone_is_none_of_ours() -> None:
    local = datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=7)))
    assert decode_cursor(encode_cursor(local.astimezone(UTC), ROW)) == (local, ROW)
    with pytest.raises(InvalidInput):
        decode_cursor(encode_cursor(local, ROW))
