"""One life of a case, step by step, and everybody's raw keys after each step.

A new kind of step: a method that does it and tells the oracle, and a line in `STEPS`.
"""

from collections.abc import Callable, Mapping

from tests.vault.life.endings import Endings
from tests.vault.life.restores import Restores
from tests.vault.life.sharing import Sharing


class Life(Sharing, Endings, Restores):
    """What is done, by `random`; `done` counts it by kind."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.file.open_case(self._someone("P1"), "P1")
        self._write("P1", "identity")
        self._write("P1", "needs")
        self.check()

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.step()
        self.settle()
        self.file.expect_same_when_replayed()

    def step(self) -> None:
        """One thing that can happen now; a kind that cannot is drawn again."""
        names, weights = list(STEPS), [weight for _, weight in STEPS.values()]
        while True:
            name = self.random.choices(names, weights)[0]
            if name not in BESIDE_THE_CASE:
                self.settle()
            if STEPS[name][0](self) is not False:
                break
        self.done[name] += 1
        self.check()


BESIDE_THE_CASE = {
    "time passes",
    "a circle gets a new key",
    "a member leaves",
    "a member joins",
    "a member is enrolled anew",
    "an agency ends",
    "a backup is taken",
    "an old backup is restored",
}
"""Done without anybody opening the case."""

STEPS: Mapping[str, tuple[Callable[[Life], bool | None], int]] = {
    "a section is written": (Life.writes, 2),
    "a section is edited": (Life.edits, 8),
    "a consent is heard": (Life.consents, 6),
    "the law is invoked": (Life.invokes_the_law, 2),
    "a legal basis is co-signed": (Life.cosigns, 14),
    "a grant is made": (Life.shares, 14),
    "a grant is refused": (Life.is_refused, 2),
    "a grant is accepted": (Life.accepts, 6),
    "a grant is ended": (Life.ends_a_grant, 3),
    "a consent is withdrawn": (Life.withdraws, 4),
    "time passes": (Life.time_passes, 3),
    "custody passes": (Life.custody_passes, 2),
    "a circle gets a new key": (Life.circle_rotates, 2),
    "a member leaves": (Life.somebody_leaves, 2),
    "a member joins": (Life.somebody_joins, 2),
    "a member is enrolled anew": (Life.somebody_is_enrolled_anew, 2),
    "an agency ends": (Life.an_agency_ends, 1),
    "a backup is taken": (Life.a_backup_is_taken, 2),
    "an old backup is restored": (Life.an_old_backup_is_restored, 3),
}
"""What can happen, and how often. A kind more is a line more."""
