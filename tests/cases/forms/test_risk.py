"""A pack is scored as its table says: by vectors worked out by hand, with placeholders for words.

The items of published instruments belong to others; what is tested is the arithmetic.
"""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.cases.forms.engine import load_forms
from referral.cases.forms.form_file import FormError
from referral.cases.forms.risk import Level, Risk, is_lowered, level_in_force, risk_of

FORMS = load_forms()


def items(count: int) -> list[str]:
    return [f"q{n}" for n in range(1, count + 1)]


def band(level: str, **rule: Any) -> dict[str, Any]:
    return {"level": level, "vi": level, "en": level, **rule}


def pack(count: int, bands: list[dict[str, Any]], **more: Any) -> Risk:
    said = {"licence": "x", "validated": True, "missing": "as_no", "items": items(count)}
    return risk_of({**said, "bands": bands, **more})


def yes(*numbers: int | str) -> dict[str, str]:
    return {f"q{n}": "yes" for n in numbers}


LETHALITY = pack(
    12,
    [
        band("high", any_of=["q1", "q2", "q3", "q12"]),
        band("high", least=4, among=[f"q{n}" for n in range(4, 12)]),
        band("low"),
    ],
)
DANGER = risk_of(
    {
        "licence": "x",
        "validated": True,
        "missing": "as_no",
        "items": [*items(20), "q3a"],
        "weights": {
            "q2": 5, "q3": 4, "q4": 4, "q5": 3, "q6": 3, "q7": 3, "q8": 2, "q9": 2,
            "q20": 0, "q3a": -3,
        },
        "exclusions": [["q3", "q3a"]],
        "bands": [
            band("high", least=18, vi="extreme"),
            band("high", least=14, vi="severe"),
            band("medium", least=8, vi="increased"),
            band("low", vi="variable"),
        ],
    }
)  # fmt: skip
COUNTED = pack(24, [band("high", least=14), band("medium", least=10), band("low")])


@pytest.mark.parametrize(
    ("answered", "level"),
    [((2,), "high"), ((4, 5, 6), "low"), ((4, 5, 6, 8), "high"), ((12,), "high"), ((), "low")],
)
def test_one_grave_item_or_four_others_trigger(answered: tuple[int, ...], level: str) -> None:
    assert level_in_force(LETHALITY, yes(*answered)) == level


@pytest.mark.parametrize(
    ("answered", "total", "name"),
    [
        ((), 0, "variable"),
        ((2,), 5, "variable"),
        ((2, 3), 9, "increased"),
        ((2, 3, 4, 5), 16, "severe"),
        ((2, 3, 4, 5, 10, 12), 18, "extreme"),
        (("3a", 6), 0, "variable"),
        (("3a",), -3, "variable"),
        (tuple(range(1, 20)), 37, "extreme"),
        (tuple(range(1, 21)), 37, "extreme"),
    ],
)
def test_weights_count_as_worked_out_by_hand(
    answered: tuple[int | str, ...], total: int, name: str
) -> None:
    score = DANGER.score(yes(*answered))
    assert score is not None
    assert (score.sum, score.band.name_vi) == (total, name)


def test_items_that_exclude_each_other_are_named() -> None:
    assert DANGER.contradictions(yes(3, "3a", 5)) == ["q3", "q3a"]
    assert DANGER.contradictions(yes(3, 5)) == []


@pytest.mark.parametrize(
    ("count", "level"), [(9, "low"), (10, "medium"), (13, "medium"), (14, "high")]
)
def test_a_count_of_items_makes_the_band(count: int, level: str) -> None:
    assert level_in_force(COUNTED, yes(*range(1, count + 1))) == level


def test_a_judgement_raises_what_was_counted() -> None:
    answers = {**yes(*range(1, 10)), "judged": "high"}
    assert level_in_force(COUNTED, answers) is Level.HIGH
    assert not is_lowered(COUNTED, answers)
    assert is_lowered(COUNTED, {**yes(*range(1, 15)), "judged": "medium"})
    assert not is_lowered(COUNTED, yes(1))


@given(st.dictionaries(st.sampled_from(items(24)), st.sampled_from(["no", "unknown", "declined"])))
def test_what_is_not_known_is_not_yes(answers: dict[str, str]) -> None:
    score = COUNTED.score(answers)
    assert score is not None
    assert (score.sum, score.band.level) == (0, Level.LOW)
    assert score.unanswered == 24 - sum(given == "no" for given in answers.values())


@given(st.sets(st.sampled_from(items(24))), st.sampled_from(items(24)))
def test_one_more_yes_never_lowers_the_band(answered: set[str], more: str) -> None:
    def rank(chosen: Iterable[str]) -> int:
        score = COUNTED.score(dict.fromkeys(chosen, "yes"))
        assert score is not None
        return score.band.level.rank

    assert rank(answered | {more}) <= rank(answered)


TRIAGE = FORMS["risk_triage"].risk
OTHER_SIGNS = (
    "escalating",
    "pregnant",
    "child_harmed",
    "suicidal",
    "recently_left",
    "location_known",
)
CHILD = FORMS["risk_child"].risk


@pytest.mark.parametrize("grave", ["danger_now", "strangled", "weapon", "threat_to_kill"])
def test_each_of_the_four_grave_signs_alone_is_high(grave: str) -> None:
    assert TRIAGE is not None
    assert level_in_force(TRIAGE, {grave: "yes"}) is Level.HIGH


@given(st.sets(st.sampled_from(OTHER_SIGNS)))
def test_of_the_other_signs_four_are_high_and_two_medium(signs: set[str]) -> None:
    assert TRIAGE is not None
    expected = Level.HIGH if len(signs) >= 4 else Level.MEDIUM if len(signs) >= 2 else Level.LOW
    assert level_in_force(TRIAGE, dict.fromkeys(signs, "yes")) is expected


def test_the_own_triage_says_that_it_is_not_validated() -> None:
    assert TRIAGE is not None
    assert not TRIAGE.is_validated


@pytest.mark.parametrize(
    ("given", "level"),
    [
        (("high", "high", "low"), Level.HIGH),
        (("high", "medium", "low"), Level.HIGH),
        (("medium", "medium", "high"), Level.MEDIUM),
        (("low", "low", "medium"), Level.LOW),
        (("high", "high", "unknown"), None),
    ],
)
def test_a_childs_totals_are_compared_and_a_tie_counts_as_the_higher(
    given: tuple[str, ...], level: Level | None
) -> None:
    assert CHILD is not None
    answers = dict(zip(("still_harmed", "access", "obstacles"), given, strict=True))
    assert level_in_force(CHILD, answers) is level


HEAD = 'id = "own"\nversion = 1\ntitle_vi = "Riêng"\ntitle_en = "Own"\n'
TABLE = """
[risk]
licence = "none"
validated = false
missing = "as_no"
items = ["a"]
[[risk.bands]]
level = "high"
vi = "Cao"
en = "High"
least = 1
[[risk.bands]]
level = "low"
vi = "Thấp"
en = "Low"
"""
QUESTIONS = "".join(
    f'[[fields]]\nid = "{name}"\ntype = "{kind}"\nvi = "x"\nen = "x"\n{more}'
    for name, kind, more in (
        ("a", "yes_no_unknown", ""),
        ("judged", "one_of", 'options = "risk_band"\n'),
        ("judged_reason", "text", ""),
    )
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('items = ["a"]', 'items = ["b"]'),
        ("least = 1", 'any_of = ["b"]'),
        ("least = 1\n", ""),
        ('en = "Low"\n', 'en = "Low"\nleast = 0\n'),
        ('id = "judged"', 'id = "other"'),
        ('missing = "as_no"', 'missing = "guess"'),
    ],
)
def test_a_wrong_table_is_refused_with_its_file(tmp_path, old: str, new: str) -> None:
    whole = HEAD + TABLE + QUESTIONS
    (tmp_path / "own.toml").write_text(whole, encoding="utf-8")
    assert load_forms(tmp_path)["own"].risk is not None
    (tmp_path / "own.toml").write_text(whole.replace(old, new), encoding="utf-8")
    with pytest.raises(FormError, match=r"own\.toml"):
        load_forms(tmp_path)
