"""A lost passphrase: new keys by somebody else's word, and no way in for anybody else."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update

from referral.accounts import founding, reenrolment
from referral.accounts import service as accounts
from referral.accounts.model import Member, MemberBody, MemberSession
from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_in
from referral.agencies import directory
from referral.agencies.model import Circle, CircleWrapBody
from referral.agencies.rewrapping import share_key
from referral.agencies.service import admit_to_circle, renew_circle
from referral.cases.strands import case_view
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import (
    InvalidInput,
    KeysMissing,
    NotFound,
    NotPermitted,
    NotVerified,
    SignInRequired,
    StateConflict,
)
from referral.notices.model import Notice
from referral.vault.directory import (
    RENEWAL_DELAY,
    SignedStatement,
    restart_agency,
    write_entry,
)
from referral.vault.keys import keyring_of
from referral.vault.root import new_root
from tests.cases.district import read, write
from tests.factories.fixtures import Thread
from tests.factories.province import PASSPHRASE, House, case_of
from tests.security.attacker import Attacker, snapshot

OTHER = "mưa rơi trên mái hiên nhà"


def member_of(actor: Actor) -> Member:
    db.rollback()
    return db.session().get_one(Member, actor.member_id)


def boss(thread: Thread, house: House) -> Actor:
    return thread.province.actor(house.administrator)


def come_back(helper: Actor, member: Member, code: str, passphrase: str = OTHER) -> None:
    with db.unit_of_work():
        accounts.enrol(member.username, code, passphrase)
    with db.unit_of_work():
        fresh = reenrolment.reenrollable_member(helper, member.id)
        accounts.confirm_member(helper, fresh, fingerprint_read=accounts.fingerprint_of(fresh))


def refused(house: House, entry: SignedStatement) -> None:
    db.rollback()
    db.begin_write()
    with pytest.raises(NotVerified):
        directory.append_statement(house.id, entry)
    db.rollback()


def told(kind: str) -> set[object]:
    db.rollback()
    return set(db.session().scalars(select(Notice.member_id).where(Notice.kind == kind)))


@pytest.mark.promise("lost-passphrase-no-back-door")
def test_a_member_comes_back_with_new_keys_and_reads_on(
    thread: Thread, time_machine_hours: Callable[[float], None]
) -> None:
    second = thread.province.member(thread.police, "agency_administrator", "congan.chief")
    case = case_of(thread.officer)
    write(thread.officer, case.id, "needs", {"needs": ["shelter"]}, 1)
    lost, token = thread.officer, thread.province.token("congan.police_officer")
    old = Attacker.of(lost, snapshot())
    old.run()
    head = boss(thread, thread.police)
    with db.unit_of_work():
        member, code = reenrolment.begin_reenrolment(head, member_of(lost), compromised=True)
    with pytest.raises(SignInRequired):
        actor_for(token)
    with pytest.raises(InvalidInput):
        sign_in(member.username, PASSPHRASE, "")
    left = [db.session().scalar(select(func.count()).where(t.member_id == member.id)) for t in (
        MemberBody, MemberSession, CircleWrapBody)]  # fmt: skip
    assert left == [0, 0, 0]
    come_back(head, member, code)
    assert told("reenrolment_begun") == told("reenrolment_done") == {
        member_of(thread.province.actor(second)).id
    }  # fmt: skip
    circle = thread.police.circles["cases"]
    with db.unit_of_work():
        admit_to_circle(head, circle, member_id=member.id)

    back = actor_for(sign_in(member.username, OTHER, ""))
    assert back.role == "police_officer"
    assert {s.status for s in read(back, case.id)} == {"open"}
    assert case_view(case.id).faults == {}, "what the old keys signed stays valid"
    write(back, case.id, "needs", {"needs": ["shelter"], "other_needs": "canary-4411"}, 2)
    thief = Attacker(snapshot(), keys=old.keys)
    thief.secrets |= old.secrets
    thief.section_keys |= old.section_keys
    thief.run()
    assert not [t for t in thief.texts.values() if b"canary-4411" in t]


@pytest.mark.promise("lost-passphrase-no-back-door")
def test_where_one_administrator_is_alone_a_day_passes(
    thread: Thread, time_machine_hours: Callable[[float], None]
) -> None:
    head, lost = boss(thread, thread.hospital), member_of(thread.nurse)
    with db.unit_of_work():
        member, code = reenrolment.begin_reenrolment(head, lost)
    with pytest.raises(InvalidInput):
        come_back(head, member, code)
    time_machine_hours(23)
    with db.unit_of_work():  # again: a new code, and no shorter wait
        member, code = reenrolment.begin_reenrolment(
            boss(thread, thread.hospital), member_of(thread.nurse)
        )
    with db.unit_of_work():
        accounts.enrol(member.username, code, OTHER)
    digits = accounts.fingerprint_of(member_of(thread.nurse))
    with pytest.raises(InvalidInput), db.unit_of_work():
        accounts.confirm_member(
            boss(thread, thread.hospital), member_of(thread.nurse), fingerprint_read=digits
        )
    time_machine_hours(1.1)
    with db.unit_of_work():
        accounts.confirm_member(
            boss(thread, thread.hospital), member_of(thread.nurse), fingerprint_read=digits
        )
    assert keyring_of(actor_for(sign_in("yte.health_worker", OTHER, ""))).circle(
        thread.hospital.circle_id()
    )


def test_who_may_not_begin_it(thread: Thread) -> None:
    head = boss(thread, thread.police)
    with pytest.raises(StateConflict), db.unit_of_work():
        reenrolment.begin_reenrolment(head, member_of(head))
    for stranger in (boss(thread, thread.hospital), thread.supervisor):
        with pytest.raises(NotPermitted), db.unit_of_work():
            reenrolment.begin_reenrolment(stranger, member_of(thread.officer))
    with pytest.raises(NotFound):
        reenrolment.reenrollable_member(boss(thread, thread.hospital), thread.officer.member_id)
    for wrong in (thread.police.id, thread.officer.member_id):
        with pytest.raises(InvalidInput), db.unit_of_work():
            reenrolment.name_second_agency(head, thread.police.agency, second_id=wrong)


@pytest.mark.promise("lost-passphrase-no-back-door")
def test_the_second_agency_gives_the_lone_administrator_back_and_opens_nothing(
    thread: Thread, time_machine_hours: Callable[[float], None]
) -> None:
    case = case_of(thread.officer)
    lost = member_of(boss(thread, thread.police))
    helper = boss(thread, thread.social)
    with db.unit_of_work():
        reenrolment.name_second_agency(
            boss(thread, thread.police), thread.police.agency, second_id=thread.social.id
        )
    assert told("named_as_second") == {helper.member_id}
    assert [a.id for a in reenrolment.entrusted_agencies(helper)] == [thread.police.id]
    assert lost.id in {m.id for m in reenrolment.entrusted_members(helper, thread.police.agency)}
    with db.unit_of_work():
        member, code = reenrolment.begin_reenrolment(helper, member_of(boss(thread, thread.police)))
    with pytest.raises(InvalidInput):
        come_back(helper, member, code)
    time_machine_hours(24.1)
    helper = boss(thread, thread.social)
    with db.unit_of_work():
        fresh = reenrolment.reenrollable_member(helper, lost.id)
        accounts.confirm_member(helper, fresh, fingerprint_read=accounts.fingerprint_of(fresh))
    with pytest.raises(NotFound):
        read(helper, case.id)
    back = actor_for(sign_in(lost.username, OTHER, ""))
    circle_id = thread.police.circle_id()
    with pytest.raises(KeysMissing):
        keyring_of(back).circle(circle_id)
    officer = thread.province.worker(thread.police, "police_officer")
    with db.unit_of_work():
        assert share_key(officer, db.session().get_one(Circle, circle_id)) == 1
    back = actor_for(sign_in(lost.username, OTHER, ""))
    assert keyring_of(back).circle(circle_id)
    assert back.role == "agency_administrator"


@pytest.mark.promise("lost-passphrase-no-back-door")
def test_a_writer_to_the_database_enrols_nobody_anew_and_names_no_second_agency(
    thread: Thread,
) -> None:
    """With rows alone, and with the raw keys of a stranger."""
    thief = thread.province.member(thread.clinic, "health_worker", "tram.thief")
    stranger = thread.province.actor(thief)
    head = boss(thread, thread.clinic)
    victim = member_of(thread.officer)
    kept, ring = db.session().get_one(MemberBody, stranger.member_id), keyring_of(stranger)
    with db.unit_of_work():  # own keys and own record in the victim's rows
        db.begin_write()
        db.session().execute(update(Member).where(Member.id == victim.id).values(
            exchange_public=ring.exchange_public, signing_public=ring.signing_public))  # fmt: skip
        db.session().execute(update(MemberBody).where(MemberBody.member_id == victim.id).values(
            record=kept.record))  # fmt: skip
    with pytest.raises(InvalidInput):
        sign_in(victim.username, PASSPHRASE, "")
    with db.unit_of_work():
        db.begin_write()
        db.session().execute(update(Member).where(Member.id == victim.id).values(state="enrolled"))
    police, swapped = boss(thread, thread.police), member_of(thread.officer)
    digits = accounts.fingerprint_of(swapped)
    with pytest.raises(StateConflict), db.unit_of_work():
        accounts.confirm_member(police, swapped, fingerprint_read=digits)
    log = directory.directory_of(thread.police.id)
    fake = (thread.clinic.id, ((head.member_id, keyring_of(head).signing_public),))
    for kind, payload in (
        ("second_named", fake),
        ("renewal_begun", (victim.id,)),
        ("member_renewed", (victim.id, ring.exchange_public, ring.signing_public)),
        ("kit_confirmed", (head.member_id, b"d" * 32)),
    ):
        entry = write_entry(keyring_of(head), log, at=clock.now(), kind=kind, payload=payload)
        refused(thread.police, entry)
    entry = restart_agency(
        new_root().signing,
        log,
        at=clock.now() - RENEWAL_DELAY,
        member_id=head.member_id,
        exchange_public=ring.exchange_public,
        signing_public=ring.signing_public,
    )
    refused(thread.police, entry)


@pytest.mark.promise("a-new-agency-needs-the-root")
def test_the_root_restarts_an_agency_and_its_cases_live_on(thread: Thread) -> None:
    case = case_of(thread.officer)
    lost = boss(thread, thread.police)
    with db.unit_of_work():
        heir, code = accounts.invite_new_administrator(
            founding.FIRST_HAND,
            thread.police.agency,
            username="congan.heir",
            display_name="Người kế nhiệm",
        )
    with db.unit_of_work():
        accounts.enrol("congan.heir", code, OTHER)
    waiting, _ = founding.waiting_founder(thread.police.id)
    assert waiting == heir.id
    db.rollback()
    founding.restart(thread.province.root, thread.police.id, heir.id)
    with pytest.raises((InvalidInput, SignInRequired)):
        actor_for(sign_in(thread.police.administrator, PASSPHRASE, ""))
    db.rollback()
    new = actor_for(sign_in("congan.heir", OTHER, ""))
    circle_id = thread.police.circle_id()
    with pytest.raises(NotVerified):
        directory.key_of(circle_id)
    with db.unit_of_work():
        renew_circle(new, db.session().get_one(Circle, circle_id))
    officer = thread.province.worker(thread.police, "police_officer")
    assert {s.status for s in read(officer, case.id)} == {"open"}
    write(officer, case.id, "needs", {"needs": ["shelter"]}, 1)
    log = directory.directory_of(thread.police.id)
    assert new.member_id in log.key_holders(circle_id)
    assert lost.member_id not in log.key_holders(circle_id)
