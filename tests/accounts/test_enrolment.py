"""Who joins an agency does so by a code of their own, keys of their own and a colleague's word."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from referral.accounts import service
from referral.accounts.founding import init_root, open_root_file
from referral.accounts.model import Invitation, Member, MemberBody
from referral.accounts.queries import visible_member, visible_members
from referral.accounts.roles import ROLES, Role, permissions_of
from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_in
from referral.accounts.states import MemberState
from referral.agencies import directory
from referral.agencies import service as agencies
from referral.agencies.model import Circle, CircleWrapBody
from referral.audit.model import AuditEntry
from referral.cases import queries as case_queries
from referral.cases import service as cases
from referral.cases.model import CaseFile
from referral.kernel import db
from referral.kernel.errors import (
    InvalidInput,
    KeysMissing,
    NotFound,
    NotPermitted,
    NotVerified,
    StateConflict,
    Unreadable,
)
from referral.kernel.instance import ROOT_SEALED, instance
from referral.kernel.permissions import Permission
from referral.vault.directory import KEYLESS_ROLES
from referral.vault.keys import MemberKeys, keyring_of
from tests.accounts.station import Station
from tests.factories.installation import hours_pass
from tests.factories.province import PASSPHRASE, ROOT_PASSPHRASE, case_of


def refused_code(username: str, code: str) -> None:
    with pytest.raises(InvalidInput) as error, db.unit_of_work():
        service.enrol(username, code, PASSPHRASE)
    assert set(error.value.fields) == {"code"}


def test_a_code_makes_keys_once(station: Station) -> None:
    member, code = station.invited()
    with db.unit_of_work():
        service.enrol(member.username, code, PASSPHRASE)
    first = station.member(member.id).exchange_public
    refused_code(member.username, code)
    assert station.member(member.id).exchange_public == first
    assert station.member(member.id).state == MemberState.ENROLLED


def test_a_code_may_be_typed_in_small_letters_and_without_its_dashes(station: Station) -> None:
    member, code = station.invited()
    with db.unit_of_work():
        service.enrol(f" {member.username.upper()} ", code.lower().replace("-", " "), PASSPHRASE)
    assert station.member(member.id).state == MemberState.ENROLLED


def test_a_code_is_good_for_a_week_and_for_nobody_else(station: Station) -> None:
    (mine, code), (other, theirs) = station.invited(), station.invited()
    refused_code(mine.username, theirs)
    refused_code("khong.co.ai", code)
    hours_pass(7 * 24 - 1)
    with db.unit_of_work():
        service.enrol(other.username, theirs, PASSPHRASE)
    hours_pass(2)
    refused_code(mine.username, code)
    assert station.member(mine.id).state == MemberState.INVITED


def test_a_code_stands_in_no_table(station: Station) -> None:
    member, code = station.invited()
    row = db.session().scalars(select(Invitation).where(Invitation.member_id == member.id)).one()
    assert code.replace("-", "").encode() not in row.code_digest + row.salt


@pytest.mark.parametrize("weak", ["ngắn quá", "aaaaaaaaaaaaaaaa", "password1234", "Việt Nam 123"])
def test_a_weak_passphrase_is_refused_and_changes_nothing(station: Station, weak: str) -> None:
    member, code = station.invited()
    with pytest.raises(InvalidInput) as error, db.unit_of_work():
        service.enrol(member.username, code, weak)
    assert set(error.value.fields) == {"passphrase"}
    assert db.session().get(MemberBody, member.id) is None
    with db.unit_of_work():
        service.enrol(member.username, code, PASSPHRASE)


@pytest.mark.parametrize(
    ("role", "is_taken"),
    [
        ("police_officer+supervisor", True),
        ("police_officer+duty_officer", True),
        ("police_officer+auditor", False),
        ("system_administrator+agency_administrator", False),
        ("supervisor+system_administrator", False),
        ("witch_doctor", False),
        ("police_officer+", False),
        ("", False),
    ],
)
def test_who_runs_or_checks_the_system_holds_no_keys_beside(
    station: Station, role: str, is_taken: bool
) -> None:
    before = len(visible_members(station.administrator))
    if is_taken:
        member, _ = station.invited(role)
        parts = [ROLES[Role(name)] for name in role.split("+")]
        assert permissions_of(role) == frozenset().union(*parts)
        with pytest.raises(InvalidInput), db.unit_of_work():
            service.change_roles(station.administrator, member, role=role + "+nobody")
    else:
        with pytest.raises(InvalidInput) as error:
            station.invited(role)
        assert set(error.value.fields) == {"role"}
    assert len(visible_members(station.administrator)) == before + is_taken


def test_a_name_that_is_taken_is_refused_whoever_has_it(station: Station) -> None:
    with pytest.raises(InvalidInput) as error, db.unit_of_work():
        service.invite_member(
            station.administrator,
            station.agency(),
            username=f" {station.hospital.administrator.upper()} ",
            display_name="Trùng tên",
            role="police_officer",
        )
    assert set(error.value.fields) == {"username"}


def test_only_an_agency_s_own_administrator_invites_and_confirms(station: Station) -> None:
    member = station.enrolled()
    for actor in (station.stranger, station.officer):
        with pytest.raises(NotPermitted), db.unit_of_work():
            service.invite_member(
                actor, station.agency(), username="x.y", display_name="x", role="supervisor"
            )
        with pytest.raises(NotPermitted), db.unit_of_work():
            service.confirm_member(actor, member, fingerprint_read=service.fingerprint_of(member))
        with pytest.raises(NotPermitted), db.unit_of_work():
            service.change_roles(actor, member, role="supervisor")
    assert station.member(member.id).state == MemberState.ENROLLED
    with pytest.raises(NotFound):
        visible_member(station.stranger, member.id)


def test_a_fingerprint_that_differs_confirms_nobody_and_is_on_record(station: Station) -> None:
    member = station.enrolled()
    right = service.fingerprint_of(member)
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    with pytest.raises(NotPermitted), db.unit_of_work():
        service.confirm_member(station.administrator, member, fingerprint_read=wrong)
    assert station.member(member.id).state == MemberState.ENROLLED
    with pytest.raises(NotVerified):
        directory.directory_of(station.police.id).member(member.id)
    query = select(func.count()).where(
        AuditEntry.object_id == member.id, AuditEntry.outcome == "refused"
    )
    assert db.session().scalar(query) == 1
    db.rollback()
    with db.unit_of_work():
        service.confirm_member(
            station.administrator,
            station.member(member.id),
            fingerprint_read=right.replace(" ", "  "),
        )
    assert directory.directory_of(station.police.id).member(member.id).role == "police_officer"


def test_keys_exchanged_before_the_confirmation_show_in_the_fingerprint(station: Station) -> None:
    member = station.enrolled()
    told_by_phone = service.fingerprint_of(member)
    db.begin_write()
    row = db.session().get_one(Member, member.id)
    row.exchange_public = MemberKeys.generate().exchange_public
    db.commit()
    with pytest.raises(NotPermitted), db.unit_of_work():
        service.confirm_member(
            station.administrator, station.member(member.id), fingerprint_read=told_by_phone
        )


def circle(station: Station) -> Circle:
    db.rollback()
    return db.session().get_one(Circle, station.police.circle_id())


@pytest.mark.promise("keys-belong-to-people")
@pytest.mark.parametrize("role", sorted(KEYLESS_ROLES))
def test_a_role_without_keys_is_never_given_a_circle_s_secret(station: Station, role: str) -> None:
    case = case_of(station.officer)
    member = station.written(role)
    with pytest.raises(NotPermitted), db.unit_of_work():
        agencies.admit_to_circle(station.administrator, circle(station), member_id=member.id)
    wraps = select(func.count()).where(CircleWrapBody.member_id == member.id)
    assert db.session().scalar(wraps) == 0
    actor = actor_for(sign_in(member.username, PASSPHRASE, ""))
    assert keyring_of(actor).circle_ids == frozenset()
    assert case_queries.visible_cases(actor).rows == []
    with pytest.raises(NotFound):
        case_queries.visible_case(actor, case.id)
    all_powerful = replace(actor, permissions=frozenset(Permission))
    row = db.session().get_one(CaseFile, case.id)
    with pytest.raises(NotPermitted), db.unit_of_work():
        cases.read_case(all_powerful, row)
    with pytest.raises(KeysMissing), db.unit_of_work():
        cases.open_case(all_powerful, None, sections={"needs": {}})


def test_a_role_with_keys_is_admitted_and_reads(station: Station) -> None:
    case = case_of(station.officer)
    member = station.confirmed("supervisor")
    with db.unit_of_work():
        agencies.admit_to_circle(station.administrator, circle(station), member_id=member.id)
    actor = actor_for(sign_in(member.username, PASSPHRASE, ""))
    with db.unit_of_work():
        seen = cases.read_case(actor, case_queries.visible_case(actor, case.id))
    assert {section.status for section in seen.sections} == {"open"}


@pytest.mark.promise("keys-belong-to-people")
def test_who_has_a_circle_s_secret_has_it_no_more_with_roles_without_keys(
    station: Station,
) -> None:
    member = station.confirmed("supervisor")
    with db.unit_of_work():
        agencies.admit_to_circle(station.administrator, circle(station), member_id=member.id)
    for role, is_inside in (("supervisor+duty_officer", True), ("duty_officer", False)):
        with db.unit_of_work():
            service.change_roles(station.administrator, station.member(member.id), role=role)
        log = directory.directory_of(station.police.id)
        state = log.circles[station.police.circle_id()]
        assert log.member(member.id).role == station.member(member.id).role == role
        assert (member.id in state.member_ids) == is_inside
        actor = actor_for(sign_in(member.username, PASSPHRASE, ""))
        assert keyring_of(actor).holds(station.police.circle_id()) == is_inside


def test_the_root_is_made_once_and_opens_by_its_passphrase_alone(station: Station) -> None:
    with pytest.raises(StateConflict):
        init_root("một câu khác hẳn, dài hơn", is_demo=True)
    sealed = instance.read(ROOT_SEALED)
    assert sealed is not None
    assert open_root_file(sealed, ROOT_PASSPHRASE).public == station.province.root.public
    for wrong in (PASSPHRASE, ROOT_PASSPHRASE.upper()):
        with pytest.raises(Unreadable):
            open_root_file(sealed, wrong)
