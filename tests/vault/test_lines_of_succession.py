"""Who succeeded ends in turn before anybody has opened the case: nothing stays behind."""

import pytest

from referral.kernel.errors import ConsentMissing
from tests.vault.case_file import CaseFile
from tests.vault.ending import end, newcomer
from tests.vault.province import World


@pytest.fixture
def world() -> World:
    """The police, who are to end, then the ward, then the city that goes on."""
    made = World()
    newcomer(made, "ward", ("W1", "W2"))
    newcomer(made, "city", ("C1",))
    return made


def end_one_after_the_other(world: World, first: str, *files: CaseFile) -> list:
    """The ward succeeds the first and the city the ward; gives the ids of the two that ended."""
    circles = [circle for circle in ("P1", "P2", "S1") if world.agency_of(circle).name == first]
    ended = end(world, first, dict.fromkeys(circles, "W1"), *files)
    rings = [person.ring for person in world.agencies["city"].people.values()]
    before = end(world, "ward", {"W1": "C1", "W2": "C1"}, *files)
    log = world.directory_of(ended)
    for ring in (ring for ring in rings if ring.holds(world.circle("C1").circle_id)):
        for place, seal in world.agencies[first].passed.items():
            public = log.stated_public(place.circle_id, place.generation)
            ring.add_passed(place, seal, public=public)
    return [ended, before]


@pytest.mark.promise("succession-carries-what-was-in-hand")
@pytest.mark.parametrize("turn", [1, -1])
def test_two_ends_are_said_in_either_order_and_the_last_successor_has_the_case(
    world: World, turn: int
) -> None:
    file, officer = CaseFile(world), world.person("officer")
    file.open_case(officer, "P1")
    needs = file.write_new(officer, "P1", "needs", "a bed")
    file.consent(officer, "W1", ("needs",))
    file.consent(officer, "H1", ("needs",))
    file.share(officer, "P1", "W1", [needs])  # so that the ward has a part of its own
    new = world.person("city officer")
    for ended in end_one_after_the_other(world, "police", file)[::turn]:
        file.append(new, "succeeded", (ended,))
    view = file.view()
    assert (view.custodian_agency, view.custodian_circle) == (
        new.ring.agency_id,
        world.circle("C1").circle_id,
    )
    line = {world.agencies[name].agency_id for name in ("police", "ward", "city")}
    assert view.family(new.ring.agency_id) == line
    file.edit(new, needs, "a bed tonight")
    file.share(new, "C1", "H1", [needs])
    assert file.read(world.person("nurse"), needs) == "a bed tonight"


@pytest.mark.promise("succession-carries-what-was-in-hand")
def test_a_consent_reaches_the_last_successor_where_none_before_had_a_part(world: World) -> None:
    file, officer = CaseFile(world), world.person("officer")
    file.open_case(officer, "P1")
    needs = file.write_new(officer, "P1", "needs", "a bed")
    file.consent(officer, "S1", ("needs",), whole_agency=True)
    for ended in end_one_after_the_other(world, "social", file):
        with pytest.raises(ConsentMissing):
            file.share(officer, "P1", "C1", [needs])
        file.append(officer, "succeeded", (ended,))
    file.share(officer, "P1", "C1", [needs])
    assert file.read(world.person("city officer"), needs) == "a bed"
