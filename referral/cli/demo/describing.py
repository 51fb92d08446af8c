"""What the invented survivors tell: forms and acts, children, how to reach them safely."""

from collections.abc import Sequence
from random import Random  # noqa: TID251 - the dice of `draw`, named here as a type only

from referral.cli.demo import shares, texts
from referral.cli.demo.believable import SEXUAL
from referral.cli.demo.cases import SafeContact, SyntheticCase
from referral.cli.demo.draw import exact, pick, portion

Cases = Sequence[SyntheticCase]
HIDDEN = frozenset({"stranger", "online_contact"})
MARRIED = frozenset({"spouse", "cohabiting_partner", "former_spouse"})
NEAR = frozenset({"parent_in_law", "parent", "child", "other_kin", "neighbour", "broker"})


def describe(draw: Random, cases: Cases) -> None:
    """Fill in what is told at the first meeting."""
    _mention_forms(draw, cases)
    _mention_acts(draw, cases)
    _children(draw, cases)
    for case in cases:
        case.account = draw.choice(texts.fitting(texts.ACCOUNTS[case.gbvims_type], case))
        case.first_action = draw.choice(texts.FIRST_ACTIONS)
        case.interpreter_needed = case.language != "vietnamese"
        case.safe_contact = SafeContact(
            reach=pick(draw, {"set_times": 60, "trusted_person": 20, "meeting_place": 20}),
            phone=case.phone,
            call_times=draw.choice(texts.CALL_TIMES),
            do_not=draw.choice(texts.fitting(texts.DO_NOT, case)),
            if_another_answers=draw.choice(texts.IF_ANOTHER_ANSWERS),
            code_word=draw.choice(texts.CODE_WORDS),
            meeting_place=draw.choice(texts.fitting(texts.MEETING_PLACES, case)),
        )


def _mention_forms(draw: Random, cases: Cases) -> None:
    family = [case for case in cases if case.is_family]
    for case in cases:
        form = case.principal_form or shares.FORM_OUTSIDE[case.gbvims_type]
        case.forms = (form,)
    for form, per_base in shares.FURTHER_FORMS.items():
        lacking = [case for case in family if form not in case.forms]
        wanted = portion(per_base, shares.BASE_FAMILY, len(family))
        for case in draw.sample(lacking, min(wanted, len(lacking))):
            case.forms = (*case.forms, form)


def _mention_acts(draw: Random, cases: Cases) -> None:
    family = [case for case in cases if case.is_family]
    for act, (per_base, forms) in shares.ACTS.items():
        fitting = [
            case for case in family if set(forms.split()) & set(case.forms) and _can_be(act, case)
        ]
        draw.shuffle(fitting)
        fitting.sort(key=lambda case: len(case.acts))
        for case in fitting[: portion(per_base, shares.BASE_FAMILY, len(family))]:
            case.acts = (*case.acts, act)
    for case in family:
        if not case.acts:
            by_force = "i" if _can_be("i", case) else "k"
            likely = {"physical": "a", "mental": "b", "sexual": by_force, "economic": "o"}
            case.acts = (likely[case.forms[0]],)
        if case.gbvims_type == "forced_marriage" and "l" not in case.acts:
            case.acts = (*case.acts, "l")


def _can_be(act: str, case: SyntheticCase) -> bool:
    if act == "i":
        return case.relation in {"spouse", "cohabiting_partner", "former_spouse"}
    if act == "m":
        return case.sex == "female" and not case.is_child
    if act == "l":
        return case.gbvims_type == "forced_marriage"
    return True


def _children(draw: Random, cases: Cases) -> None:
    able = [c for c in cases if c.age_band in {"18_24", "25_39", "40_59"}]
    wanted = portion(shares.WITH_CHILDREN, shares.BASE_SURVIVORS, len(cases))
    for case in draw.sample(able, min(wanted, len(able))):
        youngest, oldest = max(0, case.age - 44), min(16, max(1, case.age - 18))
        number = min(pick(draw, {1: 40, 2: 45, 3: 15}), 1 + (case.age - 18) // 3)
        ages = (draw.randint(min(youngest, oldest), oldest) for _ in range(number))
        case.children = tuple(sorted(ages))
    nursing = [
        c for c in able if c.sex == "female" and c.age < 45 and min(c.children, default=9) < 3
    ]
    wanted = portion(shares.NURSING, shares.BASE_SURVIVORS, len(cases))
    for case in draw.sample(nursing, min(wanted, len(nursing))):
        case.protected_group = "nursing"
    expecting = [
        c for c in able if c.sex == "female" and c.age < 40 and c.protected_group == "none"
    ]
    wanted = portion(shares.PREGNANT, shares.BASE_SURVIVORS, len(cases))
    for case in draw.sample(expecting, min(wanted, len(expecting))):
        case.protected_group = "pregnant"


def describe_incidents(draw: Random, cases: Cases) -> None:
    """Who did it, with what, and whether a child saw it."""
    total = len(cases) + sum(len(case.further) for case in cases)
    _sex_of_who_did_it(draw, cases, total)
    blows = [c for c in cases if "physical" in c.forms or c.gbvims_type == "rape"]
    wanted = portion(shares.WEAPONS, shares.BASE_INCIDENTS, total)
    for case in draw.sample(blows, min(wanted, len(blows))):
        case.weapon = True
    seen = [c for c in cases if c.is_family and (c.children or c.is_minor)]
    wanted = portion(shares.CHILD_SAW, shares.BASE_INCIDENTS, total)
    for case in draw.sample(seen, min(wanted, len(seen))):
        case.child_present = True


def _sex_of_who_did_it(draw: Random, cases: Cases, total: int) -> None:
    """Wives of men first, then kin and neighbours; unknown among strangers and those online."""
    wanted = exact(shares.PERPETRATOR_SEX, total)
    order = list(cases)
    draw.shuffle(order)
    hidden = [c for c in order if c.relation in HIDDEN]
    for case in hidden[: wanted["unknown"]]:
        case.perpetrator_sex = "unknown"
    married = [c for c in order if c.relation in MARRIED and c.sex == "male"]
    near = [c for c in order if c.relation in NEAR and c.gbvims_type not in SEXUAL]
    near.sort(key=lambda c: c.relation != "parent_in_law")
    for case in (married + near)[: wanted["female"]]:
        case.perpetrator_sex = "female"
