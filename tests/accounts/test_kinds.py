"""A role is believed where the kind of agency has it, and the root's word says the kind."""

import pytest
from sqlalchemy import update

from referral.accounts import service
from referral.accounts.queries import visible_members
from referral.accounts.roles import ROLES_OF_KIND, Role, fitting_roles, permissions_of, roles_of
from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_in
from referral.agencies import service as agencies
from referral.agencies.kinds import KEEPS_FIGURES, AgencyKind
from referral.agencies.model import Agency
from referral.agencies.states import CirclePurpose
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput
from referral.kernel.permissions import Permission
from referral.vault.directory import ADMINISTRATOR
from tests.accounts.station import Station
from tests.factories.province import PASSPHRASE

NOT_OF_KIND = ["An agency of this kind has no such role."]


def where(role: Role) -> set[AgencyKind]:
    return {kind for kind in AgencyKind if role in ROLES_OF_KIND[kind]}


def rewrite_kind(station: Station, kind: AgencyKind) -> None:
    """What a writer to the database does, behind the product's back."""
    db.rollback()
    db.begin_write()
    db.session().execute(update(Agency).where(Agency.id == station.police.id).values(kind=kind))
    db.commit()
    db.session().expire_all()


def signed_in(username: str) -> Actor:
    return actor_for(sign_in(username, PASSPHRASE, ""))


def test_every_kind_has_its_roles_and_every_role_its_kinds() -> None:
    assert set(ROLES_OF_KIND) == set(AgencyKind)
    assert all(where(role) for role in Role)
    assert where(Role(ADMINISTRATOR)) == where(Role.PRIVACY_OFFICER) == set(AgencyKind)
    assert roles_of("palace") == ()


def test_who_runs_counts_or_checks_has_a_place_of_their_own() -> None:
    assert where(Role.SYSTEM_ADMINISTRATOR) == {AgencyKind.OPERATOR}
    assert where(Role.STATISTICIAN) == where(Role.APPROVER) == KEEPS_FIGURES
    assert where(Role.LEAD_DEPARTMENT_OFFICER) == {AgencyKind.LEAD_DEPARTMENT}
    assert where(Role.AUDITOR) == {
        AgencyKind.OPERATOR,
        AgencyKind.LEAD_DEPARTMENT,
        AgencyKind.PROVINCIAL_COMMITTEE,
    }
    assert where(Role.COMMUNE_CHAIR) == {AgencyKind.COMMUNE_COMMITTEE}
    assert where(Role.HEALTH_WORKER) == {AgencyKind.HEALTH_FACILITY}
    police = {AgencyKind.COMMUNE_POLICE, AgencyKind.DISTRICT_POLICE, AgencyKind.PROVINCIAL_POLICE}
    assert where(Role.POLICE_OFFICER) == police


def test_where_figures_are_kept_or_the_system_is_run_nobody_works_on_cases() -> None:
    for kind in KEEPS_FIGURES | {AgencyKind.OPERATOR, AgencyKind.PROVINCIAL_COMMITTEE}:
        may = permissions_of("+".join(roles_of(kind)))
        assert not may & {Permission.CASE_READ, Permission.CASE_OPEN, Permission.SHELTER_READ}


@pytest.mark.parametrize(
    "role", sorted({str(role) for role in Role} - set(roles_of("commune_police")))
)
def test_a_role_that_the_kind_has_not_is_given_to_nobody(station: Station, role: str) -> None:
    before = len(visible_members(station.administrator))
    member = station.confirmed()
    for given in (role, f"police_officer+{role}"):
        with pytest.raises(InvalidInput) as invited:
            station.invited(given)
        with pytest.raises(InvalidInput) as changed, db.unit_of_work():
            service.change_roles(station.administrator, station.member(member.id), role=given)
        assert invited.value.fields == changed.value.fields == {"role": NOT_OF_KIND}
    assert len(visible_members(station.administrator)) == before + 1


def test_the_operator_s_people_may_check_and_run_the_system(station: Station) -> None:
    name = f"vanhanh{len(station.province.houses)}"
    operator = station.province.house(name, "operator", "system_administrator")
    runs = signed_in(operator.users["system_administrator"])
    assert {Permission.AGENCY_CREATE, Permission.AGENCY_READ} <= runs.permissions
    for number, role in enumerate(("system_administrator+auditor", "auditor+privacy_officer")):
        with db.unit_of_work():
            member, _ = service.invite_member(
                station.province.actor(operator.administrator),
                operator.agency,
                username=f"{name}.{number}",
                display_name="x",
                role=role,
            )
        assert member.role == role
    with pytest.raises(InvalidInput), db.unit_of_work():
        service.invite_member(
            station.province.actor(operator.administrator),
            operator.agency,
            username=f"{name}.officer",
            display_name="x",
            role="police_officer",
        )


@pytest.mark.parametrize("role", ["system_administrator", "statistician", "no_such_role"])
def test_a_role_written_into_the_log_gives_no_power_that_the_kind_has_not(
    station: Station, role: str
) -> None:
    alone, beside = station.written(role), station.written(f"{role}+police_officer")
    actor = signed_in(alone.username)
    assert (actor.role, actor.permissions) == ("", frozenset())
    actor = signed_in(beside.username)
    assert actor.role == "police_officer"
    assert actor.permissions == permissions_of("police_officer")


def test_a_kind_that_was_changed_in_the_row_gives_no_power(station: Station) -> None:
    member = station.written("system_administrator")
    try:
        rewrite_kind(station, AgencyKind.OPERATOR)
        assert signed_in(member.username).permissions == frozenset()
        assert station.officer.permissions == permissions_of("police_officer")
        with pytest.raises(InvalidInput):
            station.invited("system_administrator")
        rewrite_kind(station, AgencyKind.LEAD_DEPARTMENT)
        with pytest.raises(InvalidInput) as error, db.unit_of_work():
            agencies.make_circle(
                station.administrator,
                station.agency(),
                purpose=CirclePurpose.STATISTICS,
                name_vi="x",
                name_en="x",
            )
        assert set(error.value.fields) == {"purpose"}
    finally:
        rewrite_kind(station, AgencyKind.COMMUNE_POLICE)


def test_roles_are_kept_in_the_order_in_which_they_were_given() -> None:
    given = "supervisor+auditor+police_officer"
    assert fitting_roles(given, "commune_police") == "supervisor+police_officer"
    assert fitting_roles("", "commune_police") == fitting_roles(given, "palace") == ""
