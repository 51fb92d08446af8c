"""A case whose view grows with its strands."""

from referral.vault.case_replay import take
from referral.vault.case_view import CaseView
from referral.vault.strands import write_entry
from tests.vault.case_file import CaseFile
from tests.vault.province import MINUTE, Person


class GrowingFile(CaseFile):
    """A case whose view grows entry by entry, as a writing session's does."""

    _live: CaseView | None = None

    def view(self) -> CaseView:
        if self._live is None:
            self._live = self._replayed()
        return self._live

    def append(self, person: Person, kind: str, payload: tuple) -> None:
        agency_id, view = person.ring.agency_id, self.view()
        directory = self.world.directory_of(agency_id)
        self.now += MINUTE
        place = view.place(agency_id)
        entry = write_entry(person.ring, place, directory, at=self.now, kind=kind, payload=payload)
        take(view, entry, directory, self.world.remembered)
        self.strands.setdefault(agency_id, []).append(entry)

    def expect_same_when_replayed(self) -> None:
        """What a reader verifies from the stored strands is what the writers went by."""
        anew = self._replayed()
        assert not anew.faults
        for part in ("sections", "bases", "grants", "custodian_circle", "heads"):
            assert getattr(anew, part) == getattr(self.view(), part), part
