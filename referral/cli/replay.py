"""What a restore does once the rows are there, before they are committed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from referral.accounts import restoring as accounts
from referral.agencies import directory
from referral.agencies.log_keys import log_key
from referral.audit import arrivals, queries, restores, trail
from referral.audit.arrivals import Arrived
from referral.audit.shipments import Buried
from referral.audit.tombstones import OF_REFERRALS, Ended
from referral.cases import restoring as cases
from referral.cases.restoring import EndedIn
from referral.followup.restoring import ask_to_confirm, ask_to_move, ask_to_pass_on
from referral.kernel import clock, deployment
from referral.kernel.actor import SYSTEM_ROLE, Actor
from referral.kernel.instance import RELEASE_FOLDER, ROOT_PUBLIC, STAGED, instance
from referral.referrals import restoring as referrals
from referral.vault.backup import BackupHeader
from referral.vault.restore_points import InstallationPoint, When
from referral.vault.root import ServerKey


@dataclass
class Report:
    """What was done, and what people have to do now."""

    header: BackupHeader
    epoch: int
    gap: str
    reaches_to: datetime | None
    counts: dict[str, int] = field(default_factory=dict)
    kept_keys: set[str] = field(default_factory=set)

    def lines(self) -> list[str]:
        """What the command prints."""
        done = [f"Restored: the backup of {self.header.at:%Y-%m-%d %H:%M} UTC. Epoch {self.epoch}."]
        done += [f"{count:6} {what}" for what, count in self.counts.items()]
        return done + (self._after_gap() if self.gap else self._after_replay())

    def _after_replay(self) -> list[str]:
        return [
            f"What had ended is known up to {self.reaches_to:%Y-%m-%d %H:%M} UTC.",
            "Did the lost server work longer? Empty database and folder, restore with --gap.",
            "Start the server. Each administrator, under Members: remove again who had left, enrol",
            "anew whose passphrase had changed, confirm who had lost a role, change marked keys.",
            "Each circle that a case had left moves it again, under Today's work.",
        ]

    def _after_gap(self) -> list[str]:
        return [
            f"GAP: {self.gap}.",
            "Every access given to another agency waits for the custodian of its case.",
            "Every account waits for its administrator, and each administrator for the root:",
            "  flask directory confirm-after-restore AGENCY --username NAME --root-file FILE",
            "Before confirming, ask on the phone whether the passphrase was changed since the",
            f"backup of {self.header.at:%Y-%m-%d %H:%M} UTC: who changed it is enrolled anew.",
        ]


def settle(
    header: BackupHeader, server: ServerKey, arrived: Arrived, epoch: int, *, is_gap: bool
) -> Report:
    """Raise the epoch, end again what had ended, hold what is not known, and sign all of it."""
    trail.trail.configure(server, log_key)
    pinned = instance.read(f"{STAGED}/{ROOT_PUBLIC}")
    directory.pin.configure(bytes.fromhex(pinned.decode().strip()) if pinned else None)
    gap = arrivals.gap_of(arrived) or ("the operator says so" if is_gap else "")
    deployment.raise_epoch(epoch)
    latest = arrived.latest
    report = Report(header, epoch, gap, latest.at if latest else None)
    new = arrivals.unknown(arrived)
    ended = _sign_points(header, arrived, new, report)
    arrivals.go_on_from(latest)
    arrivals.take_in(new)
    _end_again(arrived, new, report)
    left = cases.put_cases_away(ended)
    summaries = referrals.put_summaries_away(left)  # before a gap ends the access they came with
    if gap:
        _hold(report)
    _return_referrals(report)
    _ask_to_move(left, summaries, report)
    for chain in queries.chains():
        _record(chain.id)
    report.kept_keys = {str(referral_id) for referral_id in referrals.waiting_ids()}
    return report


def _sign_points(
    header: BackupHeader, arrived: Arrived, new: Sequence[Buried], report: Report
) -> Mapping[UUID, EndedIn]:
    """Where everything stands, before this restore adds to it; what had ended in each case."""
    here = deployment.current()
    point = InstallationPoint(
        here.id,
        report.epoch,
        header.epoch,
        clock.now(),
        header.at,
        int(bool(report.gap)),
        tuple((row.id, row.seq, row.digest) for row in queries.chains()),
        tuple((agency, *place) for agency, place in sorted(directory.log_heads().items())),
        tuple(sorted(arrived.subjects(Ended.MEMBER))),
        tuple(sorted(_of(new, Ended.ROLE))),
        tuple(sorted(_of(new, Ended.CIRCLES))),
        tuple(sorted(_of(new, Ended.KEY))),
        tuple(sorted(_of(new, Ended.SECOND))),
    )
    restores.keep(point)
    ended = _by_case(arrived, new)
    cases.keep_points(
        epoch=report.epoch, before=header.epoch, suspends=bool(report.gap), ended=ended
    )
    return ended


def _by_case(arrived: Arrived, new: Iterable[Buried]) -> Mapping[UUID, EndedIn]:
    grants: dict[UUID, list[When]] = defaultdict(list)
    bases: dict[UUID, list[When]] = defaultdict(list)
    for kind, found in ((Ended.GRANT, grants), (Ended.BASIS, bases)):
        for subject_id, buried in arrived.subjects(kind).items():
            if buried.case_id is not None:
                found[buried.case_id].append((subject_id, buried.at))
    left_out: dict[UUID, set[UUID]] = defaultdict(set)
    for buried in new:
        if buried.kind == Ended.LEFT_OUT and buried.case_id is not None:
            left_out[buried.case_id].add(buried.subject_id)
    return {
        case_id: EndedIn(
            tuple(sorted(grants[case_id])),
            tuple(sorted(bases[case_id])),
            cases.circles_left(case_id, left_out[case_id]),
        )
        for case_id in {*grants, *bases, *left_out}
    }


def _of(new: Iterable[Buried], kind: Ended) -> set[UUID]:
    """What of a kind the backup does not know."""
    return {buried.subject_id for buried in new if buried.kind == kind}


def _end_again(arrived: Arrived, new: Sequence[Buried], report: Report) -> None:
    bases = {key: buried.at for key, buried in arrived.subjects(Ended.BASIS).items()}
    ended = {key: buried.kind for key, buried in arrived.subjects(*OF_REFERRALS).items()}
    report.counts |= {
        "accesses ended again": cases.end_grants_again(set(arrived.subjects(Ended.GRANT))),
        "consents and legal bases ended again": cases.end_bases_again(bases),
        "referrals ended again": referrals.end_again(ended),
        "members to be removed again": accounts.bar_removed(arrived.subjects(Ended.MEMBER)),
        "members whose roles are confirmed anew": accounts.hold_members(_of(new, Ended.ROLE)),
        "members to be enrolled anew": accounts.forget_keys(
            _of(new, Ended.PASSPHRASE) | _of(new, Ended.CIRCLES)
        ),
        "members whose codes on paper are made anew": accounts.forget_papers(_of(new, Ended.PAPER)),
        "agencies to name a second one anew": len(directory.unseconded(_of(new, Ended.SECOND))),
        "circles to be given a new key": len(directory.circles_awaiting_key()),
    }
    cases.close_everything()


def _hold(report: Report) -> None:
    waiting = cases.suspend_grants()
    for case_id, circle_id in waiting:
        ask_to_confirm(case_id, circle_id)
    report.counts |= {
        "cases whose custodian confirms what was given": len(waiting),
        "accounts that wait for their administrator": accounts.hold_everyone(),
    }


def _return_referrals(report: Report) -> None:
    """To be sent again: all that wait, where a withdrawal may be unknown; else those shut."""
    keys = set(instance.names(f"{STAGED}/{RELEASE_FOLDER}"))
    waiting = referrals.waiting_ids()
    shut = {referral_id for referral_id in waiting if report.gap or str(referral_id) not in keys}
    report.counts["referrals back to their sender"] = referrals.return_to_sender(shut)


def _ask_to_move(left: Sequence[tuple[UUID, UUID]], asked: Iterable[UUID], report: Report) -> None:
    """Cases that had left a circle stay shut there until somebody moves them again."""
    for case_id, circle_id in left:
        ask_to_move(case_id, circle_id)
    for referral_id, circle_id in referrals.still_waiting(asked):
        ask_to_pass_on(referral_id, circle_id)
    report.counts["cases to be moved to another circle again"] = len(left)


def _record(chain_id: UUID) -> None:
    """An entry by the server into this chain: here a backup was put in place."""
    here = deployment.current().id
    agency_id = None if chain_id == here else chain_id
    system = Actor(member_id=None, agency_id=agency_id, role=SYSTEM_ROLE, permissions=frozenset())
    trail.record(system, trail.RESTORED, kind="deployment", object_id=here)
