"""Rules that keep an invented record believable. Each counts what is wrong with one case."""

from referral.cli.demo.cases import YEAR_FROM, SyntheticCase
from referral.cli.demo.shares import FAMILY

SEXUAL = frozenset({"rape", "sexual_assault"})
MARRIED = frozenset({"spouse", "cohabiting_partner", "former_spouse", "parent_in_law"})
ELSEWHERE = frozenset({"employer", "online_contact", "broker", "dating_partner"})
SPEAKERS = {"pa_co_ta_oi": {"pa_co", "ta_oi"}, "co_tu": {"co_tu"}, "bru": {"bru_van_kieu"}}
MOUNTAIN = frozenset({"481", "483"})


def incident_faults(case: SyntheticCase) -> int:
    """What cannot be about the incident, given who she is and who did it."""
    adult = not case.is_minor
    forced = case.gbvims_type == "forced_marriage"
    return sum(
        (
            case.gbvims_type in SEXUAL and case.sex != "female" and not case.is_minor,
            forced and (case.sex != "female" or case.age_band not in {"12_15", "16_17"}),
            case.is_family != (case.relation in FAMILY),
            case.relation in MARRIED and not adult,
            case.relation == "child" and case.age_band not in {"40_59", "60_over"},
            case.relation == "parent" and case.age_band in {"40_59", "60_over"},
            case.relation in ELSEWHERE and case.age_band == "0_11",
            forced and case.relation not in {"parent", "other_kin", "broker"},
            case.gbvims_type == "not_gender_based" and case.relation == "spouse",
            case.relation == "parent_in_law" and case.sex != "female",
        )
    )


def person_faults(case: SyntheticCase) -> int:
    """What cannot be about language and disability."""
    peoples = SPEAKERS.get(case.language)
    signs = case.language == "sign_language" and case.disability != "hearing_speech"
    return int(peoples is not None and case.people not in peoples) + int(signs)


def notice_faults(case: SyntheticCase) -> int:
    """What cannot be about how the report came in."""
    relayed = case.receiver in {"hotline", "city_app"}
    return sum(
        (
            case.channel == "letter" and case.is_child,
            relayed and case.channel != "call_or_message",
            case.receiver == "school" and not case.is_minor,
            case.reporter == "school_staff" and not case.is_minor,
            case.reporter == "survivor" and case.age_band == "0_11",
            case.receiver == "border_guard" and case.district not in {"481", "478", "482", "476"},
        )
    )


def time_faults(case: SyntheticCase) -> int:
    """Incidents of the demo's year lie within it."""
    return int((case.reported_on - YEAR_FROM).days < case.delay_days + 1)


def risk_faults(case: SyntheticCase) -> int:
    """Strangulation is always high risk."""
    return int(case.strangled and case.risk != "high")


def faults(case: SyntheticCase) -> int:
    """Everything above; zero for a believable case."""
    return (
        incident_faults(case)
        + person_faults(case)
        + notice_faults(case)
        + time_faults(case)
        + risk_faults(case)
    )


def strict_faults(case: SyntheticCase) -> int:
    """The same while people are dealt: the boys hurt sexually are put in at the end, by number."""
    boy = case.gbvims_type in SEXUAL and case.sex != "female" and case.is_minor
    return faults(case) + int(boy)
