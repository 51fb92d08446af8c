"""How dates, times, numbers and time left are written: dd/mm/yyyy, 24 hours, 1.234,5.

Every function is pure but for the installation's zone (`kernel.clock`) and the reader's language.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from babel.numbers import format_decimal
from flask import Flask
from flask_babel import get_locale, gettext

from referral.kernel import clock

NBSP = "\u00a0"

_KINDS_OF_UNIT = ("TP", "xã", "phường", "thị trấn", "huyện", "thị xã", "thành phố", "tỉnh")

_HOUR = timedelta(hours=1)
_IN_MINUTES = 2 * _HOUR
_DAY = timedelta(days=1)
_WITHOUT_YEAR = timedelta(days=300)  # later, day and month alone would be taken for an earlier year


def language() -> str:
    """The reader's language, `vi` or `en`; Vietnamese where there is no request."""
    found = get_locale()
    return str(found.language) if found else "vi"


def write_date(value: date | datetime | None) -> str:
    """`25/11/2024`; a moment is taken in the installation's zone; empty for none."""
    if value is None:
        return ""
    return f"{_day_of(value):%d/%m/%Y}"


def write_short_date(value: date | datetime) -> str:
    """`25/11`."""
    return f"{_day_of(value):%d/%m}"


def write_long_date(value: date | datetime) -> str:
    """`Thứ Hai, 25/11/2024`."""
    day = _day_of(value)
    return f"{_weekday(day)}, {day:%d/%m/%Y}"


def write_time(value: datetime | time | None) -> str:
    """`21:40`, local, 24 hours; empty for none."""
    if value is None:
        return ""
    local = clock.local(value) if isinstance(value, datetime) else value
    return f"{local:%H:%M}"


def write_moment(value: datetime | None) -> str:
    """`25/11/2024, 21:40`, kept on one line; empty for none."""
    return f"{write_date(value)},{NBSP}{write_time(value)}" if value else ""


def write_number(value: float, decimals: int = 0) -> str:
    """`1.234,5` in Vietnamese, `1,234.5` in English."""
    shape = "#,##0" + ("." + "0" * decimals if decimals else "")
    return str(format_decimal(value, format=shape, locale=language()))


def write_percent(value: float, decimals: int = 0) -> str:
    """`88 %` (value in percent, not a share), with the space that does not break."""
    gap = "" if language() == "en" else NBSP
    return f"{write_number(value, decimals)}{gap}%"


def write_unit_name(name: str) -> str:
    """A unit's name whose kind (*TP*, *xã*, *huyện*) is never left at the end of a line."""
    for kind in _KINDS_OF_UNIT:
        for word in (kind, kind.capitalize()):
            name = name.replace(f"{word} ", f"{word}{NBSP}")
    return name


def write_date_input(value: date | str | None) -> str:
    """What a date box shows: a date or an ISO text as dd/mm/yyyy, anything else as it was typed."""
    if isinstance(value, date):
        return write_date(value)
    try:
        return f"{date.fromisoformat(value or ''):%d/%m/%Y}"
    except ValueError:
        return value or ""


def write_time_input(value: datetime | time | str | None) -> str:
    """What a time box shows; typed text passes unchanged."""
    return value if isinstance(value, str) else write_time(value)


@dataclass(frozen=True, slots=True)
class ClockFace:
    """What a clock shows: tone (calm, soon, late, halt), words, and the share left in percent.

    `left` is none when the beginning of the limit is not known, or while the clock is paused.
    """

    tone: str
    words: str
    left: int | None = None
    due_at: datetime | None = None
    started_at: datetime | None = None


def clock_face(
    due_at: datetime,
    started_at: datetime | None = None,
    *,
    now: datetime | None = None,
    is_paused: bool = False,
) -> ClockFace:
    """The clock of a promise: grey until a third or one hour is left, then soon, then late."""
    if is_paused:
        return ClockFace("halt", gettext("Paused, waiting for an answer"))
    remaining = due_at - (now or clock.now())
    if remaining <= timedelta(0):
        return ClockFace("late", _words_overdue(-remaining), 100, due_at, started_at)
    share = _share_left(remaining, due_at, started_at)
    is_soon = remaining <= _HOUR or (share is not None and share * 3 <= 100)
    tone = "soon" if is_soon else "calm"
    return ClockFace(tone, _words_left(remaining, due_at), share, due_at, started_at)


def clock_patterns() -> dict[str, str]:
    """The same words with `{n}`, `{date}` in place, for the script that refreshes clocks."""
    return {
        "left_minutes": gettext("%(n)s min left", n="{n}"),
        "left_hours": gettext("%(n)s h left", n="{n}"),
        "left_none": gettext("Less than a minute left"),
        "before": gettext("By %(date)s", date="{date}"),
        "late_none": gettext("Just overdue"),
        "late_minutes": gettext("%(n)s min overdue", n="{n}"),
        "late_hours": gettext("%(n)s h overdue", n="{n}"),
        "late_days": gettext("%(n)s d overdue", n="{n}"),
    }


def _words_left(remaining: timedelta, due_at: datetime) -> str:
    patterns = clock_patterns()
    if remaining >= _DAY:
        is_near = remaining < _WITHOUT_YEAR
        day = write_short_date(due_at) if is_near else write_date(due_at)
        return patterns["before"].format(date=day)
    if remaining >= _IN_MINUTES:
        return patterns["left_hours"].format(n=remaining // _HOUR)
    minutes = remaining // timedelta(minutes=1)
    return patterns["left_minutes"].format(n=minutes) if minutes else patterns["left_none"]


def _words_overdue(beyond: timedelta) -> str:
    patterns = clock_patterns()
    for name, step in (("days", _DAY), ("hours", _HOUR), ("minutes", timedelta(minutes=1))):
        if beyond >= step:
            return patterns[f"late_{name}"].format(n=beyond // step)
    return patterns["late_none"]


def _share_left(remaining: timedelta, due_at: datetime, started_at: datetime | None) -> int | None:
    if started_at is None or due_at <= started_at:
        return None
    return min(100, max(1, round(100 * (remaining / (due_at - started_at)))))


def _day_of(value: date | datetime) -> date:
    return clock.local(value).date() if isinstance(value, datetime) else value


def _weekday(day: date) -> str:
    names: tuple[str, ...] = (
        gettext("Monday"),
        gettext("Tuesday"),
        gettext("Wednesday"),
        gettext("Thursday"),
        gettext("Friday"),
        gettext("Saturday"),
        gettext("Sunday"),
    )
    return names[day.weekday()]


def init_app(app: Flask) -> None:
    """Register the filters that templates write with."""
    app.add_template_filter(write_date, "date")
    app.add_template_filter(write_short_date, "short_date")
    app.add_template_filter(write_long_date, "long_date")
    app.add_template_filter(write_time, "time_of_day")
    app.add_template_filter(write_moment, "moment")
    app.add_template_filter(write_number, "number")
    app.add_template_filter(write_percent, "percent")
    app.add_template_filter(write_unit_name, "unit_name")
    app.add_template_filter(write_date_input, "date_input")
    app.add_template_filter(write_time_input, "time_input")
    app.add_template_filter(clock_face, "clock_face")
