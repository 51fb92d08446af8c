"""After a restore with a gap: the custodian confirms what one agency gave another, or ends it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from referral.audit.operation import operation
from referral.audit.tombstones import Ended, bury
from referral.cases import policy
from referral.cases.events import AccessConfirmed, AccessSettled, GrantsEnded
from referral.cases.lapses import settle_struck
from referral.cases.model import CaseFile
from referral.cases.opening import Opening, open_case_view
from referral.cases.sharing import end_grant
from referral.cases.strands import advance, lock
from referral.kernel import events
from referral.kernel.actor import Actor
from referral.kernel.errors import NotFound, NotPermitted
from referral.kernel.permissions import Permission
from referral.vault.case_view import GrantState, kinds_of
from referral.vault.keys import keyring_of


@dataclass(frozen=True, slots=True)
class SuspendedGrant:
    """An access that waits: who gave whom which kinds of section, since when."""

    id: UUID
    giver_agency_id: UUID
    receiver_agency_id: UUID
    receiver_circle_id: UUID
    kinds: tuple[str, ...]
    made_at: datetime


@operation(Permission.CONSENT_RECORD, policy.is_custodian)
def list_suspended(actor: Actor, case: CaseFile) -> Sequence[SuspendedGrant]:
    """Tell the custodian which accesses of a case wait to be confirmed since a restore."""
    opening = _opened(actor, case)
    return [
        SuspendedGrant(
            grant.grant_id,
            grant.giver_agency,
            grant.receiver_agency,
            grant.receiver_circle,
            tuple(sorted(kinds_of(opening.view, grant.section_ids))),
            grant.at,
        )
        for grant in suspended_in(opening)
    ]


def suspended_in(opening: Opening) -> list[GrantState]:
    """Accesses that wait for the custodian, the oldest first; the strands say so, not rows."""
    return [g for g in opening.view.grants.values() if _waits(g)]


def _waits(grant: GrantState) -> bool:
    return grant.is_suspended and grant.ended_at is None and not grant.pending


def _opened(actor: Actor, case: CaseFile) -> Opening:
    opening = open_case_view(actor, case)
    if not opening.is_custodian:
        raise NotPermitted("not the custodian")
    opening.expect_here(opening.view.custodian_circle)
    return opening


def _waiting(opening: Opening, grant_id: UUID) -> GrantState:
    grant = opening.view.grants.get(grant_id)
    if grant is None or not _waits(grant):
        raise NotFound("nothing waits to be confirmed")
    return grant


@operation(Permission.CONSENT_RECORD, policy.is_custodian)
def confirm_grant(actor: Actor, case: CaseFile, *, grant_id: UUID) -> CaseFile:
    """She still agrees: the access, and what it rests on, stands as before the restore.

    The circle that gave it seals it anew: at once if it is the session's own, else when it next
    opens the case. `NotFound` when nothing of this id waits.
    """
    lock(case, keyring_of(actor))
    opening = _opened(actor, case)
    grant = _waiting(opening, grant_id)
    advance(opening.view, opening.keyring, "grant_confirmed", (grant_id,))
    events.publish(AccessConfirmed(case.id, grant.giver_circle))
    opening = settle_struck(actor, opening)
    _settled(opening)
    return case


@operation(Permission.CONSENT_WITHDRAW, policy.is_custodian)
def end_suspended(actor: Actor, case: CaseFile, *, grant_id: UUID) -> CaseFile:
    """She does not agree any more, or nobody knows: the access ends for good.

    `NotFound` when nothing of this id waits.
    """
    lock(case, keyring_of(actor))
    opening = _opened(actor, case)
    _waiting(opening, grant_id)
    end_grant(opening, grant_id, "not confirmed")
    bury(Ended.GRANT, grant_id, case_id=case.id)
    # No basis is named: what it rested on may carry another access that is still confirmed.
    events.publish(GrantsEnded(case.id, grant_id, (grant_id,), "not_confirmed"))
    _settled(opening)
    return case


def _settled(opening: Opening) -> None:
    if not suspended_in(opening):
        events.publish(AccessSettled(opening.case.id))
