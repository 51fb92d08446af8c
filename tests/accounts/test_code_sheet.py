"""A printed code is a second factor, once, beside the phone's."""

import pytest

from referral.accounts.model import Member
from referral.accounts.sessions import actor_for
from referral.accounts.signin import WRONG, sign_in
from referral.kernel import db
from referral.kernel.errors import InvalidInput
from tests.accounts import rivals
from tests.accounts.station import Station
from tests.accounts.test_proof import left_of, sheet_of
from tests.accounts.test_second_factor import code_of, forget_step
from tests.factories.installation import together
from tests.factories.province import PASSPHRASE

SETTINGS = {"SECOND_FACTOR": "1"}


@pytest.fixture
def member(station: Station) -> Member:
    made = station.confirmed()
    forget_step(made.id)
    db.rollback()
    return made


def refused(member: Member, code: str) -> None:
    with pytest.raises(InvalidInput) as error:
        sign_in(member.username, PASSPHRASE, code)
    assert error.value.fields == {"passphrase": [WRONG]}


@pytest.mark.promise("printed-code-is-good-once")
def test_each_code_signs_in_once_and_a_new_sheet_voids_the_old(
    station: Station, member: Member
) -> None:
    actor = actor_for(sign_in(member.username, PASSPHRASE, code_of(station, member)))
    first, second, third = sheet_of(actor)[:3]
    with_code = actor_for(sign_in(member.username, PASSPHRASE, first))
    assert with_code.permissions
    assert left_of(with_code) == 9
    refused(member, first)
    spoken = second.lower().replace("-", " ")
    assert sign_in(member.username, PASSPHRASE, spoken)
    assert left_of(actor) == 8
    newer = sheet_of(actor)
    refused(member, third)
    assert sign_in(member.username, PASSPHRASE, newer[0])


def test_a_sheet_is_its_member_s_alone(station: Station, member: Member) -> None:
    other = station.confirmed()
    forget_step(other.id)
    theirs = actor_for(sign_in(other.username, PASSPHRASE, code_of(station, other)))
    refused(member, sheet_of(theirs)[0])
    refused(member, "ABCDE-12345")


@pytest.mark.promise("printed-code-is-good-once")
def test_of_two_who_show_the_same_code_at_once_one_is_let_in(
    station: Station, member: Member
) -> None:
    actor = actor_for(sign_in(member.username, PASSPHRASE, code_of(station, member)))
    code = sheet_of(actor)[0]
    told = together(station.home.environment, rivals.enter, [(member.username, code)] * 2)
    assert sorted(told) == [rivals.WON, rivals.WRONG]
    assert left_of(actor) == 9
