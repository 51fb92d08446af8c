"""A restore beside what else changes who holds keys: the second agency, named circles."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from referral.kernel.errors import NotVerified
from referral.vault.directory import AgencyDirectory, Hold, SignedStatement, reinstate, verify_log
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
    agency: Agency, *, everyone: bool = False, removed: frozenset[UUID] = frozenset()
) -> Callable[..., AgencyDirectory]:
    """How the log reads, and one more entry with it, after a restore at the present place."""
    hold = Hold(2, len(agency.log), agency.log[-1].digest, everyone, removed)

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
