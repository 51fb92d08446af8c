"""What is done with the whole installation: a copy of it is made, and put back.

The vault hears of a restore by signed points alone: `CasePoint` beside the strands and
`InstallationPoint`, of which the directory makes its holds. What becomes of the rows is done here
as `cli.restore` and `cli.replay` do it: `cases.restoring` strikes the bundles of grants that had
ended and lets every section get a new key; `accounts.restoring` drops the wraps of who had left
and the records of passphrases that had changed; an administrator removes and enrols them again and
gives each circle a key in the place of one that had been changed. Lost roles, moved cases and gaps
are not among the steps; `tests/cli` and `tests.vault.test_restores` have them.
"""

from dataclasses import dataclass
from uuid import UUID

from referral.kernel.errors import NotVerified
from referral.vault.restore_points import CasePoint, InstallationPoint
from referral.vault.root import ServerKey, new_server_secret
from tests.vault.life.growing import Buried, GrowingFile, GrowingWorld
from tests.vault.life.looks import Looks
from tests.vault.life.oracle import Present
from tests.vault.life.people import People
from tests.vault.life.scene import Names

SERVER = ServerKey(new_server_secret())


@dataclass
class Backup:
    """Everything at one moment."""

    world: GrowingWorld
    file: GrowingFile
    names: Names
    oracle: Present


class Restores(People, Looks):
    """Backups are kept for good; tombstones leave the host after each step, whatever is lost."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.backups: list[Backup] = []
        self.epochs = 1

    def a_backup_is_taken(self) -> None:
        file, world = self.file.stolen(), self.world.copied()
        kept = Backup(world, file, self.names.copied(), self.oracle.kept())
        self.backups = [*self.backups[:1], *self.backups[1:][-1:], kept]  # the oldest is telling

    def an_old_backup_is_restored(self) -> bool | None:
        """One after which somebody is left in each circle who can open it; of any lost time too.

        The look is taken before the administrators act as well. Until they have, nothing is sealed
        to a circle whose key had been changed.
        """
        possible = [kept for kept in self.backups if self._leaves_somebody(kept.oracle)]
        if not possible:
            return False
        self._put_back(self.random.choice(possible))
        self.check()
        renewing = self._refused()
        assert set(renewing) == self.oracle.outworn()
        self._administrators_act(renewing)
        assert not self._refused()
        return None

    def _leaves_somebody(self, kept: Present) -> bool:
        newest, over = self.oracle.newest, self.oracle.over
        known = {p for p, number in kept.enrolled.items() if number == newest[p]} - over
        return all(people & known for people in kept.members.values())

    def _tombstones(self) -> set[Buried]:
        return self.shipped

    def _put_back(self, kept: Backup) -> None:
        now, told = self.file.now, self._tombstones()
        before = kept.file.epoch
        self.epochs += 1
        self.world, self.file = kept.world.copied(), kept.file.stolen()
        self.names = kept.names.copied()
        self.file.world, self.file.now, self.file.epoch = self.world, now, self.epochs
        self._sign_points(told, before)
        self.world.hold(self.epochs)
        self._end_again(told)
        self.world.sign_in()
        self.oracle.restored(kept.oracle)

    def _sign_points(self, told: set[Buried], before: int) -> None:
        """Where everything stood, and what had ended since or ever."""
        here, now, epoch = self.world.deployment, self.file.now, self.file.epoch
        logs = sorted(
            (a.agency_id, len(a.log), a.log[-1].digest) for a in self.world.agencies.values()
        )
        whole = InstallationPoint(
            here, epoch, before, now, now, 0, (), tuple(logs),
            removed=tuple(sorted(_subjects(told, "member"))),
            rekeyed=tuple(sorted(_subjects(told - self.world.tombstones, "key"))),
        )  # fmt: skip
        self.world.points.append(InstallationPoint.read(*_signed(whole)))
        heads = {a: (a, len(s), s[-1].digest) for a, s in self.file.strands.items()}
        grants, bases = (
            tuple(sorted((b.subject_id, b.at) for b in told if b.kind == kind))
            for kind in ("grant", "basis")
        )
        case = CasePoint(
            here, self.file.case_id, epoch, before, now, 0,
            tuple(heads[a] for a in sorted(heads)), grants, bases,
        )  # fmt: skip
        self.file.points.append(CasePoint.read(*_signed(case)))

    def _end_again(self, told: set[Buried]) -> None:
        for grant_id in _subjects(told, "grant"):
            self.file.bundles.pop(grant_id, None)
            self.file.payloads.pop(grant_id, None)
        gone = _subjects(told, "member")
        for agency in self.world.agencies.values():
            agency.wraps = {at: w for at, w in agency.wraps.items() if at[2] not in gone}
        self._close_everything()
        self.world.tombstones |= told

    def _close_everything(self) -> None:
        self.file.stale = set(self.file.view().sections)

    def _refused(self) -> list[str]:
        """The circles to which nothing may be sealed."""
        return [circle for circle in self.circles if not self._is_sealable(circle)]

    def _is_sealable(self, circle: str) -> bool:
        try:
            self.world.key(circle)
        except NotVerified:
            return False
        return True

    def _administrators_act(self, renewing: list[str]) -> None:
        for name in sorted(self.oracle.locked()):
            self._enrol_anew(name)
        for agency in self.world.agencies.values():
            present = {member.member_id for member in agency.directory.members()}
            for name, person in agency.people.items():
                if name in self.oracle.over and person.member_id in present:
                    self._remove(agency, name)
        for circle in renewing:
            self._key(circle)
            self.oracle.rotated(circle, self.file.now)


def _subjects(told: set[Buried], kind: str) -> set[UUID]:
    return {buried.subject_id for buried in told if buried.kind == kind}


def _signed(point: CasePoint | InstallationPoint) -> tuple[bytes, bytes, bytes]:
    return (*point.signed(SERVER.sign_as), SERVER.public)
