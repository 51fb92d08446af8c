"""New keys for a member: begun first, waited for, by whom the log allows; restarts and kits."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from referral.kernel.errors import NotVerified
from referral.vault.boxes import new_circle_secret
from referral.vault.directory import (
    RENEWAL_DELAY,
    SignedStatement,
    restart_agency,
    verify_log,
    write_entry,
)
from referral.vault.keys import MemberKeys
from referral.vault.root import new_root
from tests.vault.province import START, Agency, Person, member_payload, renewed

DAY = RENEWAL_DELAY
MINUTE = timedelta(minutes=1)


@pytest.fixture
def agency() -> Agency:
    made = Agency("hospital", uuid4(), new_root())
    made.found()
    made.add("nurse", "health_worker")
    made.key_circle("H1", ("nurse", "admin"))
    return made


@pytest.fixture
def helper() -> Person:
    other = Agency("social", uuid4(), new_root())
    return other.person("helper", "agency_administrator")


def signed(agency: Agency, author: Person, kind: str, payload: tuple, *, after=timedelta(0)):
    ring = replace(author.ring, deployment=agency.deployment)
    return write_entry(ring, agency.directory, at=START + after, kind=kind, payload=payload)


def holds(agency: Agency, entry: SignedStatement) -> bool:
    try:
        verify_log(agency.root.public, agency.deployment, agency.agency_id, [*agency.log, entry])
    except NotVerified:
        return False
    return True


def named(helper: Person, agency_id=None) -> tuple:
    return (agency_id or uuid4(), ((helper.member_id, helper.keys.signing_public),))


@pytest.mark.promise("lost-passphrase-no-back-door")
def test_one_administrator_alone_waits_a_day_and_two_do_not(agency: Agency) -> None:
    nurse = agency.people["nurse"]
    fresh = replace(nurse, keys=MemberKeys.generate())
    boss = agency.people["admin"]
    assert not holds(agency, signed(agency, boss, "member_renewed", renewed(fresh), after=9 * DAY))
    assert not holds(agency, signed(agency, boss, "member_added", member_payload(fresh)))
    agency.log.append(signed(agency, boss, "renewal_begun", (nurse.member_id,)))
    early = signed(agency, boss, "member_renewed", renewed(fresh), after=DAY - MINUTE)
    assert not holds(agency, early)
    assert holds(agency, signed(agency, boss, "member_renewed", renewed(fresh), after=DAY))
    agency.add("second", "agency_administrator")
    agency.log.append(signed(agency, boss, "member_renewed", renewed(fresh), after=MINUTE))
    again = signed(agency, boss, "member_renewed", renewed(nurse), after=9 * DAY)
    assert not holds(agency, again), "one beginning, one renewal"


def test_nobody_renews_their_own_keys_or_those_of_a_stranger(agency: Agency) -> None:
    boss = agency.people["admin"]
    assert not holds(agency, signed(agency, boss, "renewal_begun", (boss.member_id,)))
    assert not holds(agency, signed(agency, boss, "renewal_begun", (uuid4(),)))
    nurse = agency.people["nurse"]
    assert not holds(agency, signed(agency, nurse, "renewal_begun", (boss.member_id,)))


@pytest.mark.promise("lost-passphrase-no-back-door")
def test_a_second_agency_helps_only_once_it_was_named_and_only_so_far(
    agency: Agency, helper: Person
) -> None:
    boss, nurse = agency.people["admin"], agency.people["nurse"]
    begun = ("renewal_begun", (boss.member_id,))
    assert not holds(agency, signed(agency, helper, *begun))
    assert not holds(agency, signed(agency, nurse, "second_named", named(helper)))
    assert not holds(agency, signed(agency, helper, "second_named", named(helper)))
    for wrong in (
        named(helper, agency.agency_id),
        (uuid4(), ()),
        (uuid4(), ((nurse.member_id, nurse.keys.signing_public),)),
        (uuid4(), ((helper.member_id, b"short"),)),
    ):
        assert not holds(agency, signed(agency, boss, "second_named", wrong))
    agency.log.append(signed(agency, boss, "second_named", named(helper)))
    friend = agency.person("friend", "agency_administrator")
    for kind, payload in (
        ("member_added", member_payload(friend)),
        ("member_removed", (nurse.member_id,)),
        ("second_named", named(friend)),
        ("kit_confirmed", (helper.member_id, b"d" * 32)),
    ):
        assert not holds(agency, signed(agency, helper, kind, payload))
    thief = replace(helper, keys=MemberKeys.generate())
    thief.ring = replace(helper.ring, _member=thief.keys)
    assert not holds(agency, signed(agency, thief, *begun))
    agency.log.append(signed(agency, helper, *begun))
    fresh = replace(boss, keys=MemberKeys.generate())
    early = signed(agency, helper, "member_renewed", renewed(fresh), after=DAY - MINUTE)
    assert not holds(agency, early)
    agency.log.append(signed(agency, helper, "member_renewed", renewed(fresh), after=DAY))
    assert agency.directory.member(boss.member_id).role == "agency_administrator"
    assert not holds(agency, signed(agency, boss, "second_named", (None, ())))
    boss.ring = replace(boss.ring, _member=fresh.keys)
    agency.log.append(signed(agency, boss, "second_named", (None, ())))
    assert agency.directory.second is None
    assert not holds(agency, signed(agency, helper, *begun))


@pytest.mark.promise("a-new-agency-needs-the-root")
def test_only_the_root_restarts_an_agency_whose_administrators_are_lost(agency: Agency) -> None:
    heir = agency.person("heir", "agency_administrator")

    def restart(root) -> SignedStatement:
        return restart_agency(
            root.signing,
            agency.directory,
            at=START,
            member_id=heir.member_id,
            exchange_public=heir.keys.exchange_public,
            signing_public=heir.keys.signing_public,
        )

    assert not holds(agency, restart(new_root()))
    boss = agency.people["admin"]
    said = signed(agency, boss, "restarted", renewed(heir))
    assert not holds(agency, said)
    agency.log.append(restart(agency.root))
    directory = agency.directory
    assert [m.member_id for m in directory.administrators()] == [heir.member_id]
    assert directory.member(agency.people["nurse"].member_id).role == "health_worker"
    with pytest.raises(NotVerified):
        directory.circle_key(agency.circles["H1"].circle_id)
    assert not holds(agency, signed(agency, boss, "member_removed", (heir.member_id,)))
    agency.people["admin"] = heir
    agency.key_circle("H1", ("nurse", "admin"))
    assert agency.directory.circle_key(agency.circles["H1"].circle_id).generation == 2


def test_a_kit_is_its_owners_and_dies_with_the_keys_it_opens(agency: Agency) -> None:
    boss, nurse = agency.people["admin"], agency.people["nurse"]
    kit = (boss.member_id, b"d" * 32)
    assert not holds(agency, signed(agency, nurse, "kit_confirmed", (nurse.member_id, b"d" * 32)))
    assert not holds(agency, signed(agency, boss, "kit_confirmed", (nurse.member_id, b"d" * 32)))
    assert not holds(agency, signed(agency, boss, "kit_spent", (boss.member_id,)))
    agency.log.append(signed(agency, boss, "kit_confirmed", kit))
    assert agency.directory.kits == {boss.member_id: b"d" * 32}
    agency.log.append(signed(agency, boss, "kit_spent", (boss.member_id,)))
    assert agency.directory.kits == {}
    agency.log.append(signed(agency, boss, "kit_confirmed", kit))
    agency.add("second", "agency_administrator")
    by = agency.people["second"]
    agency.log.append(signed(agency, by, "renewal_begun", (boss.member_id,)))
    fresh = replace(boss, keys=MemberKeys.generate())
    agency.log.append(signed(agency, by, "member_renewed", renewed(fresh)))
    assert agency.directory.kits == {}


@pytest.mark.promise("conflict-of-interest-left-out")
def test_a_named_circle_gets_a_new_key_when_one_in_it_comes_back_with_new_keys(
    agency: Agency,
) -> None:
    """The old keys may be in wrong hands, and no administrator renews such a circle."""
    boss, nurse = agency.people["admin"], agency.people["nurse"]
    doctor = agency.add("doctor", "supervisor")
    both = tuple(sorted((nurse.member_id, doctor.member_id)))
    first = new_circle_secret(uuid4())
    named_for = (first.circle_id, first.exchange_public, both)
    agency.log.append(signed(agency, doctor, "circle_named", named_for))
    assert not agency.directory.needs_renewal(first.circle_id)
    agency.log.append(signed(agency, boss, "renewal_begun", (nurse.member_id,)))
    fresh = replace(nurse, keys=MemberKeys.generate())
    agency.log.append(signed(agency, boss, "member_renewed", renewed(fresh), after=DAY))
    assert agency.directory.needs_renewal(first.circle_id)
    with pytest.raises(NotVerified):
        agency.directory.circle_key(first.circle_id)
    with pytest.raises(NotVerified):
        agency.directory.handed_key(first.circle_id)
    second = new_circle_secret(first.circle_id, 2)
    payload = (first.circle_id, 2, second.exchange_public, both)
    agency.log.append(signed(agency, doctor, "circle_renewed", payload))
    assert agency.directory.circle_key(first.circle_id).generation == 2
    assert agency.directory.handed_key(first.circle_id).generation == 2


def test_a_role_that_is_given_up_leaves_somebody_to_continue_the_log_and_takes_the_kit(
    agency: Agency,
) -> None:
    boss = agency.people["admin"]
    given_up = member_payload(boss, "health_worker")
    agency.log.append(signed(agency, boss, "kit_confirmed", (boss.member_id, b"d" * 32)))
    assert not holds(agency, signed(agency, boss, "member_added", given_up))
    second = agency.add("second", "agency_administrator")
    agency.log.append(signed(agency, boss, "member_added", given_up))
    assert agency.directory.kits == {}
    assert agency.directory.named_at(boss.member_id) == agency.directory.head_seq
    assert not holds(agency, signed(agency, boss, "member_added", member_payload(boss)))
    assert holds(agency, signed(agency, second, "member_added", member_payload(boss)))


def test_the_place_of_nobody_is_none(agency: Agency) -> None:
    nurse = agency.people["nurse"]
    assert agency.directory.named_at(nurse.member_id) == 2
    agency.log.append(signed(agency, agency.people["admin"], "member_removed", (nurse.member_id,)))
    assert agency.directory.named_at(nurse.member_id) == 0
    assert agency.directory.named_at(uuid4()) == 0
