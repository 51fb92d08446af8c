"""How dates, numbers and time left are written."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask

from referral.web import format as formats

NOW = datetime(2024, 11, 25, 14, 40, tzinfo=UTC)


@pytest.fixture
def vietnamese(gallery: Flask):
    with gallery.test_request_context():
        yield


@pytest.fixture
def english(gallery: Flask):
    with gallery.test_request_context(headers={"Cookie": "lang=en"}):
        yield


def test_moments_are_written_in_the_zone_of_the_province(vietnamese: None) -> None:
    just_before_midnight_utc = datetime(2024, 11, 25, 23, 5, tzinfo=UTC)

    assert formats.write_moment(just_before_midnight_utc) == "26/11/2024,\u00a006:05"
    assert formats.write_long_date(NOW) == "Thứ Hai, 25/11/2024"
    assert formats.write_short_date(NOW) == "25/11"
    assert formats.write_time(time(7, 5)) == "07:05"
    assert formats.write_moment(None) == ""


def test_numbers_follow_the_language_of_the_page(gallery: Flask) -> None:
    with gallery.test_request_context():
        assert formats.write_number(1234.5, 1) == "1.234,5"
        assert formats.write_percent(88) == "88\u00a0%"
    with gallery.test_request_context(headers={"Cookie": "lang=en"}):
        assert formats.write_number(1234.5, 1) == "1,234.5"
        assert formats.write_percent(88) == "88%"


@pytest.mark.parametrize(
    ("minutes", "limit", "shown"),
    [
        (34, 120, ("soon", "Còn 34 phút", 28)),
        (60, 120, ("soon", "Còn 60 phút", 50)),
        (61, 120, ("calm", "Còn 61 phút", 51)),
        (119, 120, ("calm", "Còn 119 phút", 99)),
        (120, 240, ("calm", "Còn 2 giờ", 50)),
        (432, 600, ("calm", "Còn 7 giờ", 72)),
        (300, 1440, ("soon", "Còn 5 giờ", 21)),
        (4000, 4400, ("calm", "Trước 28/11", 91)),
        (0.5, 30, ("soon", "Còn dưới một phút", 2)),
        (0, 30, ("late", "Vừa quá hạn", 100)),
        (-6, 30, ("late", "Quá hạn 6 phút", 100)),
        (-200, 30, ("late", "Quá hạn 3 giờ", 100)),
        (-3000, 30, ("late", "Quá hạn 2 ngày", 100)),
    ],
)
def test_clock_says_in_words_what_is_left(
    vietnamese: None, minutes: float, limit: int, shown: tuple[str, str, int]
) -> None:
    due_at = NOW + timedelta(minutes=minutes)

    face = formats.clock_face(due_at, due_at - timedelta(minutes=limit), now=NOW)

    assert (face.tone, face.words, face.left) == shown


def test_clock_speaks_english(english: None) -> None:
    assert formats.clock_face(NOW + timedelta(minutes=34), now=NOW).words == "34 min left"
    assert formats.clock_face(NOW - timedelta(minutes=6), now=NOW).words == "6 min overdue"
    assert formats.clock_face(NOW + timedelta(days=3), now=NOW).words == "By 28/11"


def test_clock_names_the_year_of_a_day_that_is_far(english: None) -> None:
    assert formats.clock_face(NOW + timedelta(days=299), now=NOW).words == "By 20/09"
    assert formats.clock_face(NOW + timedelta(days=365), now=NOW).words == "By 25/11/2025"


def test_paused_clock_shows_no_time(vietnamese: None) -> None:
    face = formats.clock_face(NOW, now=NOW, is_paused=True)

    assert (face.tone, face.words, face.left) == ("halt", "Tạm dừng, chờ bổ sung", None)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2024-11-25", "25/11/2024"),
        (date(2024, 11, 25), "25/11/2024"),
        ("31/02/2025", "31/02/2025"),
        ("2025-02-31", "2025-02-31"),
        ("", ""),
        (None, ""),
    ],
)
def test_date_box_shows_stored_dates_and_keeps_what_was_typed(given: str, shown: str) -> None:
    assert formats.write_date_input(given) == shown


def test_kind_of_unit_stays_with_its_name() -> None:
    assert formats.write_unit_name("Công an xã Hồng Hạ") == "Công an xã\u00a0Hồng Hạ"
    assert (
        formats.write_unit_name("Xã Hồng Hạ, huyện A Lưới") == "Xã\u00a0Hồng Hạ, huyện\u00a0A Lưới"
    )
