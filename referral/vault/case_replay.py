"""Verify the strands of a case, merge them in the order they saw each other, and replay them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from referral.kernel.errors import NotVerified
from referral.vault.case_moves import check_circles
from referral.vault.case_restores import Restores
from referral.vault.case_rules import APPLY
from referral.vault.case_succession import SUCCEEDED
from referral.vault.case_view import CaseView
from referral.vault.directory import NO_ENTRY, AgencyDirectory
from referral.vault.restore_points import CasePoint
from referral.vault.strands import Remembered, SignedEntry, StrandEntry, verify_entry


def replay(
    deployment: UUID,
    case_id: UUID,
    epoch: int,
    strands: Mapping[UUID, Sequence[SignedEntry]],
    *,
    directory_of: Callable[[UUID], AgencyDirectory],
    remembered: Remembered,
    points: Sequence[CasePoint] = (),
) -> CaseView:
    """Verify and merge all strands of a case, each entry after those it had seen.

    A strand that breaks counts up to the break and is named in `faults`. `points` are those of the
    restores that the case has been through: without one, what is older than it is not verified.
    """
    view = CaseView(deployment, case_id, epoch, log_of=directory_of)
    restores = Restores(points)
    queues = {agency: list(entries) for agency, entries in strands.items()}
    times: dict[bytes, datetime] = {}
    while any(queues.values()):
        candidate = _next_entry(view, queues, times, directory_of, remembered)
        if candidate is None:
            break
        agency_id, entry, entry_digest = candidate
        queues[agency_id].pop(0)
        try:
            _check_time(entry, times)
            restores.expect(view, entry, entry_digest)
            restores.turn(view, entry.epoch)
            _absorb(view, entry, entry_digest, directory_of(agency_id))
        except (NotVerified, KeyError, ValueError, TypeError) as error:
            _fault(view, queues, agency_id, str(error))
            continue
        times[entry_digest] = entry.at
    restores.finish(view)
    for agency_id, rest in queues.items():
        if rest:
            view.faults.setdefault(agency_id, "refers to what is missing, or was never granted")
    for agency_id in strands:
        _expect_whole(view, directory_of(agency_id))
    return view


def _expect_whole(view: CaseView, log: AgencyDirectory) -> None:
    """Of an ended agency it is known how long its strand is: what was left out is missed."""
    last, _ = ((log.succession and log.succession.strands) or {}).get(view.case_id, (0, b""))
    if log.is_ended and view.seqs.get(log.agency_id, 0) < last:
        view.faults.setdefault(log.agency_id, "entries are missing")


def take(
    view: CaseView, signed: SignedEntry, directory: AgencyDirectory, remembered: Remembered
) -> None:
    """Add one more entry to a view, as `replay` would; `NotVerified` when it does not hold."""
    agency_id = directory.agency_id
    entry = verify_entry(
        signed,
        deployment=view.deployment,
        case_id=view.case_id,
        expected=(
            agency_id,
            view.seqs.get(agency_id, 0) + 1,
            view.heads.get(agency_id, NO_ENTRY),
        ),
        directory=directory,
        remembered=remembered,
    )
    if entry.kind not in {"opened", SUCCEEDED} and agency_id not in view.standing:
        raise NotVerified("this agency has no standing in the case")
    if entry.epoch != view.epoch:
        raise NotVerified("of another epoch")
    if any(seen.at > entry.at for seen in view.entries):
        raise NotVerified("claims to be earlier than what it saw")
    try:
        _absorb(view, entry, signed.digest, directory)
    except (KeyError, ValueError, TypeError) as error:
        raise NotVerified("malformed strand entry") from error


def _absorb(
    view: CaseView, entry: StrandEntry, entry_digest: bytes, directory: AgencyDirectory
) -> None:
    _check_author(view, entry)
    check_circles(view, entry, directory)
    APPLY[entry.kind](view, entry)
    view.entries.append(entry)
    view.heads[entry.agency_id] = entry_digest
    view.seqs[entry.agency_id] = entry.seq
    view.directory_seqs[entry.agency_id] = entry.directory_seq


def _check_time(entry: StrandEntry, times: Mapping[bytes, datetime]) -> None:
    known = [entry.previous, *(d for _, d in entry.heads)]
    if any(entry.at < times[d] for d in known if d in times):
        raise NotVerified("claims to be earlier than what it saw")


def _check_author(view: CaseView, entry: StrandEntry) -> None:
    # Else somebody removed since could still sign at the place where he was a member.
    if entry.directory_seq < view.directory_seqs.get(entry.agency_id, 0):
        raise NotVerified("goes back in the directory")


def _fault(
    view: CaseView, queues: dict[UUID, list[SignedEntry]], agency_id: UUID, why: str
) -> None:
    view.faults[agency_id] = why
    queues[agency_id] = []


def _next_entry(
    view: CaseView,
    queues: dict[UUID, list[SignedEntry]],
    times: Mapping[bytes, datetime],
    directory_of: Callable[[UUID], AgencyDirectory],
    remembered: Remembered,
) -> tuple[UUID, StrandEntry, bytes] | None:
    ready: list[tuple[datetime, UUID, StrandEntry, bytes]] = []
    for agency_id, queue in list(queues.items()):
        if not queue:
            continue
        expected = (agency_id, view.seqs.get(agency_id, 0) + 1, view.heads.get(agency_id, NO_ENTRY))
        try:
            entry = verify_entry(
                queue[0],
                deployment=view.deployment,
                case_id=view.case_id,
                expected=expected,
                directory=directory_of(agency_id),
                remembered=remembered,
            )
        except (NotVerified, ValueError, TypeError) as error:
            _fault(view, queues, agency_id, str(error))
            continue
        # A successor of an agency of the case enters by saying so; its rule looks if it is one.
        opens = entry.kind == SUCCEEDED or (
            entry.kind == "opened" and view.custodian_agency is None
        )
        if (opens or agency_id in view.standing) and all(d in times for _, d in entry.heads):
            ready.append((entry.at, agency_id, entry, queue[0].digest))
    if not ready:
        return None
    _, agency_id, entry, entry_digest = min(ready, key=lambda item: (item[0], item[1]))
    return agency_id, entry, entry_digest
