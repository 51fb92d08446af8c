"""A case that most tests of the strands begin with."""

import pytest

from tests.vault.case_file import CaseFile
from tests.vault.province import World, shared_world


@pytest.fixture
def world() -> World:
    return shared_world()


@pytest.fixture
def file(world: World) -> CaseFile:
    """A case of the police: identity shared with the hospital, needs with nobody."""
    made = CaseFile(world)
    officer = world.person("officer")
    made.open_case(officer, "P1")
    made.identity = made.write_new(officer, "P1", "identity", "Lan")
    made.needs = made.write_new(officer, "P1", "needs", "a bed")
    made.basis = made.consent(officer, "H1", ("identity",))
    made.grant = made.share(officer, "P1", "H1", [made.identity])
    made.medical = made.write_new(world.person("nurse"), "H1", "medical", "seen at nine")
    made.edit(officer, made.needs, "a bed tonight")
    return made
