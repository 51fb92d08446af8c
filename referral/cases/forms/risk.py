"""How a form is scored: a risk pack is a form with a `[risk]` table. Pure.

The engine knows no instrument. A deployment loads the items and weights that it is licensed to
use, as a form of its own; what comes with the product is its own wording or the law's. A band
never decides about a service: it says how soon somebody looks again.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Level(StrEnum):
    """What a band means for the case, whatever the instrument calls it."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the highest."""
        return tuple(Level).index(self)


class Missing(StrEnum):
    """What an item counts that was not answered, not known or declined."""

    AS_NO = "as_no"
    """Nothing, as "no"; "not known" is not yes."""
    REFUSE = "refuse"
    """There is no band until all items are answered."""


JUDGED: Final = "judged"
JUDGED_REASON: Final = "judged_reason"


@dataclass(frozen=True, slots=True)
class Band:
    """One band: it holds when any of its rules does; one without rules holds always."""

    level: Level
    name_vi: str
    name_en: str
    any_of: frozenset[str] = frozenset()
    """Items of which one answered yes is enough."""
    least: int | None = None
    """The sum from which on it holds, of the items `among`, or of all."""
    among: frozenset[str] = frozenset()
    most_common: str | None = None
    """It holds when no other answer was given more often than this one."""

    @property
    def has_rule(self) -> bool:
        """Whether it asks for anything."""
        return bool(self.any_of) or self.least is not None or self.most_common is not None

    def name(self, locale: str) -> str:
        """Its name in the reader's language."""
        return self.name_en if locale.startswith("en") else self.name_vi


@dataclass(frozen=True, slots=True)
class Score:
    """What the answers come to."""

    band: Band
    sum: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class Risk:
    """How the answers of a form become a band."""

    items: tuple[str, ...]
    bands: tuple[Band, ...]
    """The first that holds counts; the last holds always."""
    missing: Missing
    licence: str
    is_validated: bool
    weights: Mapping[str, int]
    """What a yes counts, where it is not 1."""
    exclusions: tuple[frozenset[str], ...]
    """Items of which no two are answered yes."""

    def contradictions(self, answers: Mapping[str, Any]) -> list[str]:
        """Items that contradict another one, in the order of the form."""
        yes = self._yes(answers)
        clashing = {
            item for group in self.exclusions if len(group & yes) > 1 for item in group & yes
        }
        return [item for item in self.items if item in clashing]

    def score(self, answers: Mapping[str, Any]) -> Score | None:
        """The band of these answers; None while an item that must be answered is open."""
        unanswered = sum(not _is_answered(answers.get(item)) for item in self.items)
        if unanswered and self.missing is Missing.REFUSE:
            return None
        yes = self._yes(answers)
        given = Counter(
            str(answers[item]) for item in self.items if _is_answered(answers.get(item))
        )
        band = next(band for band in self.bands if self._holds(band, yes, given))
        return Score(band, self._sum(yes), unanswered)

    def _yes(self, answers: Mapping[str, Any]) -> frozenset[str]:
        return frozenset(item for item in self.items if answers.get(item) == "yes")

    def _sum(self, yes: frozenset[str]) -> int:
        return sum(self.weights.get(item, 1) for item in yes)

    def _holds(self, band: Band, yes: frozenset[str], given: Counter[str]) -> bool:
        if not band.has_rule or band.any_of & yes:
            return True
        if band.least is not None and self._sum(yes & (band.among or yes)) >= band.least:
            return True
        top = max(given.values(), default=0)
        return band.most_common is not None and top > 0 and given[band.most_common] == top


def level_in_force(risk: Risk, answers: Mapping[str, Any]) -> Level | None:
    """The level that counts: what the worker judged, else that of the band."""
    judged = answers.get(JUDGED)
    if judged in {level.value for level in Level}:
        return Level(str(judged))
    score = risk.score(answers)
    return score.band.level if score else None


def is_lowered(risk: Risk, answers: Mapping[str, Any]) -> bool:
    """Whether somebody judged the risk lower than the band says."""
    score, judged = risk.score(answers), answers.get(JUDGED)
    if score is None or judged not in {level.value for level in Level}:
        return False
    return Level(str(judged)).rank > score.band.level.rank


def _is_answered(given: Any) -> bool:
    return given not in (None, "", "unknown", "declined")


def missing_parts(entry: Mapping[str, Any], asked: Sequence[str]) -> str:
    """What is wrong with a `[risk]` table beside the form's questions; empty when nothing is."""
    known = set(asked)
    named = [*entry["items"], *entry.get("weights", {})]
    named += [item for group in entry.get("exclusions", ()) for item in group]
    for band in entry["bands"]:
        named += [*band.get("any_of", ()), *band.get("among", ())]
    unknown = [name for name in named if name not in known]
    if unknown:
        return f"there is no question '{unknown[0]}'"
    for needed in (JUDGED, JUDGED_REASON):
        if needed not in known:
            return f"a form that is scored asks '{needed}' as well"
    rules = [set(band) & {"any_of", "least", "most_common"} for band in entry["bands"]]
    if rules[-1] or not all(rules[:-1]):
        return "the last band has no rule, and every other has one"
    return ""


def risk_of(entry: Mapping[str, Any]) -> Risk:
    """From a `[risk]` table that has been checked."""
    bands = tuple(
        Band(
            level=Level(band["level"]),
            name_vi=band["vi"],
            name_en=band["en"],
            any_of=frozenset(band.get("any_of", ())),
            least=band.get("least"),
            among=frozenset(band.get("among", ())),
            most_common=band.get("most_common"),
        )
        for band in entry["bands"]
    )
    return Risk(
        items=tuple(entry["items"]),
        bands=bands,
        missing=Missing(entry["missing"]),
        licence=entry["licence"],
        is_validated=entry["validated"],
        weights=dict(entry.get("weights", {})),
        exclusions=tuple(frozenset(group) for group in entry.get("exclusions", ())),
    )
