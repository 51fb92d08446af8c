"""Withdrawal, acceptance and removal, tried with old copies of the database and raw keys."""

from datetime import timedelta
from uuid import UUID

import pytest

from referral.kernel.errors import ConsentMissing, Unreadable
from referral.vault.grants import new_release_key, open_grant, open_release
from tests.vault.case_file import CaseFile
from tests.vault.province import World, shared_world


@pytest.fixture
def file() -> CaseFile:
    """A case of the police whose identity and needs were shared with the hospital."""
    world = shared_world()
    made = CaseFile(world)
    officer = world.person("officer")
    made.open_case(officer, "P1")
    made.identity = made.write_new(officer, "P1", "identity", "Lan")
    made.needs = made.write_new(officer, "P1", "needs", "a bed")
    made.basis = made.consent(officer, "H1", ("identity", "needs"))
    made.grant = made.share(officer, "P1", "H1", [made.identity, made.needs])
    return made


@pytest.mark.promise("withdrawal-takes-effect-at-once")
def test_after_withdrawal_nothing_that_was_shared_opens(file: CaseFile) -> None:
    nurse = file.world.person("nurse")
    assert file.read(nurse, file.identity) == "Lan"
    file.withdraw(file.world.person("officer"), file.basis)
    assert file.read(nurse, file.identity) is None
    assert file.read(nurse, file.needs) is None
    assert not file.view().reads(file.world.circle("H1").circle_id, file.needs, file.now)
    assert file.read(file.world.person("officer"), file.needs) == "a bed"


@pytest.mark.promise("withdrawal-closes-what-comes")
def test_what_is_written_after_does_not_open_with_the_old_copy_and_keys(file: CaseFile) -> None:
    nurse, officer = file.world.person("nurse"), file.world.person("officer")
    old = file.stolen()
    file.withdraw(officer, file.basis)
    file.edit(officer, file.identity, "Lan, gone to her aunt")
    keys = old.keys_of(nurse)
    assert keys[file.identity]  # the old copy does give the nurse the old keys
    assert file.read_with(keys, file.identity) is None
    assert file.read(officer, file.identity) == "Lan, gone to her aunt"
    # What had been readable stays known to whoever kept a copy: nothing can take that back.
    assert old.read(nurse, file.identity) == "Lan"


def test_without_a_new_key_the_old_one_would_still_open(file: CaseFile) -> None:
    """The control of the test above: it is the new generation that shuts the door."""
    nurse, officer = file.world.person("nurse"), file.world.person("officer")
    old = file.stolen()
    file.withdraw(officer, file.basis)
    file.stale.clear()
    file.edit(officer, file.identity, "Lan, gone to her aunt")
    assert file.read_with(old.keys_of(nurse), file.identity) == "Lan, gone to her aunt"


@pytest.mark.promise("care-stays-with-the-carer")
def test_the_hospital_keeps_its_own_section_and_the_police_never_had_it(file: CaseFile) -> None:
    nurse, officer = file.world.person("nurse"), file.world.person("officer")
    medical = file.write_new(nurse, "H1", "medical", "seen at nine")
    file.withdraw(officer, file.basis)
    file.edit(nurse, medical, "seen at nine, comes again")
    assert file.read(nurse, medical) == "seen at nine, comes again"
    assert file.read(officer, medical) is None


@pytest.mark.promise("refusal-names-what-is-missing")
def test_what_consent_does_not_cover_is_refused_by_name(file: CaseFile) -> None:
    officer = file.world.person("officer")
    incident = file.write_new(officer, "P1", "incident", "on Sunday")
    tries = [
        ("H1", [file.identity, incident], ("incident",)),
        ("S1", [file.identity, file.needs], ("identity", "needs")),
        ("H2", [file.needs], ("needs",)),
    ]
    for receiver, sections, missing in tries:
        with pytest.raises(ConsentMissing) as refused:
            file.share(officer, "P1", receiver, sections)
        assert refused.value.missing == missing
    file.advance(timedelta(days=366))
    with pytest.raises(ConsentMissing):
        file.share(officer, "P1", "H1", [file.needs])


@pytest.mark.promise("accepted-while-the-sender-sleeps")
def test_before_acceptance_neither_the_release_key_nor_the_circle_opens_it(file: CaseFile) -> None:
    world, nurse, officer = file.world, file.world.person("nurse"), file.world.person("officer")
    file.end(officer, file.grant)
    file.edit(officer, file.needs, "a bed for two")
    grant_id = file.share(officer, "P1", "H1", [file.needs], pending=True)
    (shut,) = file.payloads[grant_id]
    secret, hospital = world.circle("H1"), world.agencies["hospital"].agency_id

    def opened_by_circle(raw: bytes) -> dict[UUID, dict[int, bytes]]:
        return open_grant(
            secret, world.deployment, file.case_id, grant_id=grant_id, agency_id=hospital, raw=raw
        ).keys

    assert file.read(nurse, file.needs) is None
    with pytest.raises(Unreadable):
        opened_by_circle(shut)  # the circle without the release key
    with pytest.raises(Unreadable):
        open_release(new_release_key(), world.deployment, grant_id, shut)
    beneath = open_release(file.release_key, world.deployment, grant_id, shut)
    held = file.keys_of(officer)[file.needs][2]
    assert held not in beneath  # the release key without the circle
    assert opened_by_circle(beneath) == {file.needs: {2: held}}

    file.take(nurse, grant_id)
    assert file.read(nurse, file.needs) == "a bed for two"


def test_a_payload_that_was_withdrawn_before_acceptance_is_gone(file: CaseFile) -> None:
    nurse, officer = file.world.person("nurse"), file.world.person("officer")
    waiting = file.share(officer, "P1", "H1", [file.needs], pending=True)
    file.withdraw(officer, file.basis)
    assert waiting not in file.payloads
    assert file.read(nurse, file.needs) is None


def test_a_payload_sealed_before_a_new_key_opens_the_newest_text(file: CaseFile) -> None:
    """Something else ends meanwhile and the section is re-keyed: acceptance still works."""
    officer, worker = file.world.person("officer"), file.world.person("worker")
    file.consent(officer, "S1", ("needs",))
    waiting = file.share(officer, "P1", "S1", [file.needs], pending=True)
    file.end(officer, file.grant)
    file.edit(officer, file.needs, "a bed far away")
    assert file.read(worker, file.needs) is None
    file.take(worker, waiting)
    assert file.read(worker, file.needs) == "a bed far away"


@pytest.mark.promise("keys-belong-to-people")
def test_a_removed_member_with_an_old_copy_reads_nothing_new() -> None:
    world = World()
    file, hospital = CaseFile(world), world.agencies["hospital"]
    nurse, doctor = world.person("nurse"), world.person("doctor")
    file.open_case(nurse, "H1")
    medical = file.write_new(nurse, "H1", "medical", "seen at nine")
    old = file.stolen()
    hospital.log.append(hospital.say("member_removed", (nurse.member_id,)))
    hospital.key_circle("H1", ("doctor",))
    world.refresh()
    file.stale.add(medical)
    file.edit(doctor, medical, "comes again")
    assert file.read(doctor, medical) == "comes again"
    assert file.read(nurse, medical) is None
    assert file.read_with(old.keys_of(nurse), medical) is None
    assert old.read(nurse, medical) == "seen at nine"


@pytest.mark.promise("only-what-she-agreed")
def test_everybody_tried_with_every_bundle_opens_what_was_meant_for_them(file: CaseFile) -> None:
    """Raw keys against every stored bundle, wherever its row says it belongs."""
    world = file.world
    may = {"officer": True, "lead": True, "nurse": True, "doctor": True}
    for person in world.everybody:
        expected = "Lan" if may.get(person.name) else None
        assert file.read(person, file.identity) == expected, person.name


def test_the_case_tag_travels_with_the_grant_and_nothing_else_does(file: CaseFile) -> None:
    world, nurse = file.world, file.world.person("nurse")
    opened = open_grant(
        nurse.ring.circle(world.circle("H1").circle_id),
        world.deployment,
        file.case_id,
        grant_id=file.grant,
        agency_id=nurse.ring.agency_id,
        raw=file.bundles[file.grant][0],
    )
    assert opened.case_tag == file.case_tag
    assert set(opened.keys) == {file.identity, file.needs}
