"""From the rows of a case to its verified view, and the writing of the next strand entry."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from referral.agencies import directory
from referral.agencies.locks import change_keys, hold_keys
from referral.agencies.named_circles import waiting_circles
from referral.audit.trail import trail
from referral.cases.model import CaseFile, CaseRestorePoint, Grant, StrandRow
from referral.kernel import clock, deployment
from referral.kernel.db import session
from referral.kernel.deployment import FIRST_EPOCH, DeploymentFacts
from referral.kernel.errors import Busy, NotFound, NotVerified
from referral.kernel.ids import new_id
from referral.vault import case_replay, strands
from referral.vault.case_view import CaseView
from referral.vault.codec import Value
from referral.vault.directory import AgencyDirectory
from referral.vault.keys import Keyring
from referral.vault.restore_points import CasePoint
from referral.vault.strands import Remembered, SignedEntry

remembered = Remembered()


def lock(case: CaseFile, keyring: Keyring, *, changing: bool = False) -> None:
    """Hold the case's row until the transaction ends, so that strands grow one by one.

    What `case` says is read again: who had the lock before may have closed the case. The keys of
    all whom it is shared with are held as well, before any row of the case is written: who changes
    them marks its sections stale. Those of the session's own agency are held alone when it is
    `changing` them, or when a named circle of the session waits for a key.

    The case comes first and then the agencies by their ids, whatever is done, and nobody who holds
    keys together with others asks to hold them alone: so nobody ever waits for somebody who waits
    for them. `Busy` where a circle came to wait for its key in this very instant.
    """
    row = select(CaseFile).where(CaseFile.id == case.id).with_for_update()
    session().scalars(row.execution_options(populate_existing=True)).one_or_none()
    shared = select(Grant.receiver_agency_id).where(
        Grant.case_id == case.id, Grant.ended_at.is_(None)
    )
    own = keyring.agency_id
    agencies = {own, case.custodian_agency_id, *session().scalars(shared)}
    if not changing and not waiting_circles(keyring):
        hold_keys(agencies)
        if waiting_circles(keyring):
            raise Busy(retry_after=1)
        return
    for agency_id in sorted(agencies):
        if agency_id == own:
            change_keys(agency_id)
        else:
            hold_keys([agency_id])


def case_view(case_id: UUID) -> CaseView:
    """The verified state of a case; only entries new to this process are verified again."""
    return case_views([case_id])[case_id]


def case_views(case_ids: Iterable[UUID]) -> dict[UUID, CaseView]:
    """The verified states of some cases, in a few queries for all of them."""
    here = deployment.current()
    wanted = list(dict.fromkeys(case_ids))
    rows = session().scalars(
        select(StrandRow).where(StrandRow.case_id.in_(wanted)).order_by(StrandRow.seq)
    )
    strands_of: dict[UUID, dict[UUID, list[SignedEntry]]] = {case_id: {} for case_id in wanted}
    for row in rows:
        entries = strands_of[row.case_id].setdefault(row.agency_id, [])
        entries.append(SignedEntry(row.raw, row.signature))
    points = _points(here, wanted)
    logs = directory.directories(sorted({a for found in strands_of.values() for a in found}))

    def log_of(agency_id: UUID) -> AgencyDirectory:
        """Of an ended agency that wrote nothing, its successor's strand may speak too."""
        return logs[agency_id] if agency_id in logs else directory.directory_of(agency_id)

    return {
        case_id: case_replay.replay(
            here.id,
            case_id,
            here.epoch,
            found,
            directory_of=log_of,
            remembered=remembered,
            points=points[case_id],
        )
        for case_id, found in strands_of.items()
    }


def _points(here: DeploymentFacts, wanted: list[UUID]) -> dict[UUID, list[CasePoint]]:
    """What the server signed of these cases at each restore; nothing to read before the first."""
    points: dict[UUID, list[CasePoint]] = {case_id: [] for case_id in wanted}
    if here.epoch == FIRST_EPOCH:
        return points
    public = trail.server.public
    query = select(CaseRestorePoint).where(CaseRestorePoint.case_id.in_(wanted))
    for row in session().scalars(query):
        try:
            point = CasePoint.read(row.raw, row.signature, public)
        except NotVerified:
            continue  # one that is missing shuts the case
        if (point.deployment, point.case_id) == (here.id, row.case_id):
            points[row.case_id].append(point)
    return points


def advance(view: CaseView, keyring: Keyring, kind: str, payload: Value) -> CaseView:
    """Sign and write the next entry of the actor's agency; gives the view that includes it."""
    agency_id = keyring.agency_id
    place = view.place(agency_id)
    log = directory.open_log(agency_id)
    at = max([clock.now(), *(entry.at for entry in view.entries)])  # clocks of two hosts differ
    entry = strands.write_entry(keyring, place, log, at=at, kind=kind, payload=payload)
    session().add(
        StrandRow(
            id=new_id(),
            case_id=view.case_id,
            agency_id=agency_id,
            seq=place.seq,
            raw=entry.raw,
            signature=entry.signature,
        )
    )
    session().flush()
    case_replay.take(view, entry, log, remembered)
    return view


def case_row(case_id: UUID) -> CaseFile:
    """The row of a case, for code that has checked already who asks; `NotFound`."""
    row = session().get(CaseFile, case_id)
    if row is None:
        raise NotFound("no such case")
    return row
