"""A case moves from one circle of an agency to another: what passes along, and who may say so.

Everything that the agency has in the case passes at once: what its circle holds, looks after, was
given and was offered. A consent for the agency covers the new circle; a consent for the old circle
alone does not, and what rested on it ends. The old circle is then left behind: nothing more can be
given to it until the case comes back.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from referral.kernel.errors import MovedAway, NotVerified
from referral.vault.case_view import CUSTODY, OWN, CaseView, GrantState, contents_named
from referral.vault.directory import AgencyDirectory
from referral.vault.strands import StrandEntry

CASES = "cases"
MOVED = "circle_moved"
Bundle = tuple[bytes, frozenset[bytes]]


def carried(view: CaseView, grant: GrantState, to_circle: UUID) -> GrantState | None:
    """The grant as it stands for the other circle of its receiver; None when it does not pass."""
    if grant.form in {OWN, CUSTODY}:
        return replace(grant, receiver_circle=to_circle, digests=frozenset(), contents=frozenset())
    kept = tuple(
        basis_id
        for basis_id in grant.basis_ids
        if any(
            view.bases[basis_id].names(agency_id, to_circle)
            for agency_id in stood_for(view, grant.receiver_agency, grant.receiver_circle)
        )
    )
    if not kept:
        return None
    none: frozenset[bytes] = frozenset()
    return replace(grant, receiver_circle=to_circle, basis_ids=kept, digests=none, contents=none)


def stood_for(view: CaseView, agency_id: UUID, circle_id: UUID) -> set[UUID]:
    """The agency, and those that have ended and for which its circle acts."""
    return {agency_id} | {agency for agency, _ in view.lines.get(circle_id, ())}


def received(view: CaseView, circle_id: UUID) -> list[GrantState]:
    """The grants a circle has, or waits for, that have not ended."""
    return [
        grant
        for grant in view.grants.values()
        if grant.receiver_circle == circle_id and grant.ended_at is None
    ]


def takes_part(view: CaseView, circle_id: UUID) -> bool:
    """Whether a circle looks after the case, holds something of it, was given or offered any."""
    return (
        view.custodian_circle == circle_id
        or any(section.holder_circle == circle_id for section in view.sections.values())
        or bool(received(view, circle_id))
        or any(offer.circle_id == circle_id for offer in view.offered.values())
    )


def circle_moved(view: CaseView, entry: StrandEntry) -> None:
    """All that the agency's circle has in the case passes to another of its circles."""
    from_circle, to_circle, bundles, summaries = entry.payload
    if from_circle == to_circle or not takes_part(view, from_circle):
        raise NotVerified("moves nothing")
    view.bind_circle(from_circle, entry.agency_id)
    view.bind_circle(to_circle, entry.agency_id)
    resealed = _summaries(view, from_circle, dict(summaries))
    grants = _grants(view, entry, _named(bundles))  # all is judged before anything is changed
    view.summaries.update(resealed)
    view.grants.update(grants)
    for section_id, section in view.sections.items():
        if section.holder_circle == from_circle:
            view.sections[section_id] = replace(section, holder_circle=to_circle)
    for offer_id, offer in view.offered.items():
        if offer.circle_id == from_circle:
            view.offered[offer_id] = replace(offer, circle_id=to_circle)
    if view.custodian_circle == from_circle:
        view.custodian_circle = to_circle
    if from_circle in view.lines:  # a consent for the whole of an ended agency goes along too
        ended = {(agency, to_circle) for agency, _ in view.lines[from_circle]}
        view.lines.setdefault(to_circle, set()).update(ended)
    _leave(view, from_circle, to_circle)


def _leave(view: CaseView, from_circle: UUID, to_circle: UUID) -> None:
    """Neither waits any more for a move since a restore; nothing comes to the one that was left."""
    for circle_id in (from_circle, to_circle):
        view.left_out.pop(circle_id, None)
    view.left.pop(to_circle, None)
    view.left[from_circle] = to_circle


def _named(bundles: Iterable[Any]) -> dict[UUID, Bundle]:
    """Of each grant: the digest of its bundle, and the digest of what that says."""
    return {
        grant_id: (sealed, contents_named(tuple(content))) for grant_id, sealed, *content in bundles
    }


def _grants(
    view: CaseView, entry: StrandEntry, bundles: dict[UUID, Bundle]
) -> dict[UUID, GrantState]:
    """What becomes of the grants: given to the other circle, ended, or given by it from now on."""
    from_circle, to_circle, *_ = entry.payload
    found = {
        grant.grant_id: _after(view, grant, entry, bundles) for grant in received(view, from_circle)
    }
    if not bundles.keys() <= found.keys():
        raise NotVerified("moves what this circle was not given")
    given = {
        grant_id: found.get(grant_id, grant)
        for grant_id, grant in view.grants.items()
        if grant.giver_circle == from_circle and grant.ended_at is None
    }
    return found | {g: replace(grant, giver_circle=to_circle) for g, grant in given.items()}


def _after(
    view: CaseView, grant: GrantState, entry: StrandEntry, bundles: dict[UUID, Bundle]
) -> GrantState:
    after = carried(view, grant, entry.payload[1])
    sealed = bundles.get(grant.grant_id)
    if after is None:
        if sealed is not None:
            raise NotVerified("the consent names another recipient")
        return replace(grant, ended_at=entry.at)
    if sealed is None:
        return after
    return replace(after, digests=frozenset({sealed[0]}), contents=sealed[1])


def _summaries(
    view: CaseView, from_circle: UUID, digests: dict[UUID, bytes]
) -> dict[UUID, tuple[UUID, bytes]]:
    """Summaries are sealed anew; only those that came with a grant to this circle."""
    resealed: dict[UUID, tuple[UUID, bytes]] = {}
    for referral_id, sealed in digests.items():
        grant_id, _ = view.summaries[referral_id]
        if view.grants[grant_id].receiver_circle != from_circle:
            raise NotVerified("moves what this circle was not sent")
        resealed[referral_id] = (grant_id, sealed)
    return resealed


def check_circles(view: CaseView, entry: StrandEntry, directory: AgencyDirectory) -> None:
    """Who speaks for a circle is in it, by the agency's log at the place that the entry names.

    So somebody who was left out signs nothing in the name of the circle that was left to others.
    """
    speaks_for = _SPOKEN_FOR.get(entry.kind)
    for circle_id in speaks_for(view, entry) if speaks_for is not None else ():
        state = directory.circle_at(circle_id, entry.directory_seq) if circle_id else None
        if state is None:
            raise NotVerified("a circle of another agency")
        if entry.author_id not in state.member_ids:
            raise NotVerified("speaks for a circle that the author is not in")
        if circle_id in view.left_out and entry.kind != MOVED:
            raise MovedAway("had left this circle when a backup of before was put in place")
    if entry.kind == MOVED:
        _check_ends(view, entry, directory)
    _check_left(view, entry)


def _check_ends(view: CaseView, entry: StrandEntry, directory: AgencyDirectory) -> None:
    """From one circle that works on cases to another; without whom it had been moved away from."""
    was, to = (directory.circle_at(c, entry.directory_seq) for c in entry.payload[:2])
    if was is None or to is None or {was.purpose, to.purpose} != {CASES}:
        raise NotVerified("not a circle of this agency that works on cases")
    from_circle, to_circle, *_ = entry.payload
    is_shut = to_circle in view.left_out
    if is_shut and from_circle not in view.left_out:  # else whoever has it decides anew
        is_shut = takes_part(view, to_circle)
    if is_shut or to.member_ids & view.left_out.get(from_circle, frozenset()):
        raise NotVerified("somebody is in this circle whom the case had left out")


def _own_holders(view: CaseView, entry: StrandEntry) -> set[UUID]:
    """The circles of the author's agency that hold what is renewed; others' are refused as such."""
    found = (view.sections[section_id] for section_id in entry.payload[1])
    return {s.holder_circle for s in found if s.holder_agency == entry.agency_id}


def _own_custodian(view: CaseView, entry: StrandEntry) -> list[UUID | None]:
    return [view.custodian_circle] if entry.agency_id == view.custodian_agency else []


_SPOKEN_FOR: Mapping[str, Callable[[CaseView, StrandEntry], Iterable[UUID | None]]] = {
    "opened": lambda _view, entry: [entry.payload[0]],
    MOVED: lambda _view, entry: [entry.payload[0]],
    "grant_made": lambda _view, entry: [entry.payload[1]],
    "section_revised": lambda _view, entry: [entry.payload[2]],
    "grant_renewed": _own_holders,
    "grant_taken": lambda view, entry: [view.grants[entry.payload[0]].receiver_circle],
    "custody_offered": _own_custodian,
    "custody_taken": lambda view, entry: [view.offered[entry.payload[0]].circle_id],
}
"""In whose name each kind of entry is written; the others are their agency's."""


def _check_left(view: CaseView, entry: StrandEntry) -> None:
    """Nothing of the case goes to a circle that it was moved away from."""
    addressed = {"grant_made": 3, "custody_offered": 2, "section_revised": 2}
    place = addressed.get(entry.kind)
    if place is not None and entry.payload[place] in view.left:
        raise NotVerified("the case was moved away from this circle")
