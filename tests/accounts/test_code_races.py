"""A code is good once, also when two take it up in the same instant, in processes of their own."""

import pytest

from referral.accounts import recovery
from referral.accounts.model import Member
from referral.accounts.signin import sign_in
from referral.kernel import db
from referral.kernel.errors import InvalidInput
from tests.accounts import code_race
from tests.accounts.code_race import TOLD, WON
from tests.accounts.station import Station
from tests.factories.installation import together
from tests.factories.province import PASSPHRASE

FIRST, SECOND = "mưa rơi trên mái hiên nhà", "gió qua rặng tre đầu làng"


def outcomes(station: Station, verb: str, codes: list[tuple[str, str]]) -> list[list[str]]:
    db.rollback()
    parts = [[verb, codes, passphrase] for passphrase in (FIRST, SECOND)]
    told = together(station.home.environment, code_race.take_up, parts)
    db.session().expire_all()
    return [sorted(pair) for pair in zip(*told, strict=True)]


@pytest.mark.promise("second-click-does-nothing")
def test_of_two_who_enrol_with_one_code_one_has_the_account(station: Station) -> None:
    codes = [(member.username, code) for member, code in (station.invited() for _ in range(3))]
    assert outcomes(station, "enrol", codes) == [[TOLD, WON]] * 3


@pytest.mark.promise("second-click-does-nothing")
def test_of_two_who_use_one_recovery_code_one_comes_back(station: Station) -> None:
    boss = station.administrator
    me = station.member(boss.member_id)
    with db.unit_of_work():
        code = recovery.make_kit(boss, me)
    with db.unit_of_work():
        recovery.confirm_kit(boss, db.session().get_one(Member, me.id), code=code)
    assert outcomes(station, "recover", [(me.username, code)]) == [[TOLD, WON]]
    assert sum(opens(me.username, passphrase) for passphrase in (FIRST, SECOND, PASSPHRASE)) == 1


def opens(username: str, passphrase: str) -> bool:
    try:
        return bool(sign_in(username, passphrase, ""))
    except InvalidInput:
        return False
