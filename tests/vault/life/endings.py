"""What is done with agencies: one ends, and others go on with what it had in hand."""

import pytest

from referral.kernel.errors import NotVerified
from tests.vault.ending import end, newcomer
from tests.vault.life.people import People

FEWEST_AGENCIES = 3


class Endings(People):
    """The plan, the root's word, the seals and the closed log are `tests.vault.ending`'s."""

    def an_agency_ends(self) -> None:
        """Each circle of it has a successor, in one agency or in several, old or just founded."""
        agency = self.oracle.is_now.agency
        ending = self._any({agency[circle] for circle in self.circles})
        circles = [circle for circle in self.circles if agency[circle] == ending]
        heirs = dict.fromkeys(circles, "")
        others = self._successors(ending)
        for circle in circles:
            heirs[circle] = self._any(others)
        ids = [self._id(circle) for circle in circles]
        self._close_to(circles)
        end(self.world, ending, heirs, self.file)
        self._part_with_members(ending)
        self.world.bury("key", ids, self.file.now)
        self.world.sign_in()
        self.oracle.agency_ended(heirs, self.file.now)
        for circle in circles:
            with pytest.raises(NotVerified, match="no such circle"):
                self.world.key(circle)

    def _part_with_members(self, ending: str) -> None:
        self.world.agencies[ending].wraps.clear()

    def _successors(self, ending: str) -> list[str]:
        """Circles of other agencies: of those there are, or of one that is founded for it."""
        agency = self.oracle.is_now.agency
        others = [circle for circle in self.circles if agency[circle] != ending]
        few = len({agency[circle] for circle in others}) < FEWEST_AGENCIES
        return self._founded() if few or self.random.random() < 0.5 else others

    def _founded(self) -> list[str]:
        name = self._name("ward ")
        circles = [self._name("W") for _ in range(self.random.randint(1, 2))]
        founded = newcomer(self.world, name, tuple(circles))
        people = set(founded.people) - {"admin"}
        for circle in circles:
            self.oracle.founded(circle, name, people)
        for person in people:
            self._watch(founded.people[person])
        return circles

    def settle(self) -> None:
        """Whoever opens the case first after an end says in its strand who stands there now."""
        people = [self._someone(circle) for circle in self.circles]
        self.random.shuffle(people)
        for person in people:
            if not self.file.ended():
                return
            self.file.settle(person, self.random.shuffle)
        assert not self.file.ended(), "nobody can say who stands in the place of who ended"
