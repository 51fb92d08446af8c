"""The guided tour on the first page of a demo: what happened, and where this member may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import url_for

from referral.cases import queries as cases
from referral.kernel import tour
from referral.kernel.actor import Actor
from referral.kernel.permissions import Permission
from referral.kernel.tour import Stop
from referral.referrals import queries as referrals
from referral.web.format import language


@dataclass(frozen=True, slots=True)
class Step:
    """A story in words; without `href` another sees it: the one who signs in as `username`."""

    title: str
    line: str
    href: str
    username: str


@dataclass(frozen=True, slots=True)
class Tour:
    """The stories in which this agency acts, and those of others."""

    own: list[Step]
    others: list[Step]


def tour_of(actor: Actor) -> Tour | None:
    """The tour for this member, in two queries; None where this is no demo with stories."""
    stops = tour.stops()
    if not stops:
        return None
    hrefs = _hrefs(actor, stops)
    own: list[Step] = []
    others: list[Step] = []
    for stop in stops:
        href = hrefs.get(stop.name, "")
        step = Step(stop.title(language()), stop.line(language()), href, stop.username)
        (own if href or stop.touches(actor.agency_id) else others).append(step)
    return Tour(own, others)


def _hrefs(actor: Actor, stops: Sequence[Stop]) -> dict[str, str]:
    """Where this member may open each story; nothing for one that would not be found."""
    seen_cases = cases.codes_among(actor, _ids(stops, "case_ids"))
    seen_referrals = referrals.visible_among(actor, _ids(stops, "referral_ids"))
    found: dict[str, str] = {}
    for stop in stops:
        known = [c for c in map(UUID, stop.case_ids) if c in seen_cases]
        sent = [r for r in map(UUID, stop.referral_ids) if r in seen_referrals]
        if known:
            found[stop.name] = url_for("cases.show_case", case_id=known[0])
        elif sent:
            found[stop.name] = url_for("referrals.show_referral", referral_id=sent[0])
        elif not stop.case_ids and Permission.EDITION_READ in actor.permissions:
            found[stop.name] = url_for("reporting.list_editions")
    return found


def _ids(stops: Sequence[Stop], name: str) -> list[UUID]:
    return [UUID(text) for stop in stops for text in getattr(stop, name)]
