"""A restore beside what else changes who holds keys: the second agency, named circles."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from referral.kernel.errors import NotVerified
from referral.vault.boxes import new_circle_secret
from referral.vault.directory import (
    AgencyDirectory,
    Hold,
    SignedStatement,
    reinstate,
    verify_log,
    write_entry,
)
from referral.vault.keys import MemberKeys
from referral.vault.root import new_root
from tests.vault.province import START, Agency, Person, renewed
from tests.vault.test_directory_renewal import DAY, named, signed


@pytest.fixture
def agency() -> Agency:
    made = Agency("hospital", uuid4(), new_root())
    made.found()
    made.add("nurse", "health_worker")
    made.add("doctor", "supervisor")
    made.add("second", "agency_administrator")
    return made


@pytest.fixture
def helper() -> Person:
    return Agency("social", uuid4(), new_root()).person("helper", "agency_administrator")


def read_with(
    agency: Agency,
    *,
    everyone: bool = False,
    removed: frozenset[UUID] = frozenset(),
    **more: frozenset[UUID],
) -> Callable[..., AgencyDirectory]:
    """How the log reads, and one more entry with it, after a restore at the present place."""
    hold = Hold(2, len(agency.log), agency.log[-1].digest, everyone, removed, **more)

    def read(*more: SignedStatement) -> AgencyDirectory:
        log = [*agency.log, *more]
        return verify_log(agency.root.public, agency.deployment, agency.agency_id, log, [hold])

    return read


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_who_helps_from_the_second_agency_waits_after_a_gap_as_members_do(
    agency: Agency, helper: Person
) -> None:
    """Whether the helper is one still, or somebody else was named, nobody knows any more."""
    boss, nurse = agency.people["admin"], agency.people["nurse"]
    agency.log.append(signed(agency, boss, "second_named", named(helper)))
    begun = ("renewal_begun", (boss.member_id,))
    for read in (
        read_with(agency, everyone=True),
        read_with(agency, removed=frozenset({helper.member_id})),
    ):
        with pytest.raises(NotVerified, match="waits"):
            read(signed(agency, helper, *begun))
    assert read_with(agency, removed=frozenset({nurse.member_id}))(signed(agency, helper, *begun))
    read = read_with(agency, everyone=True)
    agency.log.append(reinstate(agency.root.signing, read(), at=START, member_id=boss.member_id))
    agency.log.append(signed(agency, boss, "second_named", named(helper)))
    other = agency.people["second"]
    agency.log.append(signed(agency, helper, "renewal_begun", (other.member_id,)))
    fresh = replace(other, keys=MemberKeys.generate())
    agency.log.append(signed(agency, helper, "member_renewed", renewed(fresh), after=DAY))
    assert read().member(other.member_id).signing_public == fresh.keys.signing_public


def said(agency: Agency, log: AgencyDirectory, by: str, kind: str, payload: tuple) -> None:
    """Written into the log as somebody reads it who knows of the restore."""
    ring = replace(agency.people[by].ring, deployment=agency.deployment)
    agency.log.append(write_entry(ring, log, at=START, kind=kind, payload=payload))


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_who_was_taken_out_is_out_of_the_working_circle_until_taken_in_by_a_later_entry(
    agency: Agency,
) -> None:
    nurse, doctor = (agency.people[name].member_id for name in ("nurse", "doctor"))
    secret = agency.key_circle("H1", ("nurse", "doctor"))
    agency.key_circle("H2", ("doctor",))
    here, there = secret.circle_id, agency.circles["H2"].circle_id
    before = agency.directory
    read = read_with(agency, parted=frozenset({nurse}))
    log = read()
    assert log.is_held(nurse, seq=log.head_seq, epoch=2), "the keys may be in wrong hands"
    assert log.staying(here) == {doctor}
    with pytest.raises(NotVerified, match="another key"):
        log.circle_key(here)
    assert log.circle_key(there).generation == 1
    assert before.staying(here) == {nurse, doctor}, "control: the log alone names both"

    fresh = new_circle_secret(here, 2)
    public = (fresh.generation, fresh.exchange_public)
    said(agency, log, "admin", "circle_keyed", (here, "cases", *public, (doctor,)))
    assert read().circle_key(here).generation == 2
    both = tuple(sorted((nurse, doctor)))
    said(agency, read(), "admin", "circle_keyed", (here, "cases", *public, both))
    assert read().staying(here) == {nurse, doctor}
    assert read().circle_key(here).generation == 2


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_those_who_stay_in_a_named_circle_renew_it_without_who_was_taken_out(
    agency: Agency,
) -> None:
    nurse, doctor = (agency.people[name].member_id for name in ("nurse", "doctor"))
    secret = new_circle_secret(uuid4())
    both = tuple(sorted((nurse, doctor)))
    named_for = (secret.circle_id, secret.exchange_public, both)
    agency.log.append(agency.say("circle_named", named_for, by="doctor"))
    for read in (
        read_with(agency, parted=frozenset({nurse})),
        read_with(agency, removed=frozenset({nurse})),
    ):
        log = read()
        assert log.needs_renewal(secret.circle_id)
        fresh = new_circle_secret(secret.circle_id, 2)
        entry = (secret.circle_id, 2, fresh.exchange_public)
        agency.log.append(agency.say("circle_renewed", (*entry, both), by="doctor"))
        with pytest.raises(NotVerified, match="leaves out only who has left"):
            read()
        agency.log.pop()
        said(agency, log, "doctor", "circle_renewed", (*entry, (doctor,)))
        assert read().circle_key(secret.circle_id).generation == 2
        agency.log.pop()


def test_a_key_that_had_been_changed_takes_nothing_until_it_is_changed_again(
    agency: Agency,
) -> None:
    secret = agency.key_circle("H1", ("nurse", "doctor"))
    read = read_with(agency, rekeyed=frozenset({secret.circle_id}))
    with pytest.raises(NotVerified, match="another key"):
        read().circle_key(secret.circle_id)
    assert read().staying(secret.circle_id) == agency.directory.staying(secret.circle_id)
    agency.key_circle("H1", ("nurse", "doctor"))
    assert read().circle_key(secret.circle_id).generation == 2
