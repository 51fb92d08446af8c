"""When an agency of the case has ended: who stands in its place from here on.

A strand says so once, in an entry that anybody with standing may sign, and so may a successor: it
gives no choice. Everything follows from the ended agency's closed log, whose plan the root has
countersigned.
What was signed before stays as it was said; what the view says of now changes its name.
"""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from referral.kernel.errors import NotVerified
from referral.vault.case_moves import takes_part
from referral.vault.case_view import CaseView, GrantState
from referral.vault.directory import NO_ENTRY, AgencyDirectory, Successor
from referral.vault.strands import StrandEntry

SUCCEEDED = "succeeded"


def take_place(view: CaseView, entry: StrandEntry) -> None:
    """Let the successors of the ended agency that the entry names stand in its place."""
    (ended,) = entry.payload
    log = _closed_log(view, ended)
    heirs = heirs_here(view, log)
    if entry.agency_id not in view.standing and not _succeeds(view, entry.agency_id, heirs):
        raise NotVerified("this agency has no standing in the case")
    for circle_id, heir in heirs.items():
        view.bind_circle(heir.circle_id, heir.agency_id)
        _rename(view, circle_id, heir)
        view.standing.add(heir.agency_id)
    _leave_again(view, heirs)
    for circle_id, heir in log.plan.successors.items():
        before = {(ended, circle_id)} | view.lines.get(circle_id, set())
        now = _now(view, heir).circle_id
        view.lines.setdefault(now, set()).update(before)
        if circle_id in view.left_out:
            known = view.left_out.get(now, frozenset())
            view.left_out[now] = known | view.left_out.pop(circle_id)
    _join_families(view, log)
    view.succeeded.add(ended)


def _now(view: CaseView, heir: Successor) -> Successor:
    """Who acts for a successor, where a strand has said already that it has ended in its turn."""
    while heir.agency_id in view.succeeded:
        heir = _log(view, heir.agency_id).plan.successors[heir.circle_id]
    return heir


def _join_families(view: CaseView, log: AgencyDirectory) -> None:
    """The ended agency is of its successors' family, and of the families that have theirs."""
    heirs = {heir.agency_id for heir in log.plan.successors.values()}
    later = {agency for agency, known in view.families.items() if known & heirs}
    for agency_id in heirs | later:
        view.families.setdefault(agency_id, set()).update(view.family(log.agency_id))


def _leave_again(view: CaseView, heirs: Mapping[UUID, Successor]) -> None:
    """Where a circle had been left, so is its successor, unless that has a part of its own.

    As far as the same agency succeeds the circle that has the case by another circle.
    """
    for circle_id, heir in heirs.items():
        after = heirs.get(view.circle_now(circle_id), heir)
        if after.circle_id == heir.circle_id or after.agency_id != heir.agency_id:
            continue
        if not takes_part(view, heir.circle_id) and after.circle_id not in view.left:
            view.left[heir.circle_id] = after.circle_id


def _closed_log(view: CaseView, ended: UUID) -> AgencyDirectory:
    log = _log(view, ended)
    if ended in view.succeeded or not is_involved(view, log):
        raise NotVerified("no agency of this case to be succeeded")
    if log.plan.strands is None:
        raise NotVerified("this agency has not ended")
    last = log.plan.strands.get(view.case_id, (0, NO_ENTRY))
    if last != (view.seqs.get(ended, 0), view.heads.get(ended, NO_ENTRY)):
        raise NotVerified("entries of the ended agency are missing")
    return log


def _log(view: CaseView, agency_id: UUID) -> AgencyDirectory:
    if view.log_of is None:
        raise NotVerified("no logs at hand")
    return view.log_of(agency_id)


def concerned(view: CaseView) -> set[UUID]:
    """Agencies with standing in the case, those that a basis names, and who succeeded them."""
    named = {b.recipient_agency for b in view.bases.values() if b.recipient_agency is not None}
    return view.standing | named | view.families.keys()


def is_involved(view: CaseView, log: AgencyDirectory) -> bool:
    """Whether an ended agency is concerned in the case, or a basis names its circle alone."""
    circles = {basis.recipient_circle for basis in view.bases.values()}
    return log.agency_id in concerned(view) or bool(circles & log.plan.successors.keys())


def _succeeds(view: CaseView, agency_id: UUID, heirs: Mapping[UUID, Successor]) -> bool:
    """Whether an agency is among the heirs, or succeeds one that has ended meanwhile."""
    line = list(heirs.values())
    for heir in line:
        if heir.agency_id == agency_id:
            return True
        log = _log(view, heir.agency_id)
        if log.is_ended and heir.circle_id in log.plan.successors:
            line.append(log.plan.successors[heir.circle_id])
    return False


def heirs_here(view: CaseView, log: AgencyDirectory) -> dict[UUID, Successor]:
    """The ended agency's circles that have a part in the case, and who acts for each now."""
    return {
        circle_id: _now(view, heir)
        for circle_id, heir in log.plan.successors.items()
        if view.circle_agencies.get(circle_id) == log.agency_id
    }


def _rename(view: CaseView, circle_id: UUID, heir: Successor) -> None:
    agency, circle = heir.agency_id, heir.circle_id
    if view.custodian_circle == circle_id:
        view.custodian_agency, view.custodian_circle = agency, circle
    for section_id, section in view.sections.items():
        if section.holder_circle == circle_id:
            view.sections[section_id] = replace(section, holder_agency=agency, holder_circle=circle)
    for offer_id, offer in view.offered.items():
        if offer.circle_id == circle_id:
            view.offered[offer_id] = replace(offer, agency_id=agency, circle_id=circle)
    for grant_id, grant in view.grants.items():
        view.grants[grant_id] = _renamed(grant, circle_id, heir)


def _renamed(grant: GrantState, circle_id: UUID, heir: Successor) -> GrantState:
    if grant.giver_circle == circle_id:
        grant = replace(grant, giver_agency=heir.agency_id, giver_circle=heir.circle_id)
    if grant.receiver_circle == circle_id:
        grant = replace(grant, receiver_agency=heir.agency_id, receiver_circle=heir.circle_id)
    return grant
