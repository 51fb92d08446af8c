"""Changes that only the lost server knew: a restore with its tombstones undoes none in silence."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select

from referral.accounts import recovery, sheets
from referral.accounts import service as accounts
from referral.accounts.events import PassphraseChanged
from referral.accounts.model import Member, RecoveryKitBody
from referral.accounts.queries import oneself
from referral.accounts.reenrolment import begin_reenrolment, name_second_agency
from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_in
from referral.agencies.directory import key_of
from referral.agencies.model import Circle
from referral.agencies.named_circles import name_circle, renew_where_needed
from referral.agencies.queries import members_of
from referral.agencies.rewrapping import key_report
from referral.agencies.service import admit_to_circle, renew_circle
from referral.audit.model import Tombstone
from referral.audit.shipments import Buried
from referral.audit.tombstones import Ended
from referral.cases.model import CaseFile
from referral.kernel import db, events
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, NotVerified
from referral.vault.keys import Keyring
from tests.cases.district import write
from tests.factories.fixtures import Thread
from tests.factories.gap import ended, restore_with
from tests.factories.province import PASSPHRASE, case_of
from tests.security.attacker import Attacker, snapshot

EARLIER, LATER = "canary-earlier-2f6d", "canary-later-8c3b"
OTHER = "mưa rơi ngoài hiên khuya"


def signs_in(username: str) -> bool:
    try:
        sign_in(username, PASSPHRASE, "")
    except InvalidInput:
        return False
    return True


def test_what_a_backup_knows_has_no_consequences_again(thread: Thread) -> None:
    """The folder holds every file there ever was: a passphrase changed long ago is the one in use.

    What a restore learns is known to the backups after it, too.
    """
    nurse = thread.nurse.member_id
    assert nurse is not None
    with db.unit_of_work():
        db.begin_write()
        events.publish(PassphraseChanged(nurse))
    row = db.session().scalars(select(Tombstone).where(Tombstone.subject_id == nurse)).one()
    restore_with(Buried(row.kind, row.subject_id, row.case_id, row.at))
    assert signs_in("yte.health_worker")
    lost = ended(Ended.PASSPHRASE, nurse)
    other = thread.other_nurse.member_id
    assert other is not None
    restore_with(lost, ended(Ended.PASSPHRASE, other))
    assert not signs_in("yte.health_worker")
    assert not signs_in("tram.health_worker")
    known = select(Tombstone.at).where(Tombstone.subject_id == nurse)
    assert lost.at in set(db.session().scalars(known))
    db.rollback()


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_a_role_that_was_taken_away_comes_back_only_by_the_administrators_word(
    thread: Thread,
) -> None:
    """The file does not say which it was: who lost one waits, and is named anew with others."""
    province, chief = thread.province, thread.supervisor
    member_id = chief.member_id
    assert member_id is not None
    boss = province.actor(thread.police.administrator)
    with db.unit_of_work():
        row = db.session().get_one(Member, member_id)
        accounts.change_roles(boss, row, role="supervisor+police_officer")  # takes nothing away
        accounts.change_roles(boss, row, role="police_officer")
    row = db.session().scalars(select(Tombstone).where(Tombstone.subject_id == member_id)).one()
    lost = Buried(row.kind, row.subject_id, row.case_id, row.at)
    assert (lost.kind, lost.case_id) == ("role", None)
    with db.unit_of_work():  # as the backup has it: the role of before, and no word of its end
        db.session().delete(db.session().get_one(Tombstone, row.id))
        row = db.session().get_one(Member, member_id)
        accounts.change_roles(boss, row, role="supervisor")
        db.session().execute(delete(Tombstone).where(Tombstone.subject_id == member_id))
    restore_with(lost)
    chief = actor_for(sign_in("congan.supervisor", PASSPHRASE, ""))
    assert (chief.permissions, chief.keys) == (frozenset(), None)
    with db.unit_of_work():
        db.begin_write()
        db.session().get_one(Member, member_id).state = "active"  # a writer to the table
    assert not signs_in("congan.supervisor")
    with db.unit_of_work():
        db.begin_write()
        db.session().get_one(Member, member_id).state = "enrolled"
    assert signs_in("congan.police_officer")
    boss = province.actor(thread.police.administrator)
    row = db.session().get_one(Member, member_id)
    read = accounts.fingerprint_of(row)
    with db.unit_of_work():
        accounts.confirm_member(boss, row, fingerprint_read=read, roles=["police_officer"])
    chief = actor_for(sign_in("congan.supervisor", PASSPHRASE, ""))
    assert chief.role == "police_officer"
    assert isinstance(chief.keys, Keyring)
    assert chief.keys.holds(thread.police.circle_id())


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_who_had_lost_all_roles_with_keys_leaves_the_circles_of_the_backup_too(
    thread: Thread,
) -> None:
    """The backup has them in the circle; nothing is sealed to it until its key is another."""
    member_id, circle = thread.supervisor.member_id, thread.police.circles["cases"]
    assert member_id is not None
    old = Attacker.of(thread.supervisor, snapshot())
    restore_with(ended(Ended.ROLE, member_id), ended(Ended.CIRCLES, member_id))
    with pytest.raises(NotVerified):
        key_of(circle.id)
    boss = keeper(thread)
    row = db.session().get_one(Member, member_id)
    read = accounts.fingerprint_of(row)
    with db.unit_of_work():
        accounts.confirm_member(boss, row, fingerprint_read=read, roles=["duty_officer"])
    assert member_id not in members_of(circle_of(circle))
    assert key_of(circle.id).generation == 2
    case = case_of(thread.officer, needs={"needs": ["shelter"], "other_needs": LATER})
    assert not told(with_old_keys(old), LATER)
    assert case.code


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_new_keys_after_a_restore_bring_back_no_role_that_was_taken_away(thread: Thread) -> None:
    """The passphrase was changed as well, so that the colleague enrols anew before being named."""
    member_id = thread.supervisor.member_id
    assert member_id is not None
    restore_with(ended(Ended.ROLE, member_id), ended(Ended.PASSPHRASE, member_id))
    _comes_back(thread, member_id, roles=["police_officer"])
    chief = actor_for(sign_in("congan.supervisor", OTHER, ""))
    assert chief.role == "police_officer"
    assert isinstance(chief.keys, Keyring)
    assert chief.keys.holds(thread.police.circle_id())


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_a_second_agency_gives_new_keys_after_a_restore_and_names_nobody(thread: Thread) -> None:
    member_id, helper = thread.supervisor.member_id, thread.hospital
    assert member_id is not None
    with db.unit_of_work():
        name_second_agency(keeper(thread), thread.police.agency, second_id=helper.id)
    restore_with(ended(Ended.ROLE, member_id), ended(Ended.PASSPHRASE, member_id))
    thread.province.member(thread.police, "agency_administrator", "congan.chief")
    other = thread.province.actor(helper.administrator)
    _comes_back(thread, member_id, by=other)
    nobody = actor_for(sign_in("congan.supervisor", OTHER, ""))
    assert (nobody.permissions, nobody.keys) == (frozenset(), None)
    row = db.session().get_one(Member, member_id)
    assert accounts.waits_since_restore(row)
    with db.unit_of_work():
        read = accounts.fingerprint_of(row)
        accounts.confirm_member(
            keeper(thread), row, fingerprint_read=read, roles=["police_officer"]
        )
    assert actor_for(sign_in("congan.supervisor", OTHER, "")).role == "police_officer"


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_a_paper_that_was_replaced_lets_nobody_in_again(thread: Thread) -> None:
    """It may have been found: the recovery code of before, and the sheet."""
    boss = keeper(thread)
    member_id, name = boss.member_id, thread.police.administrator
    assert member_id is not None
    with db.unit_of_work():
        found = recovery.make_kit(boss, oneself(boss))
        sheets.make_code_sheet(boss, oneself(boss))
    with db.unit_of_work():
        recovery.confirm_kit(boss, oneself(boss), code=found)
    assert db.session().scalars(select(Tombstone)).all() == [], "the first replaces none"
    with db.unit_of_work():
        before = db.session().get_one(RecoveryKitBody, member_id).body
        recovery.make_kit(boss, oneself(boss))
        sheets.make_code_sheet(boss, oneself(boss))
    rows = db.session().scalars(select(Tombstone)).all()
    lost = [Buried(row.kind, row.subject_id, row.case_id, row.at) for row in rows]
    assert [(row.kind, row.subject_id) for row in lost] == [("paper", member_id)] * 2
    with db.unit_of_work():  # as the backup has it
        db.begin_write()
        db.session().execute(delete(Tombstone))
        db.session().get_one(RecoveryKitBody, member_id).body = before
    restore_with(*lost)
    assert not recovery.has_kit(thread.police.id, member_id)
    with pytest.raises(InvalidInput):
        recovery.recover(name, found, OTHER)
    assert signs_in(name)
    assert sheets.count_codes(keeper(thread), oneself(boss)) is None


def keeper(thread: Thread) -> Actor:
    return thread.province.actor(thread.police.administrator)


def told(thief: Attacker, words: str) -> bool:
    return any(words in raw.decode(errors="ignore") for raw in thief.texts.values())


def with_old_keys(old: Attacker) -> Attacker:
    """What somebody's keys of before the loss open now, with all that they opened then."""
    thief = Attacker(snapshot(), keys=old.keys)
    thief.secrets |= old.secrets
    thief.section_keys |= old.section_keys
    thief.run()
    return thief


def sealing(actor: Actor, case: CaseFile, words: str, revision: int) -> None:
    write(actor, case.id, "needs", {"needs": ["shelter"], "other_needs": words}, revision)


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_who_was_taken_out_of_the_circles_gets_no_key_of_theirs_until_admitted_again(
    thread: Thread,
) -> None:
    """A device was stolen and its owner enrolled anew; the backup knows its keys as good ones."""
    province, circle = thread.province, thread.police.circles["cases"]
    member_id = thread.officer.member_id
    assert member_id is not None
    case = case_of(thread.officer, needs={"needs": ["shelter"], "other_needs": EARLIER})
    old = Attacker.of(thread.officer, snapshot())
    old.run()
    restore_with(ended(Ended.PASSPHRASE, member_id), ended(Ended.CIRCLES, member_id))
    again = Attacker(snapshot(), keys=old.keys)
    again.run()
    assert not told(again, EARLIER), "no wrap came back"
    assert not signs_in("congan.police_officer")
    chief = province.worker(thread.police, "supervisor")
    with pytest.raises(NotVerified):
        sealing(chief, case, LATER, 1)
    db.rollback()
    assert key_report(circle_of(circle)).awaits_key
    with db.unit_of_work():
        renew_circle(keeper(thread), circle_of(circle))
    report = key_report(circle_of(circle))
    assert (report.generation, report.awaits_key, report.without_key) == (2, False, 0)
    sealing(province.worker(thread.police, "supervisor"), case, LATER, 1)
    assert not told(with_old_keys(old), LATER)
    assert told(with_old_keys(old), EARLIER), "what was read stays known"
    _comes_back(thread, member_id)
    back = actor_for(sign_in("congan.police_officer", OTHER, ""))
    assert isinstance(back.keys, Keyring)
    assert not back.keys.holds(circle.id)
    with db.unit_of_work():
        admit_to_circle(keeper(thread), circle_of(circle), member_id=member_id)
    back = actor_for(sign_in("congan.police_officer", OTHER, ""))
    sealing(back, case, "canary-last-5d20", 2)
    assert not told(with_old_keys(old), "canary-last-5d20")


def circle_of(circle: Circle) -> Circle:
    return db.session().get_one(Circle, circle.id)


def _comes_back(
    thread: Thread, member_id: UUID, *, roles: Sequence[str] = (), by: Actor | None = None
) -> None:
    """Enrolled anew, by an administrator who has a colleague to say so at once."""
    if by is None:
        thread.province.member(thread.police, "agency_administrator", "congan.chief")
    boss = by or keeper(thread)
    with db.unit_of_work():
        row = db.session().get_one(Member, member_id)
        row, code = begin_reenrolment(boss, row)
    with db.unit_of_work():
        accounts.enrol(row.username, code, OTHER)
    with db.unit_of_work():
        row = db.session().get_one(Member, member_id)
        read = accounts.fingerprint_of(row)
        accounts.confirm_member(boss, row, fingerprint_read=read, roles=roles)


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_a_key_that_was_changed_is_changed_again_before_anything_is_sealed_to_the_circle(
    thread: Thread,
) -> None:
    """Admitting somebody who had been taken out does so by itself."""
    province, circle = thread.province, thread.hospital.circles["cases"]
    case = case_of(thread.nurse, needs={"needs": ["shelter"]})
    restore_with(ended(Ended.KEY, circle.id), ended(Ended.CIRCLES, thread.supervisor.member_id))
    with pytest.raises(NotVerified):
        sealing(province.worker(thread.hospital, "health_worker"), case, LATER, 1)
    db.rollback()
    with db.unit_of_work():
        renew_circle(province.actor(thread.hospital.administrator), circle_of(circle))
    sealing(province.worker(thread.hospital, "health_worker"), case, LATER, 1)
    other = thread.police.circles["cases"]
    with db.unit_of_work():
        boss = keeper(thread)
        admit_to_circle(boss, circle_of(other), member_id=thread.supervisor.member_id)
    report = key_report(circle_of(other))
    assert (report.generation, report.awaits_key) == (2, False)


def test_changing_a_key_and_taking_somebody_out_leave_tombstones(thread: Thread) -> None:
    member_id, circle = thread.officer.member_id, thread.police.circles["cases"]
    with db.unit_of_work():
        renew_circle(keeper(thread), circle_of(circle))
    with db.unit_of_work():
        row = db.session().get_one(Member, member_id)
        begin_reenrolment(keeper(thread), row, compromised=True)
    assert tombstones() == [
        ("circles", member_id),
        ("key", circle.id),
        ("key", circle.id),
        ("passphrase", member_id),
    ]


def tombstones() -> list[tuple[str, UUID]]:
    rows = db.session().scalars(select(Tombstone)).all()
    assert not any(row.case_id for row in rows)
    told = [(row.kind, row.subject_id) for row in rows]
    db.rollback()
    return sorted(told)


def name_one(thread: Thread) -> UUID:
    """A named circle of the officer and the supervisor."""
    boss, people = keeper(thread), [thread.officer.member_id, thread.supervisor.member_id]
    with db.unit_of_work():
        return name_circle(boss, thread.police.agency, member_ids=people).id


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_who_leaves_leaves_a_tombstone_for_each_circle_too(thread: Thread) -> None:
    """Who came and left after the backup is in no restored log, and has the keys all the same."""
    named, chief = name_one(thread), thread.supervisor.member_id
    with db.unit_of_work():
        accounts.remove_member(keeper(thread), db.session().get_one(Member, chief))
    circles = sorted([("key", thread.police.circle_id()), ("key", named)])
    assert tombstones() == [*circles, ("member", chief)]


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_a_named_circle_whose_key_was_changed_gets_another_from_its_members(
    thread: Thread,
) -> None:
    named = name_one(thread)
    officer = thread.province.worker(thread.police, "police_officer")
    renewed(officer)
    restore_with(ended(Ended.KEY, named))
    with pytest.raises(NotVerified):
        key_of(named)
    db.rollback()
    renewed(thread.province.worker(thread.police, "police_officer"))
    assert key_of(named).generation == 3
    db.rollback()


def renewed(actor: Actor) -> None:
    with db.unit_of_work():
        db.begin_write()
        renew_where_needed(actor)


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_who_was_given_something_after_the_backup_reads_nothing_new_by_its_key(
    thread: Thread,
) -> None:
    """The rows that would tell of it are gone, and the key is the one in use again."""
    case = case_of(thread.officer, needs={"needs": ["shelter"], "other_needs": EARLIER})
    old = Attacker.of(thread.officer, snapshot())
    old.run()
    restore_with(ended(Ended.GRANT, uuid4(), case.id))
    officer = thread.province.worker(thread.police, "police_officer")
    sealing(officer, case, LATER, 1)
    given = Attacker(snapshot(), section_keys=set(old.section_keys))
    given.run()
    assert told(given, EARLIER), "what was read stays known"
    assert not told(given, LATER)
