"""A named circle opens to those in it, and to nobody who made it or manages the agency."""

import pytest

from referral.agencies import directory, named_circles
from referral.agencies import service as agencies
from referral.agencies.model import Circle, CircleWrapBody
from referral.agencies.queries import members_of, recipients
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, KeysMissing, NotPermitted, NotVerified
from referral.vault.keys import keyring_of
from tests.factories.fixtures import Thread


def boss(thread: Thread) -> Actor:
    return thread.province.actor(thread.police.administrator)


def again(thread: Thread, actor: Actor) -> Actor:
    """The same person's next request."""
    db.rollback()
    known = {thread.officer.member_id: "police_officer", thread.supervisor.member_id: "supervisor"}
    return thread.province.worker(thread.police, known[actor.member_id])


def name(actor: Actor, thread: Thread, *members: Actor) -> Circle:
    with db.unit_of_work():
        return named_circles.name_circle(
            actor, thread.police.agency, member_ids=[m.member_id for m in members]
        )


def renew(actor: Actor) -> None:
    with db.unit_of_work():
        db.begin_write()
        named_circles.renew_where_needed(actor)


@pytest.mark.promise("named-circle-by-key")
def test_who_makes_a_named_circle_without_being_in_it_opens_nothing_of_it(thread: Thread) -> None:
    admin = boss(thread)
    circle = name(admin, thread, thread.officer)
    assert members_of(circle) == {thread.officer.member_id}
    assert not keyring_of(boss(thread)).holds(circle.id)
    with pytest.raises(KeysMissing):
        keyring_of(admin).circle(circle.id)
    inside = again(thread, thread.officer)
    first = keyring_of(inside).circle(circle.id)
    with pytest.raises(NotVerified):
        directory.key_of(circle.id)  # the maker's session has seen the first secret
    renew(inside)
    second = keyring_of(again(thread, inside)).circle(circle.id)
    assert (first.generation, second.generation) == (1, 2)
    assert directory.key_of(circle.id).public == second.exchange_public
    renew(again(thread, inside))
    assert keyring_of(again(thread, inside)).circle(circle.id).generation == 2


@pytest.mark.promise("named-circle-by-key")
def test_only_those_in_it_admit_somebody_and_the_log_holds_to_that(thread: Thread) -> None:
    admin, officer, chief = boss(thread), thread.officer, thread.supervisor
    circle = name(admin, thread, officer)
    for outside in (admin, chief):
        with pytest.raises(NotPermitted), db.unit_of_work():
            named_circles.admit_to_named_circle(outside, circle, member_id=chief.member_id)
        with pytest.raises(NotPermitted), db.unit_of_work():
            agencies.admit_to_circle(outside, circle, member_id=chief.member_id)
        everybody = tuple(sorted([officer.member_id, outside.member_id]))
        state = directory.directory_of(thread.police.id).circles[circle.id]
        forged = {
            "circle_admitted": (circle.id, everybody),
            "circle_keyed": (circle.id, "cases", 2, bytes(32), everybody),
            "circle_renewed": (circle.id, 2, bytes(32), (officer.member_id,)),
            "circle_named": (circle.id, state.public, everybody),
        }
        for kind, payload in forged.items():
            keys = keyring_of(outside)
            with pytest.raises(NotVerified), db.unit_of_work():
                directory.append(keys, thread.police.id, at=clock.now(), kind=kind, payload=payload)
    with db.unit_of_work():
        inside = again(thread, officer)
        named_circles.admit_to_named_circle(inside, circle, member_id=chief.member_id)
    newcomer = again(thread, chief)
    assert keyring_of(newcomer).generations(circle.id) == [2, 1]
    assert members_of(circle) == {officer.member_id, chief.member_id}


def test_a_wrap_that_somebody_puts_into_the_table_makes_nobody_a_member(thread: Thread) -> None:
    circle = name(boss(thread), thread, thread.officer)
    with db.unit_of_work():
        db.begin_write()
        row = db.session().query(CircleWrapBody).filter_by(circle_id=circle.id).one()
        directory.store_wrap(circle.id, 1, thread.supervisor.member_id, row.body)
    assert not keyring_of(again(thread, thread.supervisor)).holds(circle.id)


def test_a_named_circle_is_refused_for_nobody_for_strangers_and_without_a_worker(
    thread: Thread,
) -> None:
    admin = boss(thread)
    for members in ([], [thread.nurse], [admin]):
        with pytest.raises(InvalidInput):
            name(admin, thread, *members)
    with pytest.raises(NotPermitted):
        name(thread.officer, thread, thread.officer)
    named = name(thread.supervisor, thread, thread.officer)
    assert named.id not in {r.circle_id for r in recipients(thread.nurse, on=clock.today())}
    other = name(admin, thread, thread.officer)
    assert named.name_vi != other.name_vi, "a code name stands for one circle"


@pytest.mark.promise("who-left-reads-nothing-new")
def test_a_removed_member_of_a_named_circle_has_no_key_of_what_follows(thread: Thread) -> None:
    from referral.accounts import service as accounts
    from referral.accounts.model import Member

    circle = name(boss(thread), thread, thread.officer, thread.supervisor)
    renew(again(thread, thread.officer))
    old = keyring_of(again(thread, thread.supervisor)).circle(circle.id)
    with db.unit_of_work():
        gone = db.session().get_one(Member, thread.supervisor.member_id)
        accounts.remove_member(boss(thread), gone)
    with pytest.raises(NotVerified):
        directory.key_of(circle.id)  # until one of those in it has made the next
    renew(thread.province.worker(thread.police, "police_officer"))
    fresh = directory.key_of(circle.id)
    assert (fresh.generation, old.generation) == (3, 2)
    assert fresh.public != old.exchange_public
    assert not keyring_of(boss(thread)).holds(circle.id)
