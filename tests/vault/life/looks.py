"""The look that everybody takes after each step: what opens, against what the oracle says."""

from tests.vault.life.scene import Scene
from tests.vault.life.thief import Stored


class Looks(Scene):
    """What is stored is tried with everybody's raw keys; what the view says is compared too."""

    def check(self) -> None:
        """Everybody's raw keys against what is stored, and against all that ever was."""
        self.file.sweep()
        self.shipped |= self.world.tombstones
        self.oracle.notice(self.file.now)
        stored = self._stored()
        for name, thief in self.thieves.items():
            now, ever = thief.opens(stored)
            self._compare_present(name, now)
            self._compare_hoard(name, ever)
        self._compare_view()

    def _stored(self) -> Stored:
        agencies, grants = self.world.agencies.values(), self.file.view().grants
        here, case = self.world.deployment, self.file.case_id
        bundles = [
            ((here, case, g), (grants[g].receiver_agency, grants[g].receiver_circle), body)
            for g, bodies in self.file.bundles.items()
            for body in bodies
        ]
        wraps = {(a.agency_id, *place): wrap for a in agencies for place, wrap in a.wraps.items()}
        passed = {
            tuple(getattr(place, part) for part in place.__slots__): seal
            for agency in agencies
            for place, seal in agency.passed.items()
        }
        return Stored(here, wraps, passed, bundles)

    def _compare_present(self, name: str, keys: set[bytes]) -> None:
        for section, body in self.names.newest.items():
            may = name in self.oracle.readers(section)
            text = self.thieves[name].reads(keys, body.place, body.sealed)
            assert text == (body.text if may else None), (name, section, may, self.done)

    def _compare_hoard(self, name: str, keys: set[bytes]) -> None:
        known, thief = self.oracle.ever.get(name, set()), self.thieves[name]
        for body in self.bodies:
            opened = thief.reads(keys, body.place, body.sealed) is not None
            assert opened == (body.key in known), (name, body.key, opened, self.done)

    def _compare_view(self) -> None:
        """The verified view agrees; of who has ended and who follows, once a strand has said it."""
        view, said = self.file.view(), not self.file.ended()
        assert not view.faults
        for name, section_id in self.names.sections.items():
            for circle in self.circles:
                may = (circle, name) in self.oracle.reads
                line = [circle] if said else self.oracle.line(circle)
                reads = [view.reads(self._id(c), section_id, self.file.now) for c in line]
                assert any(reads) == may
