"""What the strands of a case say happened, as lines."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext

from referral.cases.opening import Opening
from referral.vault.case_view import LEGAL
from referral.vault.strands import StrandEntry
from referral.web.cases.view import BESIDE
from referral.web.forms import title_of


@dataclass(frozen=True)
class TimelineEntry:
    """One line of what happened; `at` sorts them."""

    tone: str
    shape: str
    words: str
    at: datetime
    more: str = ""


def timeline_of(
    opening: Opening, agencies: Mapping[UUID, str], referrals: Iterable[TimelineEntry] = ()
) -> list[TimelineEntry]:
    """What the strands say happened, as far as this session is shown it, newest first."""
    entries = list(referrals)
    custodian = ""
    for entry in opening.view.entries:
        giver, custodian = custodian, _custodian_after(entry, agencies, custodian)
        if not opening.knows_entry(entry):
            continue
        if entry.kind == "custody_taken":
            words = handed_over(giver, custodian)
            entries.append(TimelineEntry("move", "accepted", words, entry.at))
        elif (made := _entry(entry.kind, entry.payload)) is not None:
            tone, shape, words = made
            who = agencies.get(entry.agency_id, "")
            entries.append(TimelineEntry(tone, shape, words, entry.at, who))
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _custodian_after(entry: StrandEntry, agencies: Mapping[UUID, str], before: str) -> str:
    taken = entry.kind in {"opened", "custody_taken"}
    return agencies.get(entry.agency_id, "") if taken else before


def handed_over(giver: str, taker: str) -> str:
    """Who handed the case to whom."""
    return str(gettext("%(giver)s handed the case over to %(taker)s", giver=giver, taker=taker))


def _entry(kind: str, payload: tuple[Any, ...]) -> tuple[str, str, str] | None:
    if kind == "section_revised":
        if payload[3] != 1 or payload[1] in BESIDE:
            return None
        return "halt", "draft", str(gettext("Written: %(section)s", section=title_of(payload[1])))
    if kind == "basis_recorded" and payload[1] == LEGAL:
        return "soon", "asked", str(gettext("Legal basis claimed"))
    if kind == "noted" and payload[0] == "reopened":
        return "move", "sent", str(gettext("Case opened again"))
    looks: dict[str, tuple[str, str, str]] = {
        "opened": ("move", "sent", gettext("Case opened")),
        "basis_recorded": ("done", "done", gettext("Consent recorded")),
        "basis_cosigned": ("done", "done", gettext("Legal basis co-signed")),
        "grant_confirmed": ("done", "done", gettext("Access confirmed again")),
        "basis_ended": ("halt", "halt", gettext("Consent withdrawn")),
        "noted": ("done", "done", gettext("Case closed")),
        "circle_moved": ("move", "accepted", gettext("Moved to another circle of the agency")),
        "succeeded": ("move", "accepted", gettext("An agency has ended; another acts for it")),
    }
    return looks.get(kind)
