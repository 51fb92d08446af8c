"""Who left opens nothing that is written later, and who stays reads on."""

import json

import pytest
from sqlalchemy import func, select

from referral.accounts import service as accounts
from referral.accounts.model import Invitation, Member, MemberBody
from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_in
from referral.agencies import directory
from referral.agencies.model import CircleWrapBody
from referral.cases.model import CaseFile
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, NotPermitted, SignInRequired, StateConflict
from tests.cases.district import District, read, write
from tests.factories.fixtures import Thread
from tests.factories.province import PASSPHRASE, case_of, consent_of
from tests.security.attacker import Attacker, snapshot

EARLIER, LATER = "canary-earlier-5b1c", "canary-later-9e7d"  # ASCII: a thief sees escapes
INCIDENT = {"forms": ["physical"], "unit": "20050"}


def member_of(actor: Actor) -> Member:
    return db.session().get_one(Member, actor.member_id)


def remove(thread: Thread, leaver: Actor) -> None:
    house = next(h for h in thread.province.houses.values() if h.id == leaver.agency_id)
    with db.unit_of_work():
        accounts.remove_member(thread.province.actor(house.administrator), member_of(leaver))


def shared_case(thread: Thread) -> CaseFile:
    """A case whose incident the hospital was given and has accepted."""
    sections = {
        "identity": {"spoken_name": "Mây", "age_band": "25_39", "sex": "female"},
        "incident": INCIDENT | {"account": EARLIER},
        "needs": {"needs": ["health_care"]},
    }
    case = case_of(thread.officer, **sections)
    district = District(
        None,  # type: ignore[arg-type]  # only the tests of a whole module have one
        thread.province,
        thread.police,
        thread.hospital,
        thread.clinic,
        thread.social,
    )
    consent_of(thread.officer, case, agency_id=thread.hospital.id, kinds=["incident", "needs"])
    district.accept(thread.nurse, district.send(case, thread.hospital, ["incident", "needs"]))
    return case


def told(thief: Attacker, words: str) -> bool:
    return any(words in raw.decode(errors="ignore") for raw in thief.texts.values())


@pytest.mark.promise("who-left-reads-nothing-new")
@pytest.mark.parametrize("leaver", ["nurse", "supervisor"])
def test_who_left_opens_nothing_written_later_with_old_keys_and_an_old_copy(
    thread: Thread, leaver: str
) -> None:
    case = shared_case(thread)
    gone: Actor = getattr(thread, leaver)
    old = Attacker.of(gone, snapshot())
    old.run()
    assert told(old, EARLIER)
    remove(thread, gone)
    write(thread.officer, case.id, "incident", INCIDENT | {"account": LATER}, 1)

    hoarder = Attacker.of(gone, snapshot())
    hoarder.secrets |= old.secrets
    hoarder.section_keys |= old.section_keys
    hoarder.run()
    assert told(hoarder, EARLIER), "what was read stays known"
    assert not told(hoarder, LATER)
    stays = Attacker.of(thread.officer, snapshot())
    stays.run()
    assert told(stays, LATER)


@pytest.mark.promise("who-left-reads-nothing-new")
def test_who_left_neither_signs_in_nor_goes_on(thread: Thread) -> None:
    token = thread.province.token("yte.health_worker")
    assert actor_for(token).permissions
    gone = thread.nurse
    remove(thread, gone)
    with pytest.raises(SignInRequired):
        actor_for(token)
    with pytest.raises(InvalidInput):
        sign_in("yte.health_worker", PASSPHRASE, "")
    for table in (CircleWrapBody, MemberBody, Invitation):
        left = select(func.count()).select_from(table).where(table.member_id == gone.member_id)
        assert db.session().scalar(left) == 0


def test_who_stays_and_who_comes_later_read_on(thread: Thread) -> None:
    case = shared_case(thread)
    remove(thread, thread.nurse)
    thread.province.member(thread.hospital, "health_worker", "yte.new")
    newcomer = thread.province.actor("yte.new")
    write(thread.officer, case.id, "needs", {"needs": ["health_care", "shelter"]}, 1)
    for actor in (newcomer, thread.officer):
        found = {s.kind: s for s in read(actor, case.id)}
        assert found["incident"].answers["account"] == EARLIER
        assert found["needs"].revision == 2
        assert "shelter" in json.dumps(found["needs"].answers)
    circle = directory.directory_of(thread.hospital.id).circles[thread.hospital.circle_id()]
    assert circle.generation == 2
    assert newcomer.member_id in circle.member_ids


def test_nobody_removes_themselves_or_somebody_twice_or_of_another_agency(thread: Thread) -> None:
    boss = thread.province.actor(thread.hospital.administrator)
    with pytest.raises(StateConflict), db.unit_of_work():
        accounts.remove_member(boss, member_of(boss))
    with pytest.raises(NotPermitted), db.unit_of_work():
        accounts.remove_member(boss, member_of(thread.officer))
    with pytest.raises(NotPermitted), db.unit_of_work():
        accounts.remove_member(thread.officer, member_of(thread.supervisor))
    gone = thread.nurse
    remove(thread, gone)
    with pytest.raises(StateConflict):
        remove(thread, gone)


def test_an_invitation_that_was_taken_back_is_no_longer_good(thread: Thread) -> None:
    boss = thread.province.actor(thread.hospital.administrator)
    with db.unit_of_work():
        invited, code = accounts.invite_member(
            boss,
            thread.hospital.agency,
            username="yte.late",
            display_name="Người Đến Sau",
            role="health_worker",
        )
    with db.unit_of_work():
        accounts.remove_member(boss, invited)
    with pytest.raises(InvalidInput), db.unit_of_work():
        accounts.enrol("yte.late", code, PASSPHRASE)
