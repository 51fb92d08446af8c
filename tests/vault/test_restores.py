"""A backup of the strands put in place: nothing of a lost time comes back, nothing ended lives."""

from dataclasses import fields, replace
from uuid import UUID, uuid4

import pytest

from referral.kernel.errors import ConsentMissing, NotVerified
from referral.vault.codec import pack, unpack
from referral.vault.directory import AgencyDirectory, Hold, SignedStatement, reinstate, verify_log
from referral.vault.restore_points import CasePoint, InstallationPoint, in_line
from referral.vault.root import ServerKey, new_server_secret
from tests.vault.case_file import CaseFile
from tests.vault.province import START, Agency, World, member_payload, shared_world

SERVER = ServerKey(new_server_secret())


@pytest.fixture
def file() -> CaseFile:
    """A case of the police whose identity and needs were shared with the hospital."""
    made = CaseFile(shared_world())
    officer = made.world.person("officer")
    made.open_case(officer, "P1")
    made.identity = made.write_new(officer, "P1", "identity", "Lan")
    made.needs = made.write_new(officer, "P1", "needs", "a bed")
    made.basis = made.consent(officer, "H1", ("identity", "needs"))
    made.grant = made.share(officer, "P1", "H1", [made.identity, made.needs])
    return made


def restored(
    backup: CaseFile,
    *,
    epoch: int = 2,
    grants: tuple[UUID, ...] = (),
    bases: tuple[UUID, ...] = (),
    suspends: bool = False,
    left_out: tuple[tuple[UUID, tuple[UUID, ...]], ...] = (),
) -> CaseFile:
    """What the restore of a copy leaves: its strands, and the server's point beside them."""
    again = backup.stolen()
    view = backup.view()
    again.points = [
        *backup.points,
        CasePoint(
            again.world.deployment,
            again.case_id,
            epoch,
            backup.epoch,
            again.now,
            int(suspends),
            tuple((a, view.seqs[a], view.heads[a]) for a in sorted(view.seqs)),
            tuple((grant_id, again.now) for grant_id in grants),
            tuple((basis_id, again.now) for basis_id in bases),
            left_out,
        ),
    ]
    again.epoch, again._seen = epoch, None
    for grant_id in grants:
        again.bundles.pop(grant_id, None)
    again.stale = set(view.sections)
    return again


def test_what_had_ended_is_over_for_the_next_new_key_too(file: CaseFile) -> None:
    nurse, officer = file.world.person("nurse"), file.world.person("officer")
    held = file.keys_of(nurse)
    control = restored(file)
    control.edit(officer, control.identity, "Lan, moved")
    assert control.read(nurse, control.identity) == "Lan, moved", "without the tombstone it lives"
    again = restored(file, grants=(file.grant,), bases=(file.basis,))
    assert not again.view().faults
    assert again.read(nurse, again.identity) is None
    again.edit(officer, again.identity, "Lan, moved")
    assert again.read(officer, again.identity) == "Lan, moved"
    assert again.read(nurse, again.identity) is None
    assert again.read_with(held, again.identity) is None
    with pytest.raises(ConsentMissing):
        again.share(officer, "P1", "H1", [again.needs])


def test_an_entry_of_the_lost_time_is_refused_while_the_strand_has_not_moved(
    file: CaseFile,
) -> None:
    officer, police = file.world.person("officer"), file.world.agencies["police"].agency_id
    backup = file.stolen()
    file.consent(officer, "S1", ("needs",))
    lost = file.strands[police][-1]
    again = restored(backup)
    reach = again.view().seqs[police]
    again.strands[police].append(lost)
    assert "lost when a backup" in again.view().faults[police]
    assert again.view().seqs[police] == reach
    with pytest.raises(NotVerified):
        again.consent(officer, "S1", ("needs",))


def test_a_case_that_was_opened_in_the_lost_time_is_refused(file: CaseFile) -> None:
    backup = restored(file)  # of another case: this one has no point, and is older than the epoch
    lost = CaseFile(file.world)
    lost.open_case(file.world.person("officer"), "P1")
    lost.epoch, lost._seen = backup.epoch, None
    assert lost.view().custodian_agency is None
    assert lost.view().faults


def test_a_point_that_is_missing_or_of_another_state_shuts_the_case(file: CaseFile) -> None:
    police = file.world.agencies["police"].agency_id
    again = restored(file, grants=(file.grant,))
    (point,) = again.points
    agency, seq, _ = point.heads[0]
    for points in (
        [],
        [replace(point, epoch=3)],
        [replace(point, heads=((agency, seq, bytes(32)),))],
        [replace(point, heads=((agency, seq + 1, bytes(32)),))],
        [replace(point, heads=((agency, seq - 1, bytes(32)),))],
    ):
        again.points, again._seen = points, None
        assert police in again.view().faults, points


def test_a_strand_cut_back_behind_the_restore_is_named(file: CaseFile) -> None:
    police = file.world.agencies["police"].agency_id
    again = restored(file)
    again.strands[police] = again.strands[police][:-1]
    again._seen = None
    assert "missing" in again.view().faults[police]


def test_after_a_gap_each_access_waits_for_the_custodian(file: CaseFile) -> None:
    nurse, officer = file.world.person("nurse"), file.world.person("officer")
    again = restored(file, suspends=True)
    grant = again.view().grants[again.grant]
    assert grant.is_suspended
    assert again.read(officer, again.needs) == "a bed"
    assert not again.view().reads(file.world.circle("H1").circle_id, again.needs, again.now)
    again.edit(officer, again.needs, "two beds")
    assert again.read(nurse, again.needs) is None
    with pytest.raises(ConsentMissing):  # what it rested on waits too
        again.share(officer, "P1", "H1", [again.needs])
    with pytest.raises(NotVerified):
        again.append(nurse, "grant_confirmed", (again.grant,))
    again.append(officer, "grant_confirmed", (again.grant,))
    with pytest.raises(NotVerified):
        again.append(officer, "grant_confirmed", (again.grant,))
    assert again.view().reads(file.world.circle("H1").circle_id, again.needs, again.now)
    again.share(officer, "P1", "H1", [again.needs])
    assert again.read(nurse, again.needs) == "two beds"


def test_a_restore_after_a_restore_keeps_what_both_know(file: CaseFile) -> None:
    nurse, officer = file.world.person("nurse"), file.world.person("officer")
    first = restored(file, grants=(file.grant,), bases=(file.basis,))
    first.edit(officer, first.needs, "two beds")
    second = restored(first, epoch=9)
    assert not second.view().faults
    second.edit(officer, second.needs, "three beds")
    assert second.read(nurse, second.needs) is None
    passed_by = restored(file, epoch=9)  # the backup of before, restored once more
    assert not passed_by.view().faults
    passed_by.strands = first.strands
    passed_by._seen = None
    assert passed_by.view().faults, "what was written after the first restore is lost now"


def test_points_are_believed_from_the_server_alone_and_for_their_kind(file: CaseFile) -> None:
    (point,) = restored(file).points
    raw, signature = point.signed(SERVER.sign_as)
    assert CasePoint.read(raw, signature, SERVER.public) == point
    tries = [
        (raw[:-1] + bytes([raw[-1] ^ 1]), signature, SERVER.public),
        (raw, bytes(64), SERVER.public),
        (raw, signature, ServerKey(new_server_secret()).public),
    ]
    for forged in tries:
        with pytest.raises(NotVerified):
            CasePoint.read(*forged)
    with pytest.raises(NotVerified):
        InstallationPoint.read(raw, signature, SERVER.public)


def test_the_line_of_points_has_no_hole_and_passes_by_what_was_restored_over() -> None:
    now = shared_world()
    point = CasePoint(now.deployment, uuid4(), 2, 1, CaseFile(now).now, 0, (), (), ())
    later = replace(point, epoch=9, before=1)
    assert in_line([point, later], 9, 1) == [later]
    assert in_line([point, replace(later, before=2)], 9, 1) == [point, replace(later, before=2)]
    for known, epoch, first in (([point], 9, 1), ([point], 2, 0), ([later], 9, 5), ([], 2, 1)):
        with pytest.raises(NotVerified):
            in_line(known, epoch, first)


def held(agency: Agency, **hold: object) -> tuple[Hold, ...]:
    log = agency.directory
    told = {"everyone": False, "removed": frozenset()} | hold
    return (Hold(2, log.head_seq, log.head_digest, **told),)  # type: ignore[arg-type] # the two fields by name


def test_who_had_left_counts_for_no_key_until_removed_again() -> None:
    world = World()
    hospital = world.agencies["hospital"]
    nurse = hospital.people["nurse"].member_id
    holds = held(hospital, removed=frozenset({nurse}))
    circle = hospital.circles["H1"].circle_id

    def log() -> AgencyDirectory:
        return verify_log(
            world.root.public, world.deployment, hospital.agency_id, hospital.log, holds
        )

    with pytest.raises(NotVerified, match="who left"):
        log().circle_key(circle)
    hospital.log.append(hospital.say("member_removed", (nurse,)))
    hospital.key_circle("H1", ("doctor",))
    assert log().circle_key(circle).generation == 2


def test_who_had_lost_a_role_signs_nothing_until_named_with_those_that_hold() -> None:
    world = World()
    hospital = world.agencies["hospital"]
    doctor = hospital.people["doctor"]
    holds = held(hospital, reroled=frozenset({doctor.member_id}))
    here = (world.root.public, world.deployment, hospital.agency_id)
    circle = ("circle_named", (uuid4(), bytes(32), (hospital.people["nurse"].member_id,)))
    with pytest.raises(NotVerified, match="waits to be confirmed"):
        verify_log(*here, [*hospital.log, hospital.say(*circle, by="doctor")], holds)
    log = verify_log(*here, hospital.log, holds)
    assert log.is_held(doctor.member_id, seq=log.head_seq, epoch=2)
    assert not log.is_held(hospital.people["nurse"].member_id, seq=log.head_seq, epoch=2)
    assert log.circle_key(hospital.circles["H1"].circle_id), "nobody has left the circle"
    hospital.log.append(hospital.say("member_added", member_payload(doctor)))
    log = verify_log(*here, hospital.log, holds)
    assert not log.is_held(doctor.member_id, seq=log.head_seq, epoch=2)
    assert verify_log(*here, [*hospital.log, hospital.say(*circle, by="doctor")], holds)


def test_a_point_of_the_first_form_is_read_still() -> None:
    """As they stand in installations that were restored before roles and moves were shipped."""
    now = CaseFile(shared_world()).now
    point = InstallationPoint(uuid4(), 2, 1, now, now, 0, (), (), (uuid4(),))
    values = [getattr(point, field.name) for field in fields(point)]
    raw = pack(("restored", 1, *values[:9]))
    assert InstallationPoint.read(raw, SERVER.sign_as("restored", raw), SERVER.public) == point
    for version, count in ((1, 8), (2, 9), (2, 13), (3, 12), (4, len(values))):
        raw = pack(("restored", version, *values[:count]))
        with pytest.raises(NotVerified):
            InstallationPoint.read(raw, SERVER.sign_as("restored", raw), SERVER.public)


def test_a_point_is_written_in_the_earliest_form_that_says_all_of_it() -> None:
    """So that those of before stay the bytes that they were."""
    now = CaseFile(shared_world()).now
    of_before = InstallationPoint(uuid4(), 2, 1, now, now, 0, (), (), (uuid4(),))
    for point, version in ((of_before, 2), (replace(of_before, unseconded=(uuid4(),)), 3)):
        raw, signature = point.signed(SERVER.sign_as)
        assert unpack(raw)[1] == version
        assert InstallationPoint.read(raw, signature, SERVER.public) == point


def test_after_a_gap_nobody_signs_before_the_root_has_named_an_administrator() -> None:
    world = World()
    hospital = world.agencies["hospital"]
    holds = held(hospital, everyone=True)
    doctor = hospital.people["doctor"]

    def verified(*more: SignedStatement) -> AgencyDirectory:
        entries = [*hospital.log, *more]
        here = (world.root.public, world.deployment, hospital.agency_id)
        return verify_log(*here, entries, holds)

    log = verified()
    assert log.is_held(doctor.member_id, seq=log.head_seq, epoch=2)
    assert not log.is_held(doctor.member_id, seq=log.head_seq, epoch=1)
    with pytest.raises(NotVerified, match="waits to be confirmed"):
        verified(hospital.say("member_added", member_payload(doctor)))
    admin = hospital.people["admin"].member_id
    by_admin = reinstate(
        hospital.people["admin"].keys.signing, hospital.directory, at=START, member_id=admin
    )
    with pytest.raises(NotVerified, match="signature"):
        verified(by_admin)
    not_one = reinstate(
        world.root.signing, hospital.directory, at=START, member_id=doctor.member_id
    )
    with pytest.raises(NotVerified, match="not an administrator"):
        verified(not_one)
    hospital.log.append(
        reinstate(world.root.signing, hospital.directory, at=START, member_id=admin)
    )
    hospital.log.append(hospital.say("member_added", member_payload(doctor)))
    log = verified()
    assert not log.is_held(doctor.member_id, seq=log.head_seq, epoch=2)
    nurse = hospital.people["nurse"].member_id
    assert log.is_held(nurse, seq=log.head_seq, epoch=2)


def test_a_directory_log_that_does_not_go_on_from_the_restore_is_refused() -> None:
    world = World()
    hospital = world.agencies["hospital"]
    (hold,) = held(hospital)
    here = (world.root.public, world.deployment, hospital.agency_id)
    verify_log(*here, hospital.log, (hold,))
    with pytest.raises(NotVerified):
        verify_log(*here, hospital.log[:-1], (hold,))
    with pytest.raises(NotVerified):
        verify_log(*here, hospital.log, (replace(hold, digest=bytes(32)),))


def test_who_waits_since_a_gap_signs_no_strand(file: CaseFile) -> None:
    world = World()
    case = CaseFile(world)
    case.open_case(world.person("officer"), "P1")
    again = restored(case, suspends=True)
    police = world.agencies["police"]
    log = world.directory_of(police.agency_id)
    log.holds = held(police, everyone=True)
    with pytest.raises(NotVerified):
        again.write_new(world.person("officer"), "P1", "needs", "a bed")
