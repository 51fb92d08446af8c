"""What each kind of strand entry may do to a case, and what it needs to count.

Each rule takes one verified entry into the view, or raises `NotVerified`; `case_replay` decides
the order in which they are heard.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from referral.kernel.errors import NotVerified
from referral.vault.case_moves import circle_moved
from referral.vault.case_succession import SUCCEEDED, take_place
from referral.vault.case_view import (
    CONSENT,
    CUSTODY,
    CUSTODY_KINDS,
    DIGEST_SIZE,
    LEGAL,
    OWN,
    BasisState,
    CaseView,
    CustodyOffer,
    GrantState,
    SectionState,
    contents_named,
)
from referral.vault.codec import digest
from referral.vault.strands import StrandEntry


def _opened(view: CaseView, entry: StrandEntry) -> None:
    (circle_id,) = entry.payload
    if view.custodian_agency is not None:
        raise NotVerified("opened twice")
    view.bind_circle(circle_id, entry.agency_id)
    view.custodian_agency, view.custodian_circle = entry.agency_id, circle_id
    view.standing.add(entry.agency_id)


def _section_revised(view: CaseView, entry: StrandEntry) -> None:
    section_id, kind, circle_id, revision, generation, body, commitment, form = entry.payload
    known = view.sections.get(section_id)
    view.bind_circle(circle_id, entry.agency_id)
    if known is None:
        if (revision, generation) != (1, 1):
            raise NotVerified("a section begins with revision 1")
    else:
        if (known.kind, known.holder_agency, known.holder_circle) != (
            kind,
            entry.agency_id,
            circle_id,
        ):
            raise NotVerified("only the holder revises a section")
        if revision != known.revision + 1 or generation not in {
            known.generation,
            known.generation + 1,
        }:
            raise NotVerified("revisions of a section are consecutive")
    view.sections[section_id] = SectionState(
        section_id,
        kind,
        entry.agency_id,
        circle_id,
        revision,
        generation,
        body,
        commitment,
        form,
        entry.author_id,
        entry.at,
    )


def _basis_recorded(view: CaseView, entry: StrandEntry) -> None:
    basis_id, form, agency_id, circle_id, kinds, purpose, expires_at, cosign_by = entry.payload
    if form not in {CONSENT, LEGAL} or basis_id in view.bases:
        raise NotVerified("not a basis")
    if form == LEGAL and cosign_by is None:
        raise NotVerified("a legal basis needs a co-signature in time")
    moments = (expires_at,) if cosign_by is None else (expires_at, cosign_by)
    if not all(isinstance(moment, datetime) for moment in moments):
        raise NotVerified("not a moment")
    view.bases[basis_id] = BasisState(
        basis_id,
        form,
        agency_id,
        circle_id,
        frozenset(kinds),
        purpose,
        expires_at,
        entry.agency_id,
        entry.at,
        cosign_by if form == LEGAL else None,
        author_id=entry.author_id,
    )


def _basis_cosigned(view: CaseView, entry: StrandEntry) -> None:
    (basis_id,) = entry.payload
    basis = view.bases[basis_id]
    if basis.form != LEGAL or basis.recorded_by not in view.family(entry.agency_id):
        raise NotVerified("not this agency's to co-sign")
    if basis.cosign_by is None or entry.at >= basis.cosign_by:
        raise NotVerified("co-signed too late")
    if basis.author_id == entry.author_id:
        raise NotVerified("nobody co-signs what is their own")
    view.bases[basis_id] = replace(basis, cosigned_at=entry.at)


def _basis_ended(view: CaseView, entry: StrandEntry) -> None:
    (basis_id,) = entry.payload
    basis = view.bases[basis_id]
    if basis.ended_at is None:
        view.bases[basis_id] = replace(basis, ended_at=entry.at)


def _grant_made(view: CaseView, entry: StrandEntry) -> None:
    grant_id, giver, agency_id, circle_id, section_ids, form, basis_ids, bundle, pending = (
        entry.payload[:9]
    )
    if grant_id in view.grants:
        raise NotVerified("made twice")
    view.bind_circle(giver, entry.agency_id)
    view.bind_circle(circle_id, agency_id)
    grant = GrantState(
        grant_id,
        entry.agency_id,
        giver,
        agency_id,
        circle_id,
        frozenset(section_ids),
        form,
        tuple(basis_ids),
        frozenset({bundle}),
        bool(pending),
        entry.at,
        contents=contents_named(entry.payload[9:]),
    )
    _check_grant(view, grant, entry.at)
    view.grants[grant_id] = grant
    view.standing.add(agency_id)


def _check_grant(view: CaseView, grant: GrantState, at: datetime) -> None:
    if not all(view.reads(grant.giver_circle, s, at) for s in grant.section_ids):
        raise NotVerified("gives what its giver cannot read")
    if grant.form == OWN and not (
        grant.receiver_circle == grant.giver_circle
        and _all_held_by(view, grant.giver_circle, grant.section_ids)
    ):
        raise NotVerified("not its own")
    if grant.form == CUSTODY and not all(
        view.sections[s].kind in CUSTODY_KINDS
        and view.sections[s].holder_agency == view.custodian_agency
        and view.custodian_circle == grant.giver_circle
        for s in grant.section_ids
    ):
        raise NotVerified("custody passes only its own sections")
    for basis_id in grant.basis_ids:
        basis = view.bases[basis_id]
        if not view.names(basis, grant.receiver_agency, grant.receiver_circle):
            raise NotVerified("the basis names another recipient")
        if view.is_own_word(basis, grant.giver_agency, grant.receiver_agency):
            raise NotVerified("the receiver's own word is no basis")
    if not all(view.covers(grant, s, at) for s in grant.section_ids):
        raise NotVerified("no live basis covers this grant")


def _all_held_by(view: CaseView, circle_id: UUID, section_ids: Iterable[UUID]) -> bool:
    return all(view.sections[s].holder_circle == circle_id for s in section_ids)


def _grant_renewed(view: CaseView, entry: StrandEntry) -> None:
    grant_id, section_ids, bundle, *content = entry.payload
    grant = view.grants[grant_id]
    added = frozenset(section_ids)
    more = added - grant.section_ids
    own = grant.form == OWN and _all_held_by(view, grant.giver_circle, more)
    holds = all(view.sections[s].holder_agency == entry.agency_id for s in added)
    if not holds or (more and not own):
        raise NotVerified("not this agency's to renew")
    view.grants[grant_id] = replace(
        grant,
        section_ids=grant.section_ids | added,
        digests=grant.digests | {bundle},
        contents=grant.contents | contents_named(tuple(content)),
    )


def _grant_taken(view: CaseView, entry: StrandEntry) -> None:
    (grant_id,) = entry.payload
    grant = view.grants[grant_id]
    if grant.receiver_agency != entry.agency_id or not grant.pending or grant.is_over:
        raise NotVerified("not this agency's to take")
    view.grants[grant_id] = replace(grant, pending=False)


def _grant_ended(view: CaseView, entry: StrandEntry) -> None:
    (grant_id,) = entry.payload
    grant = view.grants[grant_id]
    if grant.form == OWN or entry.agency_id not in {
        grant.giver_agency,
        grant.receiver_agency,
        view.custodian_agency,
    }:
        raise NotVerified("not this agency's to end")
    if grant.ended_at is None:
        view.grants[grant_id] = replace(grant, ended_at=entry.at)
    for referral_id, (sent_with, _) in view.summaries.items():
        if sent_with == grant_id:  # an offer of custody goes by the id of its referral
            view.offered.pop(referral_id, None)


def _grant_confirmed(view: CaseView, entry: StrandEntry) -> None:
    (grant_id,) = entry.payload
    grant = view.grants[grant_id]
    if entry.agency_id != view.custodian_agency:
        raise NotVerified("only the custodian confirms")
    if not grant.is_suspended or grant.pending or grant.ended_at is not None:
        raise NotVerified("nothing waits to be confirmed")
    view.grants[grant_id] = replace(grant, is_suspended=False)
    for basis_id in grant.basis_ids:
        view.bases[basis_id] = replace(view.bases[basis_id], is_suspended=False)


def _custody_offered(view: CaseView, entry: StrandEntry) -> None:
    offer_id, agency_id, circle_id, section_ids, *token = entry.payload
    if entry.agency_id != view.custodian_agency:
        raise NotVerified("only the custodian gives custody")
    if not view.sections.keys() >= set(section_ids):
        raise NotVerified("offers what is not there")
    (token_digest,) = token or [None]
    if token and not (isinstance(token_digest, bytes) and len(token_digest) == DIGEST_SIZE):
        raise NotVerified("not a digest")
    view.bind_circle(circle_id, agency_id)
    sections = frozenset(section_ids)
    view.offered[offer_id] = CustodyOffer(agency_id, circle_id, sections, token_digest)
    view.standing.add(agency_id)


def _custody_taken(view: CaseView, entry: StrandEntry) -> None:
    offer_id, *token = entry.payload
    offer = view.offered[offer_id]
    if offer.agency_id != entry.agency_id:
        raise NotVerified("custody was offered to another")
    shown = [] if offer.token_digest is None else [offer.token_digest]
    if [digest(part) for part in token] != shown:
        raise NotVerified("custody was not released")
    for section_id in offer.section_ids:
        section = view.sections[section_id]
        if section.holder_agency == view.custodian_agency and section.kind in CUSTODY_KINDS:
            view.sections[section_id] = replace(
                section, holder_agency=offer.agency_id, holder_circle=offer.circle_id
            )
    view.custodian_agency, view.custodian_circle = offer.agency_id, offer.circle_id
    view.offered.clear()


def _summary_sent(view: CaseView, entry: StrandEntry) -> None:
    referral_id, grant_id, summary, *content = entry.payload
    if view.grants[grant_id].giver_agency != entry.agency_id or referral_id in view.summaries:
        raise NotVerified("not this agency's to send")
    for said in contents_named(tuple(content)):
        view.summary_contents[referral_id] = said
    view.summaries[referral_id] = (grant_id, summary)


def _noted(view: CaseView, entry: StrandEntry) -> None:
    """A signed remark (closed, re-opened) that moves no key."""
    if not entry.payload:
        raise NotVerified(f"says nothing about {view.case_id}")


APPLY: Mapping[str, Callable[[CaseView, StrandEntry], None]] = {
    "opened": _opened,
    "section_revised": _section_revised,
    "basis_recorded": _basis_recorded,
    "basis_cosigned": _basis_cosigned,
    "basis_ended": _basis_ended,
    "grant_made": _grant_made,
    "grant_renewed": _grant_renewed,
    "grant_taken": _grant_taken,
    "grant_ended": _grant_ended,
    "grant_confirmed": _grant_confirmed,
    "custody_offered": _custody_offered,
    "custody_taken": _custody_taken,
    "summary_sent": _summary_sent,
    "circle_moved": circle_moved,
    "noted": _noted,
    SUCCEEDED: take_place,
}
