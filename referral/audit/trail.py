"""Appending to the chains. The entry is written before anything it speaks of is released."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from referral.audit.detail import CircleOf, Telling
from referral.audit.model import AuditChain, AuditEntry, AuditEntryBody
from referral.kernel import clock, deployment
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import ChainClosed, NotFound
from referral.kernel.ids import new_id
from referral.vault.audit_chain import AuditRecord, detail_digest, sign_record
from referral.vault.audit_detail import seal_detail
from referral.vault.directory import NO_ENTRY, SignedStatement, VerifiedKey
from referral.vault.root import ServerKey

DONE = "done"
REFUSED = "refused"
RESTORED = "backup.restore"
"""The operation of a server-signed entry in the system's chain: a backup was put in place here.

It carries the raised epoch, and explains what is missing from heads of the epochs before.
"""


OF_A_CASE = frozenset({"case_file", "referral"})
KeyOf = Callable[[UUID, UUID | None], VerifiedKey | None]


def _no_key(_agency_id: UUID, _circle_id: UUID | None) -> VerifiedKey | None:
    return None


class Trail:
    """The server's signing key of this process, set once by the composition root.

    `key_of(agency, circle)` gives the key that a detail is sealed to, None where there is none.
    """

    def __init__(self) -> None:
        self._server: ServerKey | None = None
        self.key_of: KeyOf = _no_key

    def configure(self, server: ServerKey, key_of: KeyOf) -> None:
        """Take the key that signs where no person's is at hand, and whose keys open details."""
        self._server, self.key_of = server, key_of

    @property
    def server(self) -> ServerKey:
        """The key; `NotFound` before the installation has one."""
        if self._server is None:
            raise NotFound("no server key yet")
        return self._server


trail = Trail()


def open_chain(chain_id: UUID) -> None:
    """Begin the chain of an agency, or of the system (whose id is the deployment's)."""
    session().add(AuditChain(id=chain_id, seq=0, digest=NO_ENTRY))
    session().flush()


def record(
    actor: Actor,
    operation: str,
    *,
    kind: str,
    object_id: UUID | None,
    outcome: str = DONE,
    telling: Telling | None = None,
) -> None:
    """Append one entry to the actor's agency's chain, or to the system's.

    The chain's row is locked until the transaction ends, so that no two entries take one place.
    What `telling` holds is sealed beside an entry that a member signs; the server's have none.
    """
    here = deployment.current()
    chain_id = actor.agency_id or here.id
    head = _locked(chain_id)
    is_closed = head.closes_at is not None and head.seq >= head.closes_at
    if is_closed and actor.member_id is not None:  # the server itself goes on: a restore, say
        if outcome != REFUSED:
            raise ChainClosed
        # Of somebody whose agency has ended: the server says so, in the system's chain.
        actor, chain_id = replace(actor, keys=None), here.id
        head = _locked(chain_id)
    sign = trail.server.sign if actor.keys is None else actor.keys.sign
    detail = _sealed(actor, telling, (chain_id, head.seq + 1), kind)
    entry = AuditRecord(
        deployment=here.id,
        chain_id=chain_id,
        seq=head.seq + 1,
        previous=head.digest,
        epoch=here.epoch,
        at=clock.now(),
        operation=operation,
        signer="server" if actor.keys is None else "member",
        actor_id=actor.member_id,
        object_kind=kind,
        object_id=object_id,
        outcome=outcome,
        detail_digest=detail_digest(detail),
    )
    signed = sign_record(entry, sign)
    _insert(entry, signed, detail)
    head.seq, head.digest = entry.seq, signed.digest
    session().flush()


def _locked(chain_id: UUID) -> AuditChain:
    row = select(AuditChain).where(AuditChain.id == chain_id).with_for_update()
    return session().scalars(row.execution_options(populate_existing=True)).one()


def close_chain(chain_id: UUID) -> None:
    """Take one entry more, that of the operation which ends the agency, and then none.

    Whoever is about to append waits here, and is refused: nothing is done in the agency's name
    after its end, in whatever instant it began.
    """
    head = _locked(chain_id)
    head.closes_at = head.seq + 1
    session().flush()


def _sealed(
    actor: Actor, telling: Telling | None, place: tuple[UUID, int], kind: str
) -> bytes | None:
    """The detail, to a circle of the actor's agency and, for a case, to its custodian.

    An entry on anything else (a stay, say) is never tied to a case by who may open its detail.
    """
    if telling is None or not telling.facts or actor.keys is None or actor.agency_id is None:
        return None
    is_of_case = kind in OF_A_CASE
    circles: list[CircleOf] = [(actor.agency_id, telling.own_circle if is_of_case else None)]
    if is_of_case and telling.custodian is not None:
        circles.append(telling.custodian)
    keys = [key for key in (trail.key_of(*circle) for circle in circles) if key is not None]
    return seal_detail(keys, place, telling.facts) if keys else None


def _insert(entry: AuditRecord, signed: SignedStatement, detail: bytes | None) -> None:
    entry_id = new_id()
    session().add(
        AuditEntry(
            id=entry_id,
            chain_id=entry.chain_id,
            seq=entry.seq,
            at=entry.at,
            operation=entry.operation,
            actor_id=entry.actor_id,
            object_kind=entry.object_kind,
            object_id=entry.object_id,
            outcome=entry.outcome,
            raw=signed.raw,
            signature=signed.signature,
        )
    )
    if detail is not None:
        session().flush()
        session().add(AuditEntryBody(entry_id=entry_id, body=detail))
