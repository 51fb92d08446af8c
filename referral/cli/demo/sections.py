"""The invented cases as answers to the built-in forms, ready to be written as sections.

Every function returns answers by field id of the form that it names. Unknown things are left out,
as an officer would leave them out.
"""

from datetime import UTC, datetime

from referral.cases.forms.definition import Answers
from referral.cli.demo.cases import FollowUpPlan, NeedPlan, ReferralPlan, SyntheticCase
from referral.cli.demo.shares import OFFICIAL_ETHNICITY, SELF_NAMED

INTERPRETER = "Kê Thị Nơm"
WITNESS = "Phan Thị Tịnh Yên"
"""Two more invented people, who stand on papers only."""

ELSEWHERE = frozenset({"social_work", "trusted_address", "city_app", "legal_aid"})
FINDINGS = {
    True: "Bầm tím phần mềm, không gãy xương; tỉnh táo, mạch và huyết áp ổn định.",
    False: "Không có thương tích nhìn thấy được; lo lắng, mất ngủ kéo dài, ăn uống kém.",
}
"""What was found, by whether she was hurt bodily."""
GOALS = {"goals_met": "full", "survivor_asked": "part", "moved": "part"}


def sections(case: SyntheticCase) -> dict[str, Answers]:
    """By form id: incident_report, identity, safe_contact, incident and needs."""
    return {
        "incident_report": _incident_report(case),
        "identity": _identity(case),
        "safe_contact": _safe_contact(case),
        "incident": _incident(case),
        "needs": _needs(case),
    }


def _incident_report(case: SyntheticCase) -> Answers:
    danger = {"high": "yes", "not_assessed": "unknown"}.get(case.risk, "no")
    return {
        "received_at": _moment(case.reported_at),
        "received_by_type": "other" if case.receiver in ELSEWHERE else case.receiver,
        "channel": case.channel,
        "reporter_relation": case.reporter,
        "least_facts": case.account,
        "immediate_danger": danger,
        "first_action": case.first_action,
    }


def _identity(case: SyntheticCase) -> Answers:
    answers: Answers = {
        "spoken_name": case.spoken_name,
        "paper_name": case.paper_name,
        "sex": case.sex,
        "age_band": case.age_band,
        "birth_year": case.birth_on.year,
        "citizenship": "vietnamese",
        "ethnicity": OFFICIAL_ETHNICITY.get(case.people, case.people),
        "ethnicity_self_named": SELF_NAMED[case.people],
        "language": case.language,
        "interpreter_needed": _yes(case.interpreter_needed),
        "protected_group": [case.protected_group],
        "residence_unit": case.residence_code,
        "id_number": case.id_number,
    }
    if case.disability != "unknown":
        answers["disability"] = [case.disability]
    return answers


def _safe_contact(case: SyntheticCase) -> Answers:
    contact = case.safe_contact
    if contact is None:
        return {}
    return {
        "reach": contact.reach,
        "phone": contact.phone,
        "call_times": contact.call_times,
        "message_safe": "no",
        "do_not": contact.do_not,
        "if_another_answers": contact.if_another_answers,
        "code_word": contact.code_word,
        "meeting_place": contact.meeting_place,
    }


def _incident(case: SyntheticCase) -> Answers:
    answers: Answers = {
        "occurred_on": case.occurred_at.date().isoformat(),
        "occurred_time": f"{case.occurred_at:%H:%M}",
        "unit": case.unit_code,
        "place_type": "own_home" if case.is_family else "other",
        "forms": list(case.forms),
        "gbvims_type": case.gbvims_type,
        "perpetrator_relation": case.relation,
        "perpetrator_sex": case.perpetrator_sex,
        "weapon": _yes(case.weapon),
        "strangulation": _yes(case.strangled),
        "child_present": _yes(case.child_present),
        "account": case.account,
    }
    if case.acts:
        answers["acts"] = list(case.acts)
    return answers


def _needs(case: SyntheticCase) -> Answers:
    answers: Answers = {
        "urgency_reasons": _urgency_reasons(case),
        "time_window": time_window(case),
        **_children(case),
    }
    if case.needs:
        answers["needs"] = [need.kind for need in case.needs]
    return answers


def _urgency_reasons(case: SyntheticCase) -> list[str]:
    reasons = {
        "danger_now": case.risk == "high",
        "strangled": case.strangled,
        "child_in_danger": case.risk == "high" and case.is_child,
        "medical_window": time_window(case) in {"under_72_hours", "72_to_120_hours"},
        "no_place_tonight": case.risk == "high" and case.needs_kind("shelter"),
    }
    return [reason for reason, holds in reasons.items() if holds] or ["none"]


def time_window(case: SyntheticCase) -> str:
    """The clinical window at the report: by hours since the incident, after sexual violence."""
    if case.gbvims_type not in {"rape", "sexual_assault"}:
        return "not_relevant"
    hours = (case.reported_at - case.occurred_at).total_seconds() / 3600
    if hours < 72:
        return "under_72_hours"
    return "72_to_120_hours" if hours <= 120 else "over_120_hours"


def consent(case: SyntheticCase) -> Answers:
    """Form `consent`: how she agreed. Only for a case with a `consent_mode` (KeyError else)."""
    if case.consent_mode is None:
        raise KeyError(f"case {case.number} shares with nobody")
    answers: Answers = {
        "given_by": "guardian_and_child" if case.is_minor else "survivor",
        "how": [case.consent_mode],
        "language": case.language,
        "read_aloud": "yes",
        "understood": "yes",
    }
    if case.is_minor:
        answers["giver_name"] = WITNESS
    if case.consent_mode == "through_interpreter":
        answers["interpreter_name"] = INTERPRETER
    if case.consent_mode == "oral_with_witness":
        answers["witness_name"] = WITNESS
    return answers


def referral_summary(case: SyntheticCase, plan: ReferralPlan) -> Answers:
    """Form `referral_summary`: what the receiver sees before it accepts."""
    return {
        "age_band": case.age_band,
        "sex": case.sex,
        "needs": [plan.service],
        "language": case.language,
        "interpreter_needed": _yes(case.interpreter_needed),
        "time_window": time_window(case),
        "reason": plan.reason,
        **_children(case),
    }


def service(need: NeedPlan, agency_name: str) -> Answers:
    """Form `service`, of a need that was delivered (ValueError else)."""
    if need.delivered_at is None:
        raise ValueError(f"{need.kind} was not delivered")
    return {
        "kind": need.kind,
        "delivered_at": _moment(need.delivered_at),
        "delivered_by": agency_name,
        "extent": "full",
        "outcome": need.outcome,
    }


def medical(case: SyntheticCase, need: NeedPlan) -> Answers:
    """Form `medical`, of health care that was delivered (ValueError else)."""
    if need.delivered_at is None:
        raise ValueError(f"{need.kind} was not delivered")
    return {
        "seen_at": _moment(need.delivered_at),
        "findings": FINDINGS["physical" in case.forms],
        "treatment": need.outcome,
        "certificate_issued": _yes("physical" in case.forms),
    }


def follow_up(plan: FollowUpPlan) -> Answers:
    """Form `follow_up`."""
    return {
        "met_on": plan.met_on.isoformat(),
        "meeting": plan.meeting,
        "how_she_is": plan.how_she_is,
        "new_violence": _yes(plan.new_violence),
        "risk_band": plan.risk,
        "done": plan.done,
        "next_on": plan.next_on.isoformat(),
    }


def closure(case: SyntheticCase) -> Answers:
    """Form `closure`, of a case that was closed (ValueError else)."""
    plan = case.closure
    if plan is None:
        raise ValueError(f"case {case.number} is open")
    answers: Answers = {
        "closed_on": plan.closed_on.isoformat(),
        "reason": plan.reason,
        "goals_met": GOALS.get(plan.reason, "none"),
        "summary": plan.summary,
        "told_how_to_return": "no" if plan.reason == "no_contact" else "yes",
    }
    if plan.reason == "other":
        answers["other_reason"] = plan.summary
    return answers


def _children(case: SyntheticCase) -> Answers:
    answers: Answers = {"children_count": len(case.children)}
    if case.children:
        answers["children"] = [{"age": age} for age in case.children]
    return answers


def _yes(holds: bool) -> str:  # noqa: FBT001 - one boolean into the word that forms keep
    return "yes" if holds else "no"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
