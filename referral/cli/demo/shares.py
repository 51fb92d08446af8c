"""How the invented year is distributed, per 240 survivors or 264 incidents: the quotas.

They are chosen so that tables look like those of a province of this size; none of them is a
published figure of a real one. Every table below is scaled by largest remainder.

What the plan of the demo also counts waits for the step that can carry it:

- several incidents of one person, and closed cases opened again: 24 incidents are told at a
  follow-up instead (`repeats`), and none of the archive comes back;
- further states of a referral (`passages` maps them), its drafts, and who escalates to whom;
- schools, trusted addresses and committees as senders: they have no account that sends;
- persons who did it, measures against them and contact bans;
- interpreters met, refused or not found; alcohol, trafficking and violence online, for which the
  forms have no field; what a ministry's return takes; the identity tag; who named a source;
- holds that lapsed, nobody coming, nowhere to place her; consent shared without a referral;
- the clocks of a child's case, and returned survivors of trafficking.
"""

from collections.abc import Mapping

BASE_SURVIVORS = 240

DISTRICTS: Mapping[str, Mapping[str, int]] = {
    "474": {"kinh": 86, "co_tu": 1, "hoa": 1},
    "476": {"kinh": 15, "pa_hy": 1},
    "477": {"kinh": 13},
    "478": {"kinh": 24},
    "479": {"kinh": 21},
    "480": {"kinh": 13, "co_tu": 1},
    "481": {"kinh": 5, "pa_co": 11, "ta_oi": 6, "co_tu": 4, "bru_van_kieu": 2},
    "482": {"kinh": 23, "bru_van_kieu": 1},
    "483": {"kinh": 6, "co_tu": 6},
}
"""Survivors by district of the incident (codes of 2024) and the people they name themselves."""

OFFICIAL_ETHNICITY = {"pa_co": "ta_oi", "pa_hy": "ta_oi", "hoa": "other"}
"""Peoples that the State list puts under another code; the rest stand there under their own."""
SELF_NAMED = {
    "kinh": "Kinh",
    "hoa": "Hoa",
    "pa_co": "Pa Cô",
    "ta_oi": "Tà Ôi",
    "pa_hy": "Pa Hy",
    "co_tu": "Cơ Tu",
    "bru_van_kieu": "Bru - Vân Kiều",
}

MONTHS = {1: 18, 2: 16, 3: 24, 4: 20, 5: 22, 6: 27, 7: 26, 8: 23, 9: 19, 10: 18, 11: 27}
DAYS: Mapping[int, Mapping[tuple[int, int], int]] = {
    1: {(3, 31): 18},
    2: {(1, 7): 4, (8, 14): 2, (15, 28): 10},
    10: {(1, 25): 17, (26, 31): 1},
    11: {(1, 14): 9, (15, 24): 18},
}
"""Days of a month that do not report alike: the holiday of Tết, the flood, the Action Month."""

SEX_AND_AGE = {
    ("female", "0_11"): 10,
    ("female", "12_15"): 15,
    ("female", "16_17"): 9,
    ("female", "18_24"): 26,
    ("female", "25_39"): 72,
    ("female", "40_59"): 48,
    ("female", "60_over"): 19,
    ("male", "0_11"): 8,
    ("male", "12_15"): 6,
    ("male", "16_17"): 2,
    ("male", "18_24"): 2,
    ("male", "25_39"): 5,
    ("male", "40_59"): 6,
    ("male", "60_over"): 10,
    ("other", "18_24"): 1,
    ("other", "25_39"): 1,
}
AGES = {
    "0_11": (6, 11),
    "12_15": (12, 15),
    "16_17": (16, 17),
    "18_24": (18, 24),
    "25_39": (25, 39),
    "40_59": (40, 59),
    "60_over": (60, 84),
}
DISABILITY = {
    "none": 196,
    "unknown": 18,
    "mobility": 9,
    "hearing_speech": 4,
    "sight": 3,
    "intellectual": 5,
    "mental": 5,
}
LANGUAGE = {"vietnamese": 218, "pa_co_ta_oi": 12, "co_tu": 6, "bru": 2, "sign_language": 2}

INCIDENTS = {
    ("rape", "sexual"): 5,
    ("rape", None): 11,
    ("sexual_assault", "sexual"): 4,
    ("sexual_assault", None): 20,
    ("physical_assault", "physical"): 112,
    ("physical_assault", None): 6,
    ("forced_marriage", "mental"): 5,
    ("forced_marriage", None): 2,
    ("denial_of_resources", "economic"): 17,
    ("denial_of_resources", None): 1,
    ("psychological_abuse", "mental"): 66,
    ("psychological_abuse", None): 3,
    ("not_gender_based", "physical"): 4,
    ("not_gender_based", "mental"): 6,
    ("not_gender_based", "economic"): 2,
}
"""GBVIMS type with the principal form of domestic violence; None: outside the family."""
FORM_OUTSIDE = {
    "rape": "sexual",
    "sexual_assault": "sexual",
    "physical_assault": "physical",
    "forced_marriage": "mental",
    "denial_of_resources": "economic",
    "psychological_abuse": "mental",
}
FURTHER_FORMS = {"physical": 15, "mental": 81, "sexual": 9, "economic": 22}
"""Forms mentioned beside the principal one, per 221 incidents within the family."""
BASE_FAMILY = 221
RAPE_DELAYS = {(0, 2): 8, (4, 4): 2}
"""Rapes reported in so many days; the other six later."""
ACTS = {
    "a": (149, "physical mental"),
    "b": (138, "mental"),
    "c": (14, "mental"),
    "d": (12, "physical mental economic"),
    "dd": (9, "mental"),
    "e": (24, "mental"),
    "g": (6, "mental"),
    "h": (11, "mental"),
    "i": (12, "sexual"),
    "k": (4, "sexual"),
    "l": (9, "mental economic"),
    "m": (3, "physical sexual"),
    "n": (31, "economic"),
    "o": (22, "economic"),
    "p": (10, "physical mental"),
    "q": (19, "economic mental"),
}
"""Points of Art. 3(1) of Law 13/2022/QH15, with the forms of Art. 2 that they can stand for."""
FAMILY = {
    "spouse": 126,
    "cohabiting_partner": 12,
    "former_spouse": 17,
    "parent": 26,
    "child": 21,
    "parent_in_law": 8,
    "other_kin": 11,
}
OUTSIDE = {
    "dating_partner": 8,
    "neighbour": 19,
    "employer": 4,
    "stranger": 5,
    "online_contact": 2,
    "broker": 5,
}
HOURS = {(0, 5): 26, (6, 11): 37, (12, 17): 64, (18, 23): 137}
DELAYS = {(0, 2): 116, (4, 5): 22, (6, 14): 39, (16, 31): 33, (33, 120): 54}
"""Days between the incident and the report."""

REPORTERS = {
    "survivor": 96,
    "kin": 34,
    "neighbour": 20,
    "village_head": 11,
    "health_worker": 26,
    "school_staff": 12,
    "other_agency": 18,
    "union_member": 15,
    "bystander": 8,
}
RECEIVERS = {
    "police": 71,
    "health_facility": 38,
    "mass_organisation": 32,
    "hotline": 19,
    "village_head": 17,
    "social_work": 16,
    "commune_committee": 14,
    "trusted_address": 11,
    "school": 9,
    "city_app": 7,
    "border_guard": 4,
    "legal_aid": 2,
}
CHANNELS = {"in_person": 139, "call_or_message": 92, "letter": 9}
RISKS = {"high": 46, "medium": 88, "low": 90, "not_assessed": 16}
STRANGLED = 13
BASE_INCIDENTS = 264
WEAPONS = 21
SEXUALLY_HURT, BOYS_HURT = 40, 2
CHILD_SAW = 74
PERPETRATOR_SEX = {"male": 218, "female": 40, "unknown": 6}
REPEATED = {2: 20, 3: 2}
"""Survivors with so many incidents; the others have one."""
FURTHER = {("physical_assault", "physical"): 16, ("psychological_abuse", "mental"): 8}
"""Second and third incidents, among those above; all by a spouse."""
RISK_RAISED, RISK_LOWERED = 14, 9

NEEDS: Mapping[str, Mapping[str, int]] = {
    "protection": {"delivered": 104, "under_way": 8, "declined": 11, "not_available": 5},
    "shelter": {"delivered": 49, "under_way": 2, "declined": 12, "not_available": 8},
    "counselling": {"delivered": 129, "under_way": 17, "declined": 18, "not_available": 8},
    "health_care": {"delivered": 83, "under_way": 2, "declined": 7, "not_available": 2},
    "legal_aid": {"delivered": 47, "under_way": 13, "declined": 17, "not_available": 5},
    "essential_needs": {"delivered": 55, "under_way": 3, "declined": 2, "not_available": 6},
    "livelihood": {"delivered": 15, "under_way": 11, "declined": 8, "not_available": 10},
    "child_protection": {"delivered": 41, "under_way": 5, "declined": 2, "not_available": 2},
}
WITH_A_NEED = 231
REACHED = 203
WITH_CHILDREN = 121
PREGNANT = 11
NURSING = 17

STATISTICS = {"agreed": 178, "refused": 33, "not_asked": 22, "withdrawn": 7}
LIVING_ELSEWHERE = 9
REFERRED = 156
REFERRALS = 318
REFERRAL_STATES = {
    "closed": 139,
    "completed": 17,
    "in_service": 38,
    "scheduled": 14,
    "accepted": 12,
    "received": 6,
    "info_requested": 3,
    "sent": 3,
    "no_show": 4,
    "declined": 31,
    "withdrawn": 22,
    "cancelled": 8,
    "redirected": 13,
    "expired": 5,
    "entered_in_error": 3,
}
OPEN_STATES = frozenset(
    {
        "completed",
        "in_service",
        "scheduled",
        "accepted",
        "received",
        "info_requested",
        "sent",
        "no_show",
    }
)
URGENCIES = {"P0": 24, "P1": 71, "P2": 136, "P3": 87}
DESTINATIONS = {
    "counselling": 96,
    "shelter": 63,
    "health_care": 58,
    "legal_aid": 51,
    "protection": 28,
    "livelihood": 22,
}
"""Referrals by the service that is asked for."""
DECISION_HOURS = {"P0": (0.3, 0.9), "P1": (1.17, 0.9), "P2": (11.0, 0.9), "P3": (36.0, 0.8)}
"""Median hours until a decision, and sigma of their logarithm."""
DECLINE_REASONS = {
    "no_capacity": 11,
    "out_of_area": 6,
    "ineligible": 4,
    "unreachable": 4,
    "safety_or_conflict": 3,
    "duplicate": 2,
    "survivor_declined": 1,
}
CONSENT_MODES = {
    "written": 121,
    "oral_with_witness": 34,
    "thumbprint": 9,
    "through_interpreter": 7,
}
NIGHTS = {
    (1, 1): 9,
    (2, 3): 17,
    (4, 7): 13,
    (8, 14): 8,
    (15, 30): 5,
    (31, 60): 3,
    (61, 90): 2,
}
SITE_KINDS = {"host_home": 38, "commune_room": 7, "institution": 12}
CHECK_INS, GUESTS, WITH_THEM, STILL_THERE = 57, 49, 41, 3
"""Check-ins, people who came, children with them, and who is there when the demo opens."""
LEFT_FOR = {
    "home_with_him_there": 19,
    "home_without_him": 12,
    "kin": 13,
    "rented": 3,
    "other_shelter": 3,
    "hospital": 1,
    "institution": 1,
    "unannounced": 2,
}
OPEN_CASES = 97
CLOSURE_REASONS = {"goals_met": 71, "survivor_asked": 27, "no_contact": 22, "moved": 15, "other": 8}
DAYS_OPEN = (47, 0.85)
"""Median days until closure, and sigma of their logarithm."""
