"""An agency that ends: its plan, the root's word, the seals, the closed log, key rings after it."""

from uuid import UUID

from referral.vault.boxes import seal_to_successor
from referral.vault.directory import PASSED, STATED, countersign_succession
from referral.vault.keys import PassedPlace
from tests.vault.case_file import CaseFile
from tests.vault.province import START, Agency, World

DAY = "2025-07-01"


def newcomer(world: World, name: str, circles: tuple[str, ...]) -> Agency:
    """A founded agency with an officer and a lead, both in each of its circles."""
    agency = world.agency_class(name, world.deployment, world.root)
    agency.found()
    agency.add(f"{name} officer", "police_officer")
    agency.add(f"{name} lead", "supervisor")
    for circle in circles:
        agency.key_circle(circle, (f"{name} officer", f"{name} lead"))
    world.agencies[name] = agency
    world.refresh()
    return agency


def state(world: World, ending: Agency, heirs: dict[str, str]) -> None:
    """The plan: of each circle of the ending agency, the circle that succeeds it."""
    rows = tuple(
        (ending.circles[c].circle_id, world.agency_of(h).agency_id, world.circle(h).circle_id)
        for c, h in heirs.items()
    )
    ending.log.append(ending.say(STATED, (DAY, rows)))


def countersign(world: World, ending: Agency) -> None:
    log = ending.directory
    plan = log.digests[log.plan.seq - 1]
    ending.log.append(countersign_succession(world.root.signing, log, at=START, plan=plan))


def pass_on(
    world: World, ending: Agency, circle: str, heir: str, *, by: str, generations: tuple = ()
) -> None:
    """A member of the circle seals it to the heir, whose people get the seals into their rings.

    Every generation, as the operation does, unless a test asks for fewer.
    """
    circle_id, key = ending.circles[circle].circle_id, world.key(heir)
    log, ring = ending.directory, ending.people[by].ring
    numbers = generations or tuple(sorted(log.generations(circle_id)))
    for number in numbers:
        place = PassedPlace(
            ending.agency_id, circle_id, number, key.agency_id, key.circle_id, key.generation
        )
        ending.passed[place] = seal_to_successor(log, ring.circle(circle_id, number), key)
        for person in world.agency_of(heir).people.values():
            if person.ring.holds(key.circle_id):
                public = log.stated_public(circle_id, number)
                person.ring.add_passed(place, ending.passed[place], public=public)
    payload = (circle_id, key.circle_id, key.generation, numbers)
    ending.log.append(ending.say(PASSED, payload, by=by))


def close(world: World, ending: Agency, *files: CaseFile) -> None:
    """The last entry of the log, with the length of the agency's strand in every case."""
    ends = [
        (file.case_id, len(found), found[-1].digest)
        for file in files
        if (found := file.strands.get(ending.agency_id))
    ]
    ending.log.append(ending.say("ended", (tuple(ends),)))
    world.refresh()


def end(world: World, name: str, heirs: dict[str, str], *files: CaseFile) -> UUID:
    """All of it; gives the id of the agency that has ended."""
    ending = world.agencies[name]
    state(world, ending, heirs)
    countersign(world, ending)
    for circle, heir in heirs.items():
        holder = next(
            p.name for p in ending.people.values() if p.ring.holds(world.circle(circle).circle_id)
        )
        pass_on(world, ending, circle, heir, by=holder)
    close(world, ending, *files)
    return ending.agency_id
