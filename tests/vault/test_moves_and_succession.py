"""A case was moved away from a circle, and then the agency ended: who was left out stays out."""

import pytest

from referral.kernel.errors import NotVerified
from tests.vault.case_file import CaseFile
from tests.vault.ending import end, newcomer
from tests.vault.province import World
from tests.vault.test_case_moves import circle, move


@pytest.fixture
def world() -> World:
    """Each test ends agencies, so that each has its own."""
    made = World()
    newcomer(made, "ward", ("W1", "W2"))
    return made


@pytest.mark.promise("conflict-of-interest-left-out")
def test_the_successor_of_a_circle_that_was_left_is_given_nothing(
    world: World, file: CaseFile
) -> None:
    lead, nurse = world.person("lead"), world.person("nurse")
    file.consent(nurse, "P1", ("medical",), whole_agency=True)
    move(file, lead, "P1", "P2")
    police = end(world, "police", {"P1": "W1", "P2": "W2"}, file)
    new = world.person("ward officer")
    file.append(new, "succeeded", (police,))
    view = file.view()
    assert (view.faults, view.custodian_circle) == ({}, circle(file, "W2"))
    assert view.circle_now(circle(file, "W1")) == circle(file, "W2")
    with pytest.raises(NotVerified, match="moved away"):
        file.share(nurse, "H1", "W1", [file.medical])
    file.share(nurse, "H1", "W2", [file.medical])
    move(file, new, "W2", "W1")
    file.share(nurse, "H1", "W1", [file.medical])
    assert file.view().faults == {}


def test_a_successor_that_has_its_own_part_in_the_case_keeps_it(
    world: World, file: CaseFile
) -> None:
    officer, lead, new = (world.person(n) for n in ("officer", "lead", "ward officer"))
    file.consent(officer, "W1", ("needs",))
    file.share(officer, "P1", "W1", [file.needs])
    move(file, lead, "P1", "P2")
    police = end(world, "police", {"P1": "W1", "P2": "W2"}, file)
    file.append(new, "succeeded", (police,))
    assert file.view().left == {circle(file, "P1"): circle(file, "P2")}
    assert file.read(new, file.needs) == "a bed tonight"
