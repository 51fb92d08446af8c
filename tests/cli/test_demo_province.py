"""The whole province's directory: who takes part, who works there, where people can stay."""

import re
from collections import Counter

import pytest

from referral.accounts.roles import Role, roles_of
from referral.agencies.geography import unit_at, units_on
from referral.agencies.kinds import AgencyKind
from referral.cli.demo.accounts import Account
from referral.cli.demo.agencies import DEMO_DAY, OPERATOR, cast_of, reporting_units
from referral.cli.demo.command import one_of_each_role
from referral.cli.demo.people import PLANNED_SAME, PLANNED_TONES, is_denied
from referral.kernel.folding import folded
from referral.shelters.kinds import Accepts

WHOLE = cast_of("standard")
DISTRICTS = ("474", "476", "477", "478", "479", "480", "481", "482", "483")


def district_of(code):
    unit = unit_at(code, DEMO_DAY)
    return unit.parent_code if unit.level == "commune" else code


def test_a_hundred_and_eighteen_agencies_take_part():
    assert len(WHOLE.agencies) == 118
    levels = Counter(unit_at(a.unit_code, DEMO_DAY).level for a in WHOLE.agencies)
    assert levels == {"province": 10, "district": 36, "commune": 72}
    for agency in WHOLE.agencies:
        assert agency.name_en
        assert agency.circles or agency.slug == "cuc-thong-ke"


@pytest.mark.parametrize("district", DISTRICTS)
def test_every_district_has_its_police_health_centre_union_and_social_division(district):
    kinds = ("district_police", "health_facility", "womens_union", "social_services")
    found = [WHOLE.agency_at(kind, district) for kind in kinds]
    assert len({agency.slug for agency in found}) == 4
    assert {agency.district for agency in found} == {district}


def test_twenty_four_communes_take_part_with_three_agencies_each():
    live = {d: WHOLE.live_communes(d) for d in DISTRICTS}
    assert [len(live[d]) for d in DISTRICTS] == [6, 2, 2, 3, 2, 2, 3, 2, 2]
    for codes in live.values():
        for code in codes:
            for kind in ("commune_police", "health_facility", "commune_committee"):
                assert WHOLE.agency_at(kind, code).unit_code == code
    with pytest.raises(KeyError):
        WHOLE.agency_at("commune_police", "19750")


def test_the_other_communes_and_hospitals_stand_in_the_directory_without_a_circle():
    listed = list(WHOLE.listed())
    police = [a for a in listed if a.kind is AgencyKind.COMMUNE_POLICE]
    assert len(police) == 117
    assert len(units_on(DEMO_DAY, "commune")) == 117 + 24
    assert Counter(a.kind for a in listed) == {
        "commune_police": 117,
        "health_facility": 5,
        "border_post": 5,
    }
    slugs = [a.slug for a in (*listed, *WHOLE.agencies)]
    assert len(set(slugs)) == len(slugs)
    assert not any(a.circles for a in listed)


def test_every_agency_can_be_called_under_an_invented_number_of_its_own():
    phones = [agency.phone for agency in (OPERATOR, *WHOLE.agencies, *WHOLE.listed())]
    assert all(re.fullmatch(r"0400 \d{3} \d{3}", phone) for phone in phones)
    assert len(set(phones)) == len(phones)
    sites = {f"0400 900 {number:03}" for number in range(1, 100)}
    assert not sites & set(phones)


def test_240_members_of_every_role_and_two_key_holders_in_every_circle():
    members = [m for m in WHOLE.members if m.agency_slug != OPERATOR.slug]
    assert len(members) == 240
    assert {role for m in WHOLE.members for role in m.roles} == set(Role)
    assert len({m.username for m in WHOLE.members}) == len(WHOLE.members)
    for agency in (*WHOLE.agencies, OPERATOR):
        own = WHOLE.members_of(agency.slug)
        assert any(m.administers for m in own), agency.slug
        for member in own:
            assert set(member.roles) <= set(roles_of(agency.kind)), member.username
        for circle in WHOLE.circles_of(agency):
            # Whoever makes a circle is in it.
            holders = set(WHOLE.key_holders(agency, circle))
            holders |= {next(m for m in own if m.administers)}
            assert len(holders) >= 2, (agency.slug, circle)


def test_the_small_demo_is_part_of_the_whole_with_the_same_people():
    small = cast_of("small")
    assert set(small.agencies) <= set(WHOLE.agencies)
    assert set(small.members) <= set(WHOLE.members)


def test_no_member_and_no_host_carries_the_name_of_another_or_of_somebody_known():
    names = [m.full_name for m in WHOLE.members]
    names += [s.host_name for s in WHOLE.sites if s.host_name]
    assert len({folded(name) for name in names}) == len(names) == 243 + 52
    planned = {folded(name) for name in (*PLANNED_SAME, *PLANNED_TONES)}
    assert not planned & {folded(name) for name in names}
    assert not [name for name in names if is_denied(name)]


def test_146_places_at_60_sites_cover_49_communes():
    kinds = Counter(site.kind for site in WHOLE.sites)
    assert kinds == {"host_home": 52, "commune_room": 6, "institution": 2}
    beds = Counter()
    for site in WHOLE.sites:
        beds[site.kind] += site.beds
    assert beds == {"host_home": 104, "commune_room": 18, "institution": 24}
    homes = [site for site in WHOLE.sites if site.kind == "host_home"]
    assert all(site.beds == 2 and site.host_name for site in homes)
    assert len({site.unit_code for site in homes}) == 49
    by_district = Counter(district_of(site.unit_code) for site in homes)
    assert [by_district[d] for d in DISTRICTS] == [14, 5, 4, 6, 5, 4, 6, 5, 3]
    rooms = Counter(district_of(s.unit_code) for s in WHOLE.sites if s.kind == "commune_room")
    assert [rooms[d] for d in DISTRICTS] == [1, 0, 0, 1, 1, 0, 1, 1, 1]
    for unique in ("slug", "code_name"):
        assert len({getattr(site, unique) for site in WHOLE.sites}) == 60


def test_what_the_sites_take_adds_up():
    takes = Counter(what for site in WHOLE.sites for what in site.takes)
    assert takes == {
        "women": 60,
        "children": 51,
        "boys_to_12": 44,
        "boys_over_12": 9,
        "men": 4,
        "animals": 6,
    }
    assert sum(site.is_step_free for site in WHOLE.sites) == 7
    assert sum(site.open_at_night for site in WHOLE.sites) == 38
    for site in WHOLE.sites:
        assert set(site.accepts) <= set(Accepts)
        assert "boys_to_12" in site.takes or "boys_over_12" not in site.takes


def test_a_place_is_worked_by_its_live_commune_or_by_the_district_s_union():
    for site in WHOLE.sites:
        keeper = WHOLE.agency(site.managed_by)
        assert WHOLE.keeper_of(site.managed_by)
        district = district_of(site.unit_code)
        if site.kind == "institution":
            assert keeper.kind is AgencyKind.SHELTER
        elif site.unit_code in WHOLE.live_communes(district):
            assert keeper is WHOLE.agency_at("commune_committee", site.unit_code)
        else:
            assert keeper is WHOLE.agency_at("womens_union", district)
        assert site.unit_code in WHOLE.area_units(site.managed_by)
    assert set(WHOLE.areas) == {site.managed_by for site in WHOLE.sites}


def test_whoever_lives_in_huong_tra_is_shown_every_place_that_takes_a_man():
    men = [site for site in WHOLE.sites if "men" in site.takes]
    assert all("20020" in WHOLE.area_units(site.managed_by) for site in men)


def test_25_units_report_on_the_plan_and_the_first_consolidates():
    units = reporting_units()
    assert [number for number, _, _ in units] == list(range(1, 26))
    here = {number: slug for number, _, slug in units if slug}
    assert set(here) == {1, 11, 23, 25}
    assert WHOLE.agency(here[1]).kind is AgencyKind.LEAD_DEPARTMENT
    officers = {slug for slug in here.values() if WHOLE.members_of(slug, "unit_reporting_officer")}
    assert officers == {"cong-an-tinh", "cuc-thong-ke"}


def test_of_many_sign_ins_one_is_shown_for_each_role():
    accounts = [
        Account(m.username, m.full_name, "+".join(m.roles), "", "", "") for m in WHOLE.members
    ]
    shown = one_of_each_role(accounts)
    assert {account.role.split("+")[0] for account in shown} == set(Role)
    assert len(shown) == 18
    small = {member.username for member in cast_of("small").members}
    assert {account.username for account in shown} <= small
