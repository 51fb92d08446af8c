"""The province's invented year: the totals of its plan, typed here anew, and rules between them."""

from collections import Counter
from dataclasses import asdict
from datetime import date, timedelta
from itertools import pairwise

import pytest

from referral.cli.demo import believable
from referral.cli.demo.agencies import cast_of
from referral.cli.demo.survivors import generate

WHOLE = cast_of("standard")
SITE = {site.slug: site for site in WHOLE.sites}
UNDER_WAY = {
    "completed", "in_service", "scheduled", "accepted", "received", "info_requested", "sent",
    "no_show",
}  # fmt: skip


@pytest.fixture(scope="module", params=[2024, 7])
def year(request):
    return generate(request.param, 240, WHOLE)


def incidents(year):
    """Kind, form, relation and delay of every incident, the further ones after the first."""
    for case in year:
        yield case.gbvims_type, case.principal_form, case.relation, case.delay_days
        for again in case.further:
            yield again.gbvims_type, again.principal_form, case.relation, again.delay_days


def plans(year):
    return [plan for case in year for plan in case.referrals]


def stays(year):
    return [(case, stay) for case in year for stay in case.stays]


def test_districts_and_peoples(year):
    by_place = Counter((case.district, case.people) for case in year)
    assert by_place == {
        ("474", "kinh"): 86, ("474", "co_tu"): 1, ("474", "hoa"): 1,
        ("476", "kinh"): 15, ("476", "pa_hy"): 1,
        ("477", "kinh"): 13,
        ("478", "kinh"): 24,
        ("479", "kinh"): 21,
        ("480", "kinh"): 13, ("480", "co_tu"): 1,
        ("481", "kinh"): 5, ("481", "pa_co"): 11, ("481", "ta_oi"): 6, ("481", "co_tu"): 4,
        ("481", "bru_van_kieu"): 2,
        ("482", "kinh"): 23, ("482", "bru_van_kieu"): 1,
        ("483", "kinh"): 6, ("483", "co_tu"): 6,
    }  # fmt: skip
    assert sum(c.residence_code != c.unit_code for c in year) == 9


def test_two_thirds_of_a_district_s_survivors_live_in_its_live_communes(year):
    for district in ("474", "476", "477", "478", "479", "480", "481", "482", "483"):
        there = [case for case in year if case.district == district]
        live = sum(case.unit_code in WHOLE.live_communes(district) for case in there)
        assert abs(live - 2 * len(there) / 3) <= 1.5, district


def test_months_and_days_of_report(year):
    months = Counter(case.reported_on.month for case in year)
    assert [months[m] for m in range(1, 12)] == [18, 16, 24, 20, 22, 27, 26, 23, 19, 18, 27]
    days = [case.reported_on for case in year]
    assert sum(date(2024, 2, 8) <= day <= date(2024, 2, 14) for day in days) == 2
    assert sum(date(2024, 10, 26) <= day <= date(2024, 10, 31) for day in days) == 1
    assert sum(date(2024, 11, 1) <= day <= date(2024, 11, 14) for day in days) == 9
    assert sum(date(2024, 11, 15) <= day <= date(2024, 11, 24) for day in days) == 18


def test_sex_and_age(year):
    bands = ("0_11", "12_15", "16_17", "18_24", "25_39", "40_59", "60_over")
    found = Counter((case.sex, case.age_band) for case in year)
    assert [found["female", b] for b in bands] == [10, 15, 9, 26, 72, 48, 19]
    assert [found["male", b] for b in bands] == [8, 6, 2, 2, 5, 6, 10]
    assert [found["other", b] for b in bands] == [0, 0, 0, 1, 1, 0, 0]
    groups = Counter(case.protected_group for case in year)
    assert (groups["pregnant"], groups["nursing"]) == (11, 17)
    assert sum(bool(case.children) for case in year) == 121


def test_disability_and_language(year):
    assert Counter(case.disability for case in year) == {
        "mobility": 9, "hearing_speech": 4, "sight": 3, "intellectual": 5, "mental": 5,
        "none": 196, "unknown": 18,
    }  # fmt: skip
    assert Counter(case.language for case in year) == {
        "vietnamese": 218, "pa_co_ta_oi": 12, "co_tu": 6, "bru": 2, "sign_language": 2,
    }  # fmt: skip
    assert sum(case.interpreter_needed for case in year) == 22


def test_264_incidents_of_240_people(year):
    assert Counter(1 + len(case.further) for case in year) == {1: 218, 2: 20, 3: 2}
    assert Counter((kind, form) for kind, form, _, _ in incidents(year)) == {
        ("rape", "sexual"): 5, ("rape", None): 11,
        ("sexual_assault", "sexual"): 4, ("sexual_assault", None): 20,
        ("physical_assault", "physical"): 112, ("physical_assault", None): 6,
        ("forced_marriage", "mental"): 5, ("forced_marriage", None): 2,
        ("denial_of_resources", "economic"): 17, ("denial_of_resources", None): 1,
        ("psychological_abuse", "mental"): 66, ("psychological_abuse", None): 3,
        ("not_gender_based", "physical"): 4, ("not_gender_based", "mental"): 6,
        ("not_gender_based", "economic"): 2,
    }  # fmt: skip
    hours = Counter(c.hour // 6 for c in year) + Counter(
        f.hour // 6 for c in year for f in c.further
    )
    assert [hours[quarter] for quarter in range(4)] == [26, 37, 64, 137]


def test_who_did_it(year):
    assert Counter(relation for _, _, relation, _ in incidents(year)) == {
        "spouse": 126, "cohabiting_partner": 12, "former_spouse": 17, "parent": 26, "child": 21,
        "parent_in_law": 8, "other_kin": 11, "dating_partner": 8, "neighbour": 19, "employer": 4,
        "stranger": 5, "online_contact": 2, "broker": 5,
    }  # fmt: skip
    sexes = Counter(case.perpetrator_sex for case in year)
    sexes["male"] += sum(len(case.further) for case in year)
    assert sexes == {"male": 218, "female": 40, "unknown": 6}
    assert sum(case.weapon for case in year) == 21
    assert sum(case.child_present for case in year) == 74


def test_how_the_reports_came(year):
    reporters = Counter(case.reporter for case in year)
    assert (reporters["survivor"], reporters["kin"]) == (96, 34)
    assert reporters["neighbour"] + reporters["village_head"] == 31
    assert Counter(case.receiver for case in year) == {
        "police": 71, "health_facility": 38, "mass_organisation": 32, "hotline": 19,
        "village_head": 17, "social_work": 16, "commune_committee": 14, "trusted_address": 11,
        "school": 9, "city_app": 7, "border_guard": 4, "legal_aid": 2,
    }  # fmt: skip
    health = [case.opened_by for case in year if case.receiver == "health_facility"]
    assert sum(slug == "bvtw-hue" for slug in health) == 14
    assert sum(slug.startswith("ttyt-") for slug in health) == 16
    assert sum(slug.startswith("tram-y-te-") for slug in health) == 8
    channels = Counter(case.channel for case in year)
    assert channels == {"in_person": 139, "call_or_message": 71 + 14 + 7, "letter": 9}


def test_how_long_it_took_to_report(year):
    delays = [delay for _, _, _, delay in incidents(year)]
    spans = ((0, 3, 116), (4, 5, 22), (6, 14, 39), (15, 31, 33), (32, 999, 54))
    for first, last, count in spans:
        assert sum(first <= delay <= last for delay in delays) == count, first
    rapes = [case for case in year if case.gbvims_type == "rape"]
    hours = [(c.reported_at - c.occurred_at) / timedelta(hours=1) for c in rapes]
    assert sum(h <= 72 for h in hours) == 8
    assert sum(72 < h <= 120 for h in hours) == 2
    assert sum(h > 120 for h in hours) == 6


def test_risk_and_what_became_of_it(year):
    assert Counter(case.risk for case in year) == {
        "high": 46, "medium": 88, "low": 90, "not_assessed": 16,
    }  # fmt: skip
    assert sum(bool(c.further) and c.further[-1].risk != c.risk for c in year) == 14
    assert sum(not c.further and falls(c) for c in year) == 9


def falls(case):
    order = ("low", "medium", "high")
    return any(order.index(b.risk) < order.index(a.risk) for a, b in pairwise(case.follow_ups))


def test_needs_and_what_was_delivered(year):
    expected = {
        "protection": (104, 8, 11, 5),
        "shelter": (49, 2, 12, 8),
        "counselling": (129, 17, 18, 8),
        "health_care": (83, 2, 7, 2),
        "legal_aid": (47, 13, 17, 5),
        "essential_needs": (55, 3, 2, 6),
        "livelihood": (15, 11, 8, 10),
        "child_protection": (41, 5, 2, 2),
    }
    statuses = ("delivered", "under_way", "declined", "not_available")
    for kind, row in expected.items():
        found = Counter(n.status for case in year for n in case.needs if n.kind == kind)
        assert tuple(found[status] for status in statuses) == row, kind
    assert sum(bool(case.needs) for case in year) == 231
    assert sum(any(n.status == "delivered" for n in case.needs) for case in year) == 203


def test_318_referrals_of_156_people(year):
    assert len(plans(year)) == 318
    assert sum(bool(case.referrals) for case in year) == 156
    assert Counter(plan.state for plan in plans(year)) == {
        "closed": 139, "completed": 17, "in_service": 38, "scheduled": 14, "accepted": 12,
        "received": 6, "info_requested": 3, "sent": 3, "no_show": 4, "declined": 31,
        "withdrawn": 22, "cancelled": 8, "redirected": 13, "expired": 5, "entered_in_error": 3,
    }  # fmt: skip
    assert Counter(plan.decline_reason for plan in plans(year) if plan.decline_reason) == {
        "no_capacity": 11, "out_of_area": 6, "ineligible": 4, "unreachable": 4,
        "safety_or_conflict": 3, "duplicate": 2, "survivor_declined": 1,
    }  # fmt: skip
    assert Counter(plan.service for plan in plans(year)) == {
        "counselling": 96, "shelter": 63, "health_care": 58, "legal_aid": 51, "protection": 28,
        "livelihood": 22,
    }  # fmt: skip
    assert Counter(p.urgency for p in plans(year)) == {"P0": 24, "P1": 71, "P2": 136, "P3": 87}


@pytest.mark.parametrize(
    ("urgency", "limit", "median", "in_time"),
    [("P0", 0.5, 0.3, 0.71), ("P1", 2, 70 / 60, 0.73), ("P2", 24, 11, 0.81), ("P3", 72, 36, 0.81)],
)
def test_decisions_take_as_long_as_planned(year, urgency, limit, median, in_time):
    took = sorted(
        (plan.decided_at - plan.sent_at) / timedelta(hours=1)
        for plan in plans(year)
        if plan.urgency == urgency and plan.decided_at
    )
    assert sum(hours <= limit for hours in took) / len(took) == pytest.approx(in_time, abs=0.05)
    assert took[len(took) // 2] == pytest.approx(median, rel=0.25)


def test_57_check_ins_by_49_people(year):
    assert len(stays(year)) == 57
    assert sum(bool(case.stays) for case in year) == 49
    assert sum(stay.children for _, stay in stays(year)) == pytest.approx(41, abs=1)
    assert Counter(SITE[stay.site].kind for _, stay in stays(year)) == {
        "host_home": 38, "commune_room": 7, "institution": 12,
    }  # fmt: skip
    assert Counter(stay.left_for for _, stay in stays(year)) == {
        "home_with_him_there": 19, "home_without_him": 12, "kin": 13, "rented": 3,
        "other_shelter": 3, "hospital": 1, "institution": 1, "unannounced": 2, None: 3,
    }  # fmt: skip
    nights = [
        ((s.left_on or date(2024, 11, 25)) - s.arrived_at.date()).days for _, s in stays(year)
    ]
    spans = ((0, 1, 9), (2, 3, 17), (4, 7, 13), (8, 14, 8), (15, 30, 5), (31, 60, 3), (61, 99, 2))
    for first, last, count in spans:
        assert sum(first <= n <= last for n in nights) == count, first


def test_statistics_and_closure(year):
    assert Counter(case.statistics for case in year) == {
        "agreed": 178, "refused": 33, "not_asked": 22, "withdrawn": 7,
    }  # fmt: skip
    assert Counter(case.closure.reason for case in year if case.closure) == {
        "goals_met": 71, "survivor_asked": 27, "no_contact": 22, "moved": 15, "other": 5 + 3,
    }  # fmt: skip
    open_for = sorted((c.closure.closed_on - c.reported_on).days for c in year if c.closure)
    assert open_for[len(open_for) // 2] == pytest.approx(47, abs=5)
    assert open_for[int(len(open_for) * 0.9)] == pytest.approx(140, abs=30)


def share(group, wanted):
    return sum(map(wanted, group)) / len(group)


def test_sexual_violence_and_forced_marriage(year):
    sexual = [case for case in year if case.gbvims_type in {"rape", "sexual_assault"}]
    assert sum(case.sex == "female" for case in sexual) == 38
    assert sum(case.is_minor for case in sexual) >= 22
    forced = [case for case in year if case.gbvims_type == "forced_marriage"]
    assert {case.age_band for case in forced} <= {"12_15", "16_17"}
    assert sum(case.district in {"481", "483"} for case in forced) >= 5


def test_who_is_hurt_by_whom(year):
    elders = [case for case in year if case.age_band == "60_over"]
    assert share(elders, lambda c: c.relation in {"child", "parent_in_law"}) >= 0.55
    small = [case for case in year if case.age_band == "0_11"]
    assert share(small, lambda c: c.relation == "parent") >= 0.65
    neglect = [c for c in year if c.gbvims_type in {"denial_of_resources", "not_gender_based"}]
    assert share(neglect, lambda c: c.age_band in {"40_59", "60_over"}) >= 0.6


def test_high_risk_is_answered(year):
    high = [case for case in year if case.risk == "high"]
    urgent = {"P0", "P1"}
    assert share(high, lambda c: any(p.urgency in urgent for p in c.referrals)) >= 0.8
    assert share(high, lambda c: c.needs_kind("shelter")) >= 0.7
    for case in year:
        assert case.risk == "high" or not case.strangled
        for plan in case.referrals:
            if case.strangled and plan.service == "health_care":
                assert plan.urgency == "P0"


def test_what_came_again_came_later_and_was_no_less_dangerous(year):
    order = ("not_assessed", "low", "medium", "high")
    for case in year:
        before, risk = case.occurred_at.date(), case.risk
        for again in case.further:
            assert 20 <= (again.occurred_on - before).days <= 200
            assert order.index(again.risk) >= order.index(risk)
            assert again.told_on <= date(2024, 11, 24)
            assert any(p.new_violence and p.met_on == again.told_on for p in case.follow_ups)
            assert case.closure is None or case.closure.closed_on >= again.told_on
            before, risk = again.occurred_on, again.risk
        days = [plan.met_on for plan in case.follow_ups]
        assert days == sorted(days)


def test_nothing_contradicts_itself(year):
    for case in year:
        assert not believable.faults(case)
        if not case.is_open:
            assert not any(plan.state in UNDER_WAY for plan in case.referrals)
            assert all(stay.left_on <= case.closure.closed_on for stay in case.stays)
        for stay, later in pairwise(case.stays):
            assert stay.left_on is not None
            assert later.arrived_at.date() >= stay.left_on
        for stay in case.stays:
            site = SITE[stay.site]
            assert site.unit_code not in {case.unit_code, case.residence_code}
            assert site.rooms[stay.room].beds >= 1 + stay.children
            assert stay.asked.decided_at <= stay.arrived_at


def test_no_room_holds_two_households_on_one_night(year):
    rooms = {}
    for _, stay in stays(year):
        span = (stay.arrived_at.date(), stay.left_on or date.max)
        rooms.setdefault((stay.site, stay.room), []).append(span)
    for spans in rooms.values():
        for (_, left), (came, _) in pairwise(sorted(spans)):
            assert left < came


def test_the_same_seed_gives_the_same_province():
    first, again = (generate(3, 240, WHOLE) for _ in range(2))
    assert [asdict(case) for case in first] == [asdict(case) for case in again]


def test_a_few_survivors_have_the_same_shares_as_all():
    """Positive control: the rules above are not true of the small demo alone."""
    small = generate(2024)
    assert len(small) == 37
    assert not any(case.further for case in small)
