"""An agency ends and another stands in its place: by the closed log alone, and to the letter."""

from uuid import uuid4

import pytest

from referral.kernel.errors import (
    ConsentMissing,
    KeysMissing,
    NotPermitted,
    NotVerified,
    Unreadable,
)
from referral.vault.boxes import seal_to_successor
from referral.vault.directory import PASSED, STATED, countersign_succession
from referral.vault.directory.statements import LABEL, SignedStatement, Statement
from referral.vault.strands import SignedEntry, StrandPlace, write_entry
from tests.vault import ending
from tests.vault.case_file import CaseFile
from tests.vault.ending import close, countersign, end, newcomer, pass_on, state
from tests.vault.province import MINUTE, START, World, circle_payload, member_payload

HEIRS = {"P1": "W1", "P2": "W1"}


@pytest.fixture
def world() -> World:
    """Each test ends agencies, so that each has its own."""
    made = World()
    newcomer(made, "ward", ("W1", "W2"))
    return made


@pytest.fixture
def asked(world: World) -> CaseFile:
    """A case of the hospital that the police have been asked about and have not answered."""
    made = CaseFile(world)
    nurse = world.person("nurse")
    made.open_case(nurse, "H1")
    made.needs = made.write_new(nurse, "H1", "needs", "a bed")
    made.basis = made.consent(nurse, "P1", ("needs",), whole_agency=True)
    made.grant = made.share(nurse, "H1", "P1", [made.needs], pending=True)
    return made


@pytest.mark.promise("succession-by-the-root-alone")
def test_a_plan_that_the_root_has_not_countersigned_gives_nothing(world: World) -> None:
    police = world.agencies["police"]
    state(world, police, HEIRS)
    with pytest.raises(NotVerified):
        seal_to_successor(police.directory, police.circles["P1"], world.key("W1"))
    passing = (police.circles["P1"].circle_id, world.circle("W1").circle_id, 1, (1,))
    for kind, payload in ((PASSED, passing), ("ended", ((),))):
        with pytest.raises(NotVerified):
            _taken(
                world, police, police.say(kind, payload, by="lead" if kind == PASSED else "admin")
            )
    plan = police.directory.digests[-1]
    forged = {
        "by the administrator": police.say("succession_countersigned", (plan,)),
        "by another root": _root_says(world, police, plan, bytes(32)),
        "of another plan": _root_says(world, police, bytes(32), world.root.signing),
    }
    for how, entry in forged.items():
        assert not _holds(world, police, entry), how


def _taken(world: World, agency, entry: SignedStatement) -> None:
    agency.directory.apply(entry, world.root.public)


def _holds(world: World, agency, entry: SignedStatement) -> bool:
    try:
        _taken(world, agency, entry)
    except NotVerified:
        return False
    return True


def _root_says(world: World, agency, plan: bytes, signing: bytes) -> SignedStatement:
    return countersign_succession(signing, agency.directory, at=START, plan=plan)


def test_a_circle_passes_whole_to_the_circle_named_and_by_a_member_of_it(world: World) -> None:
    police = world.agencies["police"]
    police.key_circle("P1", ("officer", "lead"))
    state(world, police, HEIRS)
    countersign(world, police)
    for wrong in ("W2", "S1"):
        with pytest.raises(NotPermitted):
            seal_to_successor(police.directory, police.circles["P1"], world.key(wrong))
    p1, w1 = police.circles["P1"].circle_id, world.circle("W1").circle_id
    refused = {
        "not of the circle": ("officer", (police.circles["P2"].circle_id, w1, 1, (1,))),
        "to another circle": ("officer", (p1, world.circle("W2").circle_id, 1, (1,))),
        "a generation that never was": ("officer", (p1, w1, 1, (3,))),
        "no generation": ("officer", (p1, w1, 1, ())),
    }
    for how, (by, payload) in refused.items():
        assert not _holds(world, police, police.say(PASSED, payload, by=by)), how
    pass_on(world, police, "P1", "W1", by="officer", generations=(2,))
    pass_on(world, police, "P2", "W1", by="lead")
    assert police.directory.not_passed() == [p1]
    assert not _holds(world, police, police.say("ended", ((),)))


def test_a_plan_is_not_changed_once_keys_have_passed_nor_a_closed_log_continued(
    world: World,
) -> None:
    police = world.agencies["police"]
    state(world, police, {"P1": "W2", "P2": "W2"})
    state(world, police, HEIRS)
    countersign(world, police)
    pass_on(world, police, "P1", "W1", by="officer")
    again = (ending.DAY, ())
    with pytest.raises(NotVerified):
        _taken(world, police, police.say(STATED, again))
    pass_on(world, police, "P2", "W1", by="lead")
    before = police.directory
    close(world, police)
    admin, person = police.people["admin"], police.person("late", "police_officer")
    for kind, payload in (
        ("member_added", member_payload(person)),
        ("circle_keyed", circle_payload(police.circles["P1"], police, ("officer",))),
        (STATED, again),
        ("ended", ((),)),
    ):
        with pytest.raises(NotVerified):
            _taken(world, police, police.say(kind, payload))
    plan = police.directory.digests[police.directory.plan.seq - 1]
    assert not _holds(world, police, _root_says(world, police, plan, world.root.signing))
    forked = Statement(
        world.deployment, police.agency_id, police.directory.head_seq + 1,
        police.directory.head_digest, "ended", START, admin.member_id, ((),),
    ).raw()  # fmt: skip
    with pytest.raises(NotVerified):
        _taken(world, police, SignedStatement(forked, admin.ring.sign_as(LABEL, forked)))
    with pytest.raises(NotVerified):
        police.directory.member(admin.member_id)
    assert police.directory.member_at(admin.member_id, before.head_seq)
    with pytest.raises(NotVerified):
        police.directory.circle_key(police.circles["P1"].circle_id)


@pytest.mark.promise("succession-carries-what-was-in-hand")
def test_the_successor_reads_writes_renews_and_ends_what_its_predecessor_could(
    world: World, file: CaseFile
) -> None:
    old = world.person("officer")
    police = end(world, "police", HEIRS, file)
    new, nurse = world.person("ward officer"), world.person("nurse")
    assert file.read(new, file.needs) == "a bed tonight"
    file.append(new, "succeeded", (police,))
    ward, view = world.agencies["ward"].agency_id, file.view()
    assert (view.custodian_agency, view.custodian_circle) == (ward, world.circle("W1").circle_id)
    file.end(new, file.grant)
    file.edit(new, file.identity, "Lan, in town")
    assert [file.read(p, file.identity) for p in (new, nurse, old)] == ["Lan, in town", None, None]
    basis = file.consent(new, "H1", ("needs",))
    file.share(new, "W1", "H1", [file.needs])
    assert file.read(nurse, file.needs) == "a bed tonight"
    file.withdraw(new, basis)
    file.edit(new, file.needs, "nothing")
    assert file.read(nurse, file.needs) is None
    assert file.read(new, file.medical) is None


@pytest.mark.promise("succession-carries-what-was-in-hand")
def test_a_grant_that_waited_is_taken_by_the_successor_and_withdrawn_from_it(
    world: World, asked: CaseFile
) -> None:
    old, nurse = world.person("officer"), world.person("nurse")
    police = end(world, "police", HEIRS, asked)
    new = world.person("ward officer")
    with pytest.raises(NotVerified):
        asked.append(new, "grant_taken", (asked.grant,))
    asked.append(new, "succeeded", (police,))
    asked.take(new, asked.grant)
    assert asked.read(new, asked.needs) == "a bed"
    assert asked.view().is_carried(asked.view().bases[asked.basis])
    asked.stale.add(asked.needs)
    asked.edit(nurse, asked.needs, "a bed for two")
    assert [asked.read(p, asked.needs) for p in (new, old)] == ["a bed for two", None]
    asked.withdraw(nurse, asked.basis)
    dump = asked.stolen()
    asked.edit(nurse, asked.needs, "a bed for three")
    assert asked.read(new, asked.needs) is None
    hoard = {**dump.keys_of(new), **asked.keys_of(new)}
    assert asked.read_with(hoard, asked.needs) is None


@pytest.mark.promise("succession-carries-what-was-in-hand")
def test_a_live_consent_for_the_ended_agency_lets_others_give_to_its_successor(
    world: World, asked: CaseFile
) -> None:
    nurse = world.person("nurse")
    asked.end(nurse, asked.grant)
    police = end(world, "police", HEIRS, asked)
    asked.append(nurse, "succeeded", (police,))  # whoever has standing may say it
    asked.share(nurse, "H1", "W1", [asked.needs])
    assert asked.read(world.person("ward officer"), asked.needs) == "a bed"
    for wrong in ("W2", "S1"):
        with pytest.raises(ConsentMissing):
            asked.share(nurse, "H1", wrong, [asked.needs])


@pytest.mark.promise("ended-agency-is-over")
def test_nothing_counts_that_the_ended_agency_signs_after_its_end(
    world: World, file: CaseFile
) -> None:
    officer, police = world.person("officer"), world.agencies["police"]
    late = write_entry(
        officer.ring, file.view().place(police.agency_id), police.directory,
        at=file.now + MINUTE, kind="noted", payload=("late",),
    )  # fmt: skip
    *before, last = file.strands[police.agency_id]
    place = StrandPlace(file.case_id, len(before) + 1, before[-1].digest, {}, 1)
    other = write_entry(
        officer.ring, place, police.directory,
        at=file.now + MINUTE, kind="noted", payload=("instead",),
    )  # fmt: skip
    end(world, "police", HEIRS, file)
    strands: dict[str, list[SignedEntry]] = {
        "signed for an agency that has ended": [*before, last, late],
        "signed for an agency that has ended ": [*before, other],
        "entries are missing": before,
    }
    for fault, entries in strands.items():
        file.strands[police.agency_id] = entries
        assert file.view().faults[police.agency_id] == fault.strip()
        new = world.person("ward officer")
        with pytest.raises(NotVerified):
            file.append(new, "succeeded", (police.agency_id,))


@pytest.mark.promise("succession-by-the-root-alone")
def test_nobody_takes_the_place_of_an_agency_but_whom_its_log_names(
    world: World, file: CaseFile
) -> None:
    newcomer(world, "city", ("C1",))
    police, worker = world.agencies["police"].agency_id, world.person("worker")
    new, stranger = world.person("ward officer"), world.person("city officer")
    with pytest.raises(NotVerified):
        file.append(new, "succeeded", (police,))  # not ended yet
    end(world, "police", HEIRS, file)
    for person in (stranger, worker):
        with pytest.raises(NotVerified):
            file.append(person, "succeeded", (police,))
    for never in (world.agencies["hospital"].agency_id, world.agencies["social"].agency_id):
        with pytest.raises(NotVerified):
            file.append(new, "succeeded", (never,))
    file.append(new, "succeeded", (police,))
    with pytest.raises(NotVerified):
        file.append(new, "succeeded", (police,))
    assert file.read(stranger, file.needs) is None
    with pytest.raises(KeysMissing):
        stranger.ring.circle(world.circle("P1").circle_id)


def test_a_case_in_which_the_ended_agency_had_no_part_stays_shut_to_the_successor(
    world: World,
) -> None:
    other = CaseFile(world)
    nurse = world.person("nurse")
    other.open_case(nurse, "H1")
    police = end(world, "police", HEIRS, other)
    with pytest.raises(NotVerified):
        other.append(world.person("ward officer"), "succeeded", (police,))
    with pytest.raises(NotVerified):
        other.append(nurse, "succeeded", (police,))
    other.consent(nurse, "P1", ("needs",), whole_agency=True)  # named, and no more than that
    with pytest.raises(NotVerified):
        other.append(world.person("ward officer"), "succeeded", (police,))


def test_a_line_of_successions_reaches_back_to_the_first(world: World, file: CaseFile) -> None:
    police = end(world, "police", HEIRS, file)
    newcomer(world, "city", ("C1",))
    # What W1 was given passes on with it: the city's ring opens W1, and P1 by W1.
    officer = world.person("city officer")
    for place, seal in list(world.person("ward officer").ring._passed.values()):
        public = world.directory_of(police).stated_public(place.circle_id, place.generation)
        officer.ring.add_passed(place, seal, public=public)
    ward = end(world, "ward", {"W1": "C1", "W2": "C1"}, file)
    assert file.read(officer, file.needs) == "a bed tonight"
    with pytest.raises(NotVerified):
        file.append(officer, "succeeded", (ward,))  # first who came first
    file.append(officer, "succeeded", (police,))
    file.append(officer, "succeeded", (ward,))
    file.edit(officer, file.needs, "a bed in town")
    assert file.view().custodian_circle == world.circle("C1").circle_id
    assert officer.ring.line_of(world.circle("C1").circle_id)[-1][0] == police


def test_an_agency_that_is_split_passes_each_circle_to_its_own_successor(
    world: World, file: CaseFile
) -> None:
    lead = world.person("lead")
    file.append(lead, "noted", ("before",))
    secret = file.write_new(lead, "P2", "identity", "in confidence")
    police = end(world, "police", {"P1": "W1", "P2": "S1"}, file)
    new, worker = world.person("ward officer"), world.person("worker")
    file.append(new, "succeeded", (police,))
    assert [file.read(p, secret) for p in (new, worker)] == [None, "in confidence"]
    assert [file.read(p, file.needs) for p in (new, worker)] == ["a bed tonight", None]
    file.edit(worker, secret, "still")
    with pytest.raises((NotVerified, KeyError)):
        file.edit(new, secret, "mine now")


@pytest.mark.promise("succession-by-the-root-alone")
def test_a_seal_opens_in_its_own_place_and_as_the_key_that_the_log_states(world: World) -> None:
    end(world, "police", HEIRS)
    ring, p1 = world.person("ward officer").ring, world.circle("P1").circle_id
    place, seal = ring._passed[p1, 1]
    assert ring.circle(p1).secret == world.circle("P1").secret
    moved = type(place)(uuid4(), p1, 1, *(place.heir_agency, place.heir_circle, 1))
    fresh = world.person("ward lead").ring
    for where, public in ((moved, ring.circle(p1).exchange_public), (place, bytes(32))):
        fresh.add_passed(where, seal, public=public)
        with pytest.raises((Unreadable, NotVerified)):
            fresh.circle(p1)


def test_a_legal_basis_of_the_ended_agency_is_co_signed_by_its_successor(world: World) -> None:
    file, officer = CaseFile(world), world.person("officer")
    file.open_case(officer, "P1")
    section = file.write_new(officer, "P1", "needs", "a bed")
    basis = file.consent(officer, "H1", ("needs",), cosign_within=10 * MINUTE)
    police = end(world, "police", HEIRS, file)
    lead = world.person("ward lead")
    file.append(lead, "succeeded", (police,))
    file.append(lead, "basis_cosigned", (basis,))
    file.share(lead, "W1", "H1", [section])
    assert file.read(world.person("nurse"), section) == "a bed"


def test_what_the_ended_agency_said_of_itself_is_its_successors_own_word_too(
    world: World, asked: CaseFile
) -> None:
    asked.withdraw(world.person("nurse"), asked.basis)
    asked.consent(world.person("officer"), "P1", ("needs",), whole_agency=True)
    police = end(world, "police", HEIRS, asked)
    asked.append(world.person("ward officer"), "succeeded", (police,))
    with pytest.raises(ConsentMissing):
        asked.share(world.person("nurse"), "H1", "W1", [asked.needs])


def test_a_generation_that_ended_after_it_had_passed_holds_up_no_end(world: World) -> None:
    police = world.agencies["police"]
    state(world, police, HEIRS)
    countersign(world, police)
    pass_on(world, police, "P1", "W1", by="officer")
    pass_on(world, police, "P2", "W1", by="lead")
    secret = police.key_circle("P1", ("officer", "lead"))
    pass_on(world, police, "P1", "W1", by="officer")
    police.log.append(police.say("generations_ended", (secret.circle_id, 1)))
    assert police.directory.not_passed() == []
    close(world, police)


def test_a_circle_made_while_keys_pass_joins_the_plan_and_what_passed_stays(world: World) -> None:
    """A conflict of interest may be declared on the very day."""
    police = world.agencies["police"]
    state(world, police, HEIRS)
    countersign(world, police)
    pass_on(world, police, "P1", "W1", by="officer")
    police.key_circle("P3", ("lead",))
    assert not _holds(world, police, police.say(STATED, (ending.DAY, _rows(world, "P1", "W2"))))
    assert not _holds(world, police, police.say(STATED, (ending.DAY, _rows(world, "P3", "W1"))))
    state(world, police, {**HEIRS, "P3": "W2"})
    with pytest.raises(NotVerified):  # the root has not agreed to this one yet
        seal_to_successor(police.directory, police.circles["P3"], world.key("W2"))
    countersign(world, police)
    pass_on(world, police, "P2", "W1", by="lead")
    pass_on(world, police, "P3", "W2", by="lead")
    close(world, police)
    assert police.directory.is_ended


def _rows(world: World, circle: str, heir: str) -> tuple:
    agency_id = world.agency_of(heir).agency_id
    return ((world.circle(circle).circle_id, agency_id, world.circle(heir).circle_id),)
