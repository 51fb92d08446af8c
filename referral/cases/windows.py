"""Clinical windows: until when which care helps, counted from the end of an assault.

What counts is data with a date and a source (`windows.toml`), which an installation replaces with
a file of its own. A window that has closed is never a reproach: she should come all the same.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from marshmallow import Schema, ValidationError, fields, post_load, validate

from referral.kernel.errors import CannotStart

OWN_FILE: Final = "windows.toml"
LAST_HOURS: Final = timedelta(hours=12)
"""So near its end a window makes a referral an emergency."""
URGENT: Final = timedelta(hours=120)
"""So long after a rape a referral is urgent."""

_BEGINS: Final = {"afternoon": time(12), "evening_night": time(0), "morning": time(0)}
"""When a part of the day may have begun at the earliest: a night belongs to the day it began on or
to the one it ended on."""


@dataclass(frozen=True, slots=True)
class Care:
    """One kind of care with its window, as the file states it."""

    id: str
    vi: str
    en: str
    advice_vi: str
    advice_en: str
    source: str
    valid_from: date
    hours: int | None = None
    """Until when it helps; None for care at any time."""
    types: frozenset[str] = frozenset()
    sex: frozenset[str] = frozenset()
    if_strangled: bool = False
    valid_to: date | None = None

    def label(self, locale: str) -> str:
        """Its name in the reader's language."""
        return self.en if locale.startswith("en") else self.vi

    def advice(self, locale: str) -> str:
        """What to mind, in the reader's language."""
        return self.advice_en if locale.startswith("en") else self.advice_vi


@dataclass(frozen=True, slots=True)
class Window:
    """Care that fits an incident, and until when it helps."""

    care: Care
    closes_at: datetime | None
    """None where it has no end, or nobody knows when the assault ended."""
    left: timedelta | None
    """Time left now; negative once it is over, None where it has no end or is not known."""

    @property
    def is_open(self) -> bool:
        """Whether it still helps, as far as is known."""
        return self.left is None or self.left > timedelta(0)


class _CareEntry(Schema):
    id = fields.String(required=True)
    vi = fields.String(required=True)
    en = fields.String(required=True)
    advice_vi = fields.String(required=True)
    advice_en = fields.String(required=True)
    source = fields.String(required=True)
    valid_from = fields.Raw(required=True, validate=lambda day: isinstance(day, date))
    valid_to = fields.Raw(validate=lambda day: isinstance(day, date))
    hours = fields.Integer(strict=True, validate=validate.Range(1, 24 * 366))
    types = fields.List(fields.String())
    sex = fields.List(fields.String())
    if_strangled = fields.Boolean()

    @post_load
    def build(self, entry: dict[str, Any], **_: Any) -> Care:
        for name in ("types", "sex"):
            entry[name] = frozenset(entry.get(name, ()))
        return Care(**entry)


class _WindowsShape(Schema):
    windows = fields.List(fields.Nested(_CareEntry), required=True, validate=validate.Length(min=1))


def load_windows(folder: Path | None = None) -> tuple[Care, ...]:
    """The installation's own windows, or those of the product; `CannotStart` for a wrong file."""
    own = folder / OWN_FILE if folder else None
    path = own if own and own.is_file() else Path(__file__).with_name(OWN_FILE)
    try:
        said = _WindowsShape().load(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as fault:
        raise CannotStart(f"{path.name}: {fault}") from fault
    return tuple(said["windows"])


class Windows:
    """The windows in force; set once by the composition root."""

    def __init__(self) -> None:
        self._all: tuple[Care, ...] | None = None

    def configure(self, folder: Path | None) -> None:
        """Take those of the installation's folder; `CannotStart` when its file is wrong."""
        self._all = load_windows(folder)

    def on(self, day: date) -> list[Care]:
        """Those that are valid on a day."""
        if self._all is None:
            self._all = load_windows()
        return [c for c in self._all if c.valid_from <= day and (c.valid_to or day) >= day]


windows = Windows()


def ended_at(incident: Mapping[str, Any], zone: ZoneInfo) -> datetime | None:
    """The earliest that the assault can have ended; None where its day is not known."""
    try:
        day = date.fromisoformat(str(incident.get("occurred_on")))
    except ValueError:
        return None
    try:
        hour = time.fromisoformat(str(incident.get("occurred_time")))
    except ValueError:
        hour = _BEGINS.get(str(incident.get("time_of_day")), time(0))
    return datetime.combine(day, hour, zone)


def windows_of(
    incident: Mapping[str, Any], sex: str | None, *, now: datetime, zone: ZoneInfo
) -> list[Window]:
    """The care that fits this incident now, what closes first before, what is over last."""
    ended = ended_at(incident, zone)
    found = []
    for care in windows.on(now.astimezone(zone).date()):
        if not _fits(care, incident, sex):
            continue
        closes = ended + timedelta(hours=care.hours) if ended and care.hours else None
        found.append(Window(care, closes, closes - now if closes else None))
    return sorted(found, key=lambda w: (not w.is_open, w.left or timedelta.max))


def _fits(care: Care, incident: Mapping[str, Any], sex: str | None) -> bool:
    if care.if_strangled:
        return incident.get("strangulation") == "yes"
    if incident.get("gbvims_type") not in care.types:
        return False
    return not care.sex or sex in care.sex or sex not in {"female", "male"}


def urgency_by(
    incident: Mapping[str, Any], found: Sequence[Window], *, now: datetime, zone: ZoneInfo
) -> str | None:
    """The urgency of a referral that the clock of care asks for; None where it asks for none.

    An emergency while less than twelve hours of an open window are left, and for strangulation;
    urgent up to 120 hours after a rape, also where nobody knows when it was.
    """
    if any(w.care.if_strangled or (w.is_open and w.left and w.left < LAST_HOURS) for w in found):
        return "p0"
    ended = ended_at(incident, zone)
    if incident.get("gbvims_type") == "rape" and (ended is None or now - ended <= URGENT):
        return "p1"
    return None
