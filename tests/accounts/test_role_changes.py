"""Other roles: what they take away is gone from the keys, the sessions and the work in hand."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from referral.accounts import recovery
from referral.accounts import service as accounts
from referral.accounts.queries import named_at
from referral.accounts.reenrolment import begin_reenrolment
from referral.accounts.sessions import actor_for
from referral.agencies import directory, named_circles
from referral.agencies import service as agencies
from referral.agencies.model import Circle, CircleWrapBody
from referral.agencies.queries import members_of
from referral.audit.model import AuditEntry, Tombstone
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.errors import (
    InvalidInput,
    NotPermitted,
    NotVerified,
    SignInRequired,
    StateConflict,
    VersionConflict,
)
from referral.notices.queries import visible_notices
from referral.vault.keys import keyring_of
from tests.accounts.test_removal import (
    EARLIER,
    INCIDENT,
    LATER,
    member_of,
    shared_case,
    told,
)
from tests.cases.district import read, write
from tests.factories.fixtures import Thread
from tests.security.attacker import Attacker, snapshot


def boss_of(thread: Thread, actor: Actor) -> Actor:
    house = next(h for h in thread.province.houses.values() if h.id == actor.agency_id)
    return thread.province.actor(house.administrator)


def change(thread: Thread, whom: Actor, role: str, *, by: Actor | None = None) -> None:
    with db.unit_of_work():
        accounts.change_roles(by or boss_of(thread, whom), member_of(whom), role=role)


def later(thread: Thread, gone: Actor, old: Attacker) -> Attacker:
    """What somebody opens with a new copy, the keys of now, and all that they opened before."""
    hoarder = Attacker(snapshot(), keys=old.keys)
    hoarder.secrets |= old.secrets
    hoarder.section_keys |= old.section_keys
    hoarder.run()
    return hoarder


@pytest.mark.promise("who-left-reads-nothing-new")
@pytest.mark.parametrize("who", ["nurse", "supervisor"])
def test_who_lost_the_roles_with_keys_opens_nothing_written_later_with_old_keys_and_an_old_copy(
    thread: Thread, who: str
) -> None:
    case = shared_case(thread)
    gone: Actor = getattr(thread, who)
    old = Attacker.of(gone, snapshot())
    old.run()
    assert told(old, EARLIER)
    change(thread, gone, "privacy_officer+duty_officer")
    write(thread.officer, case.id, "incident", INCIDENT | {"account": LATER}, 1)

    hoarder = later(thread, gone, old)
    assert told(hoarder, EARLIER), "what was read stays known"
    assert not told(hoarder, LATER)
    stays = Attacker.of(thread.officer, snapshot())
    stays.run()
    assert told(stays, LATER)


def test_who_keeps_a_role_with_keys_stays_in_the_circle_and_its_key_is_the_same(
    thread: Thread,
) -> None:
    """The control of the test above: it is the new key that shuts the door."""
    case = shared_case(thread)
    old = Attacker.of(thread.nurse, snapshot())
    old.run()
    change(thread, thread.nurse, "night_keeper")
    write(thread.officer, case.id, "incident", INCIDENT | {"account": LATER}, 1)
    assert told(later(thread, thread.nurse, old), LATER)
    circle = directory.directory_of(thread.hospital.id).circles[thread.hospital.circle_id()]
    assert (circle.generation, thread.nurse.member_id in circle.member_ids) == (1, True)


@pytest.mark.promise("keys-belong-to-people")
def test_keys_come_back_only_when_an_administrator_admits_anew(thread: Thread) -> None:
    case = shared_case(thread)
    nurse = thread.nurse.member_id
    wraps = select(func.count()).where(CircleWrapBody.member_id == nurse)
    change(thread, thread.nurse, "privacy_officer")
    assert db.session().scalar(wraps) == 0
    change(thread, thread.nurse, "supervisor")
    again = thread.province.actor("yte.health_worker")
    assert not keyring_of(again).circle_ids
    with db.unit_of_work():
        circle = db.session().get_one(Circle, thread.hospital.circle_id())
        agencies.admit_to_circle(boss_of(thread, again), circle, member_id=nurse)
    again = thread.province.actor("yte.health_worker")
    assert {s.kind: s for s in read(again, case.id)}["incident"].answers["account"] == EARLIER


@pytest.mark.promise("named-circle-by-key")
def test_a_named_circle_takes_nothing_until_those_who_stay_have_renewed_its_key(
    thread: Thread,
) -> None:
    officer, chief = thread.officer, thread.supervisor
    with db.unit_of_work():
        circle = named_circles.name_circle(
            chief, thread.police.agency, member_ids=[officer.member_id, chief.member_id]
        )
    first = keyring_of(thread.province.actor("congan.police_officer")).circle(circle.id)
    assert directory.key_of(circle.id).public == first.exchange_public
    change(thread, officer, "duty_officer")
    with pytest.raises(NotVerified):
        directory.key_of(circle.id)
    with db.unit_of_work():
        db.begin_write()
        named_circles.renew_where_needed(thread.province.actor("congan.supervisor"))
    assert members_of(circle) == {chief.member_id}
    assert directory.key_of(circle.id).public != first.exchange_public


def test_a_circle_is_not_left_to_nobody(thread: Thread) -> None:
    with db.unit_of_work():
        circle = named_circles.name_circle(
            boss_of(thread, thread.officer),
            thread.police.agency,
            member_ids=[thread.officer.member_id],
        )
    with pytest.raises(InvalidInput) as refusal:
        change(thread, thread.officer, "duty_officer")
    assert set(refusal.value.fields) == {"member"}
    assert members_of(circle) == {thread.officer.member_id}
    assert member_of(thread.officer).role == "police_officer"


def test_sessions_end_a_notice_waits_and_the_log_says_so(thread: Thread) -> None:
    token = thread.province.token("congan.police_officer")
    change(thread, thread.officer, "supervisor")
    with pytest.raises(SignInRequired):
        actor_for(token)
    db.rollback()
    again = thread.province.actor("congan.police_officer")
    assert again.role == "supervisor"
    assert [line.kind for line in visible_notices(again)] == ["roles_changed"]
    entry = select(AuditEntry.outcome).where(
        AuditEntry.operation == "accounts.change_roles",
        AuditEntry.object_id == thread.officer.member_id,
    )
    assert db.session().scalars(entry).all() == ["done"]


def test_the_last_who_can_administer_does_not_give_it_up(thread: Thread) -> None:
    """Neither to nobody, nor to somebody who has no keys at present."""
    boss = boss_of(thread, thread.officer)

    def gives_up() -> None:
        change(thread, boss, "police_officer", by=thread.province.actor("congan.admin"))

    with pytest.raises(InvalidInput) as refusal:
        gives_up()
    assert set(refusal.value.fields) == {"role"}
    change(thread, thread.supervisor, "supervisor+agency_administrator")
    with db.unit_of_work():
        begin_reenrolment(boss, member_of(thread.supervisor))
    with pytest.raises(InvalidInput):
        gives_up()
    change(thread, thread.officer, "police_officer+agency_administrator")
    gives_up()
    assert thread.province.actor("congan.admin").role == "police_officer"


@pytest.mark.parametrize("role", ["police_officer", "privacy_officer"])
def test_an_administrator_hands_administration_over_and_keeps_no_power_by_it(
    thread: Thread, role: str
) -> None:
    """The recovery code goes too: it is for administrators, and no circle counts on it."""
    boss = boss_of(thread, thread.officer)
    with db.unit_of_work():
        code = recovery.make_kit(boss, member_of(boss))
    with db.unit_of_work():
        recovery.confirm_kit(boss, member_of(boss), code=code)
    change(thread, thread.supervisor, "supervisor+agency_administrator")
    change(thread, boss, role, by=boss)
    assert not directory.directory_of(thread.police.id).kits
    assert not recovery.has_kit(thread.police.id, boss.member_id)
    with pytest.raises(InvalidInput):
        recovery.recover("congan.admin", code, "mưa rơi trên mái hiên nhà")
    db.rollback()
    with pytest.raises(NotPermitted):  # a request that had begun before
        change(thread, thread.officer, "supervisor", by=boss)
    change(thread, thread.officer, "supervisor", by=thread.province.actor("congan.supervisor"))


def refused(verb: Callable[[], object], error: type[Exception]) -> None:
    with pytest.raises(error):
        verb()
    db.rollback()


def test_what_is_outdated_or_no_change_or_not_possible_changes_nothing(thread: Thread) -> None:
    member = member_of(thread.officer)
    seen, boss = named_at(member), boss_of(thread, thread.officer)
    change(thread, thread.officer, "supervisor")

    def once_more(role: str, expected: int) -> None:
        with db.unit_of_work():
            accounts.change_roles(boss, member_of(thread.officer), role=role, expected=expected)

    refused(lambda: once_more("police_officer", seen), VersionConflict)
    now = named_at(member_of(thread.officer))
    refused(lambda: once_more("supervisor", now), InvalidInput)
    with db.unit_of_work():
        begin_reenrolment(boss, member_of(thread.officer))
    refused(lambda: once_more("police_officer", now), StateConflict)
    assert member_of(thread.officer).role == "supervisor"


def test_a_restore_is_told_that_keys_were_taken_away(thread: Thread) -> None:
    change(thread, thread.nurse, "health_worker+duty_officer")
    kinds = select(Tombstone.kind).where(Tombstone.subject_id == thread.nurse.member_id)
    assert db.session().scalars(kinds).all() == []
    change(thread, thread.nurse, "duty_officer")
    assert set(db.session().scalars(kinds)) == {"role", "circles"}
