"""The demo's raw material: the same for the same seed, of known totals, believable, nobody real."""

import re
from collections import Counter
from dataclasses import asdict
from datetime import UTC, date, datetime

import pytest

from referral.accounts.roles import roles_of
from referral.agencies.geography import unit_at
from referral.agencies.kinds import AgencyKind
from referral.cases.forms.engine import load_forms
from referral.cli.demo import agencies, believable, people, sections, shares
from referral.cli.demo.agencies import DEMO_DAY, OPERATOR, cast_of
from referral.cli.demo.bulk import survivors
from referral.cli.demo.cases import LOCAL, YEAR_FROM, YEAR_TO
from referral.cli.demo.draw import dice, exact, portion
from referral.cli.demo.lodging import takes
from referral.cli.demo.survivors import generate
from referral.kernel.clock import clock
from referral.kernel.folding import folded

SEEDS = (1, 2, 2024)
OPENING = datetime(2024, 11, 25, tzinfo=LOCAL)
SMALL = cast_of("small")
SITE = {site.slug: site for site in SMALL.sites}


@pytest.fixture(scope="module", params=SEEDS)
def small(request):
    return generate(request.param)


@pytest.fixture(scope="module")
def standard():
    return generate(7, 240)


@pytest.fixture(scope="module", params=["small", "standard"])
def cases(request):
    return generate(2024) if request.param == "small" else generate(7, 240)


def test_the_same_seed_gives_the_same_people_and_another_seed_others():
    first, again, other = generate(5), generate(5), generate(6)
    assert [asdict(case) for case in first] == [asdict(case) for case in again]
    assert [case.paper_name for case in first] != [case.paper_name for case in other]


def test_largest_remainder_adds_up_and_stays_within_one_of_the_share():
    for total in (0, 1, 37, 240, 4800):
        counts = exact(shares.RISKS, total)
        assert sum(counts.values()) == total
        for key, count in counts.items():
            assert abs(count - shares.RISKS[key] * total / 240) < 1


def test_the_full_province_has_the_published_shares_exactly(standard):
    assert Counter(c.risk for c in standard) == shares.RISKS
    assert Counter((c.sex, c.age_band) for c in standard) == shares.SEX_AND_AGE
    assert Counter(c.receiver for c in standard) == shares.RECEIVERS
    assert Counter(c.reporter for c in standard) == shares.REPORTERS
    assert Counter(c.statistics for c in standard) == shares.STATISTICS
    assert Counter(c.language for c in standard) == shares.LANGUAGE
    assert Counter(c.disability for c in standard) == shares.DISABILITY
    assert Counter(c.reported_on.month for c in standard) == shares.MONTHS
    assert Counter(c.district for c in standard) == {
        district: sum(peoples.values()) for district, peoples in shares.DISTRICTS.items()
    }


def test_a_smaller_province_keeps_the_shares_to_the_person(small):
    assert len(small) == 37
    assert Counter(c.risk for c in small) == exact(shares.RISKS, 37)
    assert Counter(c.statistics for c in small) == exact(shares.STATISTICS, 37)
    assert Counter(c.reported_on.month for c in small) == exact(shares.MONTHS, 37)
    assert sum(c.statistics == "agreed" for c in small) == 28


def test_needs_referrals_and_open_cases_have_their_quotas(cases):
    count = len(cases)
    for kind, row in shares.NEEDS.items():
        found = sum(case.needs_kind(kind) for case in cases)
        assert found == portion(sum(row.values()), 240, count), kind
    assert sum(bool(case.needs) for case in cases) == portion(231, 240, count)
    assert sum(len(case.referrals) for case in cases) == portion(318, 240, count)
    assert sum(bool(case.referrals) for case in cases) == portion(156, 240, count)
    assert sum(case.is_open for case in cases) == portion(97, 240, count)
    total = portion(318, 240, count)
    plans = [plan for case in cases for plan in case.referrals]
    states = {state: n for state, n in exact(shares.REFERRAL_STATES, total).items() if n}
    assert Counter(plan.state for plan in plans) == states
    assert Counter(plan.urgency for plan in plans) == exact(shares.URGENCIES, total)


def test_the_share_that_was_reached_is_the_one_planned_to_two_people(cases):
    reached = sum(any(n.status == "delivered" for n in case.needs) for case in cases)
    assert abs(reached - portion(203, 240, len(cases))) <= 2


@pytest.mark.parametrize("seed", range(12))
def test_every_record_is_believable(seed):
    assert [case for case in generate(seed) if believable.faults(case)] == []


@pytest.mark.parametrize("count", [1, 3, 10, 20, 32, 45, 100])
def test_a_demo_of_any_size_can_be_made(count):
    cases = generate(3, count)
    assert len(cases) == count
    assert [case for case in cases if believable.faults(case)] == []


def test_the_rules_see_what_is_not_believable():
    case = generate(1)[0]
    case.strangled, case.risk = True, "low"
    case.channel, case.age_band = "letter", "0_11"
    case.gbvims_type, case.sex = "rape", "male"
    case.language, case.people = "bru", "kinh"
    assert believable.risk_faults(case)
    assert believable.notice_faults(case)
    assert believable.incident_faults(case)
    assert believable.person_faults(case)


def test_who_is_hurt_by_whom_follows_the_shares_of_the_field(standard):
    def share(group, wanted):
        return sum(map(wanted, group)) / len(group)

    sexual = [c for c in standard if c.gbvims_type in believable.SEXUAL]
    assert share(sexual, lambda c: c.is_minor) >= 0.5
    elders = [c for c in standard if c.age_band == "60_over"]
    assert share(elders, lambda c: c.relation in {"child", "parent_in_law"}) >= 0.5
    strangled = [c for c in standard if c.strangled]
    assert len(strangled) == 12  # one more among the further incidents
    assert all(c.risk == "high" for c in strangled)


def test_high_risk_is_followed_by_urgent_referrals_and_a_need_for_shelter(cases):
    high = [case for case in cases if case.risk == "high"]
    urgent = [c for c in high if any(p.urgency in {"P0", "P1"} for p in c.referrals)]
    assert len(urgent) >= 0.8 * len(high)
    assert sum(case.needs_kind("shelter") for case in high) >= 0.7 * len(high)
    for case in cases:
        for plan in case.referrals:
            if case.strangled and plan.service == "health_care":
                assert plan.urgency == "P0"


def test_everything_lies_in_the_year_and_in_order(cases):
    for case in cases:
        assert case.occurred_at.date() >= YEAR_FROM
        assert case.occurred_at < case.reported_at < OPENING
        assert case.reported_at.astimezone(UTC).tzinfo is UTC
        assert YEAR_FROM <= case.reported_on <= YEAR_TO
        for plan in case.referrals:
            assert case.reported_at < plan.sent_at < OPENING
            assert plan.decided_at is None or plan.sent_at <= plan.decided_at < OPENING
        for need in case.needs:
            assert (need.delivered_at is not None) == (need.status == "delivered")
            assert need.delivered_at is None or case.reported_at < need.delivered_at < OPENING
        for visit in case.follow_ups:
            assert case.reported_on < visit.met_on < DEMO_DAY
        if case.closure:
            assert case.reported_on < case.closure.closed_on <= YEAR_TO
            assert all(v.met_on <= case.closure.closed_on for v in case.follow_ups)
        assert case.is_open == (case.next_on is not None)


def test_a_closed_case_has_nothing_under_way(cases):
    for case in cases:
        if not case.is_open:
            assert not any(plan.state in shares.OPEN_STATES for plan in case.referrals)
            assert not any(need.status == "under_way" for need in case.needs)
            assert case.stay is None or case.stay.left_on is not None


def test_what_is_urgent_does_not_expire_and_an_emergency_does_not_wait(cases):
    plans = [plan for case in cases for plan in case.referrals]
    assert all(p.urgency in {"P2", "P3"} for p in plans if p.state == "expired")
    assert all(p.urgency != "P0" for p in plans if p.state == "info_requested")
    assert all((p.decline_reason is not None) == (p.state == "declined") for p in plans)


def test_no_agency_refers_to_itself_and_every_agency_named_is_live(cases):
    live = {a.slug for a in SMALL.agencies}
    for case in cases:
        assert case.opened_by in live
        for plan in case.referrals:
            assert plan.to_agency in live
            assert plan.to_agency != case.opened_by
        if case.referrals:
            assert case.consent_mode is not None


def test_nobody_stays_where_she_lives_or_where_she_does_not_fit_or_in_a_full_room(cases):
    stays = [case for case in cases if case.stay]
    assert stays
    for case in stays:
        site = SITE[case.stay.site]
        assert site.unit_code != case.unit_code
        assert takes(site, case)
        assert case.stay.arrived_at > case.reported_at
        assert case.stay.left_on is None or case.stay.left_on >= case.stay.arrived_at.date()
    for site in SMALL.sites:
        here = [c.stay for c in stays if c.stay.site == site.slug]
        for stay in here:
            day = stay.arrived_at.date()
            there = [s for s in here if s.arrived_at.date() <= day <= (s.left_on or date.max)]
            assert len(there) <= len(site.rooms)


def test_acts_stand_only_in_the_family_and_fit_the_forms(cases):
    for case in cases:
        assert case.forms
        assert bool(case.acts) == case.is_family
        assert len(set(case.acts)) == len(case.acts)
        assert "i" not in case.acts or case.relation in {
            "spouse",
            "cohabiting_partner",
            "former_spouse",
        }


def test_age_band_and_birthday_agree_on_the_day_of_the_incident(cases):
    for case in cases:
        day = case.occurred_at.date()
        born = case.birth_on
        age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
        low, high = shares.AGES[case.age_band]
        assert low <= age <= high
        assert age == case.age
        assert (born.month, born.day) != (2, 29)


def test_places_are_real_communes_with_hamlets_that_do_not_exist(cases):
    for case in cases:
        unit = unit_at(case.unit_code, DEMO_DAY)
        assert unit.level == "commune"
        assert unit.parent_code == case.district
        pattern = r"Thôn Mẫu [1-9]" if unit.kind == "xã" else r"Tổ 9[1-9]"
        assert re.fullmatch(pattern, case.hamlet)


def test_no_name_is_given_twice_but_the_planned_ones(cases):
    names = [case.paper_name for case in cases]
    names += [member.full_name for member in SMALL.members]
    names += [site.host_name for site in SMALL.sites if site.host_name]
    twice = {name for name, n in Counter(map(folded, names)).items() if n > 1}
    planned = {folded(n) for n in (*people.PLANNED_SAME, people.PLANNED_TONES[0])}
    assert twice <= planned
    assert len(names) == len(set(names)) + len(people.PLANNED_SAME)


def test_the_planned_pairs_are_there_and_are_different_people(small):
    by_name = {n: [c for c in small if c.paper_name == n] for n in people.PLANNED_SAME}
    first, second = by_name["Nguyễn Thị Hương"]
    assert first.district != second.district
    assert first.birth_on.year == second.birth_on.year == 1988
    one, other = by_name["Hồ Thị Hương"]
    assert (one.unit_code, one.hamlet) == (other.unit_code, other.hamlet)
    assert one.id_number != other.id_number
    assert {"Lê Thị Thủy", "Lê Thị Thùy"} <= {case.paper_name for case in small}


def test_nobody_known_gives_a_name_to_the_demo(cases):
    everyone = [case.paper_name for case in cases] + [member.full_name for member in SMALL.members]
    everyone += [site.host_name for site in SMALL.sites if site.host_name]
    assert not [name for name in everyone if people.is_denied(name)]
    assert people.is_denied("ho vai")
    assert people.is_denied("Nguyen Thanh Binh")


def test_a_thousand_names_of_the_smallest_peoples_never_repeat():
    names = people.People(dice(1, "names"))
    papers = [names.name("bru_van_kieu", "female", 1990).paper for _ in range(1000)]
    assert len(set(map(folded, papers))) == 1000


def test_there_are_people_enough_for_the_largest_demo_and_its_numbers_never_repeat():
    answers = survivors(1, 50_000)
    assert len({said["identity"]["id_number"] for said in answers}) == 50_000
    assert len({said["safe_contact"]["phone"] for said in answers}) == 50_000


def test_telephone_and_citizen_numbers_can_belong_to_nobody(cases):
    assert all(re.fullmatch(r"0400 \d{3} \d{3}", case.phone) for case in cases)
    assert all(re.fullmatch(r"999\d{9}", case.id_number) for case in cases)
    assert len({case.phone for case in cases}) == len(cases)
    assert len({case.id_number for case in cases}) == len(cases)


def test_fourteen_agencies_with_two_key_holders_in_every_circle():
    assert len(SMALL.agencies) == 14
    assert OPERATOR.kind is AgencyKind.OPERATOR
    slugs = [agency.slug for agency in (*SMALL.agencies, OPERATOR)]
    assert len(set(slugs)) == 15
    for agency in SMALL.agencies:
        unit_at(agency.unit_code, DEMO_DAY)
        for circle in agency.circles:
            assert len(SMALL.key_holders(agency, circle)) >= 2, agency.slug


def test_every_role_has_a_member_and_every_agency_an_administrator():
    every = agencies.KEY_ROLES | agencies.STATISTICS_ROLES | agencies.OTHER_ROLES
    assert len(every) == 18
    assert {member.role for member in SMALL.members} == every
    assert len({member.username for member in SMALL.members}) == len(SMALL.members)
    assert sum(member.agency_slug != OPERATOR.slug for member in SMALL.members) == 32
    for agency in (*SMALL.agencies, OPERATOR):
        own = [m for m in SMALL.members if m.agency_slug == agency.slug]
        assert any(m.administers for m in own), agency.slug


def test_every_member_has_roles_that_the_agency_s_kind_has():
    for member in SMALL.members:
        assert set(member.roles) <= set(roles_of(SMALL.agency(member.agency_slug).kind))


def test_the_police_of_every_other_commune_stand_in_the_directory_without_a_circle():
    listed = list(SMALL.listed())
    assert len(listed) == 139
    assert not any(agency.circles for agency in listed)
    assert "Công an thị trấn A Lưới" in {agency.name_vi for agency in listed}
    assert len({agency.slug for agency in listed}) == 139


def test_places_to_stay_are_known_by_a_plant_and_worked_by_a_live_agency():
    kinds = Counter(site.kind for site in SMALL.sites)
    assert kinds == {"host_home": 10, "commune_room": 1, "institution": 1}
    assert SITE["sen-trang"].beds == 16
    keepers = {m.agency_slug for m in SMALL.members if "shelter_keeper" in m.roles}
    assert {site.managed_by for site in SMALL.sites} <= keepers
    assert all(
        site.beds == 2 and site.host_name for site in SMALL.sites if site.kind == "host_home"
    )


def answered_forms(case):
    yield from sections.sections(case).items()
    if case.consent_mode:
        yield "consent", sections.consent(case)
    for plan in case.referrals:
        yield "referral_summary", sections.referral_summary(case, plan)
    for need in case.needs:
        if need.delivered_by:
            name = SMALL.agency(need.delivered_by).name_vi
            yield "service", sections.service(need, name)
    for plan in case.follow_ups:
        yield "follow_up", sections.follow_up(plan)
    if case.closure:
        yield "closure", sections.closure(case)


def test_the_police_of_the_demo_commune_have_cases_of_their_own(small):
    assert sum(case.opened_by == "cong-an-hong-ha" for case in small) >= 1
    assert sum(case.opened_by == "cong-an-vy-da" for case in small) >= 1


def test_children_have_parents_of_an_age_to_have_them(cases):
    for case in cases:
        if case.children:
            assert case.age - case.children[-1] >= 17
            assert case.age - case.children[0] <= 44 or case.age > 59


def in_any_order(answers):
    return {
        field: sorted(answer, key=str) if isinstance(answer, list) else answer
        for field, answer in answers.items()
    }


def test_every_invented_answer_is_accepted_by_the_form_that_asks_for_it(cases, monkeypatch):
    forms = load_forms(None)
    met = set()
    now = clock.unshifted()
    for case in cases:
        for form_id, answers in answered_forms(case):
            met.add(form_id)
            # A follow-up is written down on its day, and the next lies ahead of that.
            day = answers["met_on"] if form_id == "follow_up" else f"{DEMO_DAY}"
            noon = datetime.fromisoformat(f"{day}T12:00:00+07:00")
            monkeypatch.setattr(clock, "shift", noon - now)
            form = forms[form_id]
            kept = form.schema()().load(answers)
            typed = {name: kept[name] for name in kept if not form.field(name).calculation}
            assert in_any_order(typed) == in_any_order(answers)
    assert len(met) == 10


def test_no_text_carries_a_name(cases):
    names = {case.paper_name for case in cases} | {member.full_name for member in SMALL.members}
    for case in cases:
        texts = [case.account, case.first_action]
        texts += [plan.reason for plan in case.referrals] + [need.outcome for need in case.needs]
        texts += [plan.how_she_is for plan in case.follow_ups]
        assert not [name for name in names for text in texts if name in text]
