"""Restores in the life of a case: what was lost does not come back, and what had ended stays so.

The points that the server signed when a backup was put in place are heard between the entries of
before and those of after. They end and suspend; none of them makes anything.
"""

from collections.abc import Sequence
from dataclasses import replace

from referral.kernel.errors import NotVerified
from referral.vault.case_view import CUSTODY, CaseView, GrantState
from referral.vault.restore_points import CasePoint, in_line
from referral.vault.strands import StrandEntry

LOST = "of a time that was lost when a backup was put in place"
MISSING = "entries are missing that were there when a backup was put in place"


class Restores:
    """The points of one case, in the order in which they are passed on the way through it."""

    def __init__(self, points: Sequence[CasePoint]) -> None:
        self._all = points
        self._line: list[CasePoint] = []
        self._passed = 0

    def expect(self, view: CaseView, entry: StrandEntry, entry_digest: bytes) -> None:
        """`NotVerified` for an entry of a lost time, or where another stood at a restore."""
        if entry.epoch > view.epoch:
            raise NotVerified("of an epoch that has not begun")
        if entry.kind == "opened":
            self._line = in_line(self._all, view.epoch, entry.epoch)
        for point in self._line:
            seq, known = point.place_of(entry.agency_id)
            if (entry.seq <= seq) != (entry.epoch < point.epoch):
                raise NotVerified(LOST)
            if entry.seq == seq and entry_digest != known:
                raise NotVerified("not the entry that was there when a backup was put in place")

    def turn(self, view: CaseView, epoch: int) -> None:
        """Pass every point up to an epoch: what had ended by then is over, what waits waits."""
        while self._passed < len(self._line) and self._line[self._passed].epoch <= epoch:
            _pass(view, self._line[self._passed])
            self._passed += 1

    def finish(self, view: CaseView) -> None:
        """Pass what is left, and name the agencies whose strand has been cut back since."""
        self.turn(view, view.epoch)
        for point in self._line:
            for agency_id, seq, _ in point.heads:
                if view.seqs.get(agency_id, 0) < seq:
                    view.faults.setdefault(agency_id, MISSING)


def _pass(view: CaseView, point: CasePoint) -> None:
    for basis_id, at in point.bases:
        basis = view.bases.get(basis_id)
        if basis is not None and basis.ended_at is None:
            view.bases[basis_id] = replace(basis, ended_at=at)
    for grant_id, at in point.grants:
        grant = view.grants.get(grant_id)
        if grant is not None and grant.ended_at is None:
            view.grants[grant_id] = replace(grant, ended_at=at)
        _withdraw_offers(view, grant_id)
    for circle_id, member_ids in point.left_out:  # also of one that is given a part only now
        known = view.left_out.get(circle_id, frozenset())
        view.left_out[circle_id] = known | frozenset(member_ids)
    if point.suspends:
        _suspend(view)


def _withdraw_offers(view: CaseView, grant_id: object) -> None:
    """An offer of custody goes with the grant that carried its payload."""
    for referral_id, (sent_with, _) in view.summaries.items():
        if sent_with == grant_id:
            view.offered.pop(referral_id, None)


def _leads_elsewhere(view: CaseView, grant: GrantState) -> bool:
    """From one agency to another; what made the present custodian custodian is done."""
    is_custodians = grant.form == CUSTODY and grant.receiver_circle == view.custodian_circle
    elsewhere = grant.giver_agency != grant.receiver_agency
    return grant.ended_at is None and elsewhere and not is_custodians


def _suspend(view: CaseView) -> None:
    """Nobody knows what else had ended: what one agency gave another waits for the custodian.

    So does what it rested on, and an offer of custody is made anew.
    """
    for basis in list(view.bases.values()):
        if basis.ended_at is None:
            view.bases[basis.basis_id] = replace(basis, is_suspended=True)
    for grant in list(view.grants.values()):
        if _leads_elsewhere(view, grant):
            view.grants[grant.grant_id] = replace(grant, is_suspended=True)
    view.offered.clear()
