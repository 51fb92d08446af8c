"""An installation begins: root key, operator, its administrator, and who creates the agencies."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import pyotp
import pytest

from referral.accounts import service as accounts
from referral.accounts.founding import waiting_founder
from referral.accounts.model import Member
from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_in
from referral.agencies import service as agencies
from referral.agencies.queries import agency as agency_row
from referral.agencies.states import AgencyState
from referral.cases import service as cases
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, NotPermitted
from tests.factories.installation import tidy
from tests.factories.province import PASSPHRASE, ROOT_PASSPHRASE

OPERATOR = (
    *("--name-vi", "Trung tâm vận hành", "--name-en", "Operating centre", "--unit", "46"),
    *("--username", "dau.tien", "--display-name", "Người Đầu Tiên"),
)


@pytest.fixture
def run(make_app: Any) -> Iterator[Any]:
    """`flask directory …` on an installation that has tables and nothing in them."""
    app = make_app()
    runner = app.test_cli_runner()

    def command(*arguments: str) -> Any:
        return runner.invoke(args=["directory", *arguments])

    with app.app_context(), tidy():
        yield command


def enrolled(username: str, code: str) -> str:
    """Take up an invitation; gives the secret of the second factor."""
    with db.unit_of_work():
        _, factor = accounts.enrol(username, code, PASSPHRASE)
    return factor


def entered(username: str, factor: str) -> Actor:
    return actor_for(sign_in(username, PASSPHRASE, pyotp.TOTP(factor).now()))


@pytest.mark.promise("a-new-agency-needs-the-root")
def test_an_installation_begins_with_its_root_and_operator(run: Any) -> None:
    early = run("init-operator", *OPERATOR)
    assert early.exit_code == 1
    assert "init-root" in early.output
    assert run("init-root", "--passphrase", ROOT_PASSPHRASE).exit_code == 0

    said = run("init-operator", *OPERATOR)
    assert said.exit_code == 0, said.output
    again = run("init-operator", *OPERATOR)
    assert (again.exit_code, "already" in again.output) == (1, True)
    agency_id = UUID(re.search(r"Listed: (\S+)", said.output)[1])
    code = re.search(r"days: (\S+)", said.output)[1]
    factor = enrolled("dau.tien", code)

    founder_id, digits = waiting_founder(agency_id)
    db.rollback()
    signed = ("--kind", "operator", "--passphrase", ROOT_PASSPHRASE, "--fingerprint")
    wrong = run("countersign", str(agency_id), *signed, digits[::-1])
    assert wrong.exit_code == 1
    assert agency_row(agency_id).state != AgencyState.LIVE
    db.rollback()
    assert run("countersign", str(agency_id), *signed, digits).exit_code == 0
    db.session().expire_all()
    assert agency_row(agency_id).state == AgencyState.LIVE
    assert db.session().get_one(Member, founder_id).state == "active"

    _system_administrator_creates_agencies(agency_id, entered("dau.tien", factor))


def _system_administrator_creates_agencies(agency_id: UUID, founder: Actor) -> None:
    with db.unit_of_work():
        member, code = accounts.invite_member(
            founder,
            agency_row(agency_id),
            username="he.thong",
            display_name="Quản trị hệ thống",
            role="system_administrator",
        )
    factor = enrolled("he.thong", code)
    with db.unit_of_work():
        accounts.confirm_member(founder, member, fingerprint_read=accounts.fingerprint_of(member))
    boss = entered("he.thong", factor)
    with db.unit_of_work():
        listed = agencies.create_agency(
            boss,
            None,
            kind="health_facility",
            name_vi="Trạm Y tế",
            name_en="Health station",
            unit_code="46",
            unit_valid_from=date(2025, 1, 1),
            valid_from=clock.today(),
        )
    assert listed.state == AgencyState.LISTED
    with pytest.raises(NotPermitted):
        cases.list_cases(boss, None)


@pytest.mark.parametrize("unit", ["", "99999"])
def test_an_operator_sits_in_a_unit_that_exists(run: Any, unit: str) -> None:
    run("init-root", "--passphrase", ROOT_PASSPHRASE)
    answer = run("init-operator", *OPERATOR, "--unit", unit)
    assert (answer.exit_code, "no unit" in answer.output) == (1, True)
    with pytest.raises(InvalidInput):
        sign_in("dau.tien", PASSPHRASE, "")
