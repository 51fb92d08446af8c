"""What follows from the answers about an incident, which nobody is asked: pure.

Contexts are derived as the GBV information management system derives them, but only from what was
answered: "no", "not known", "prefers not to say" and an open question make none.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final, NamedTuple

Answers = Mapping[str, Any]

SEXUAL: Final = frozenset({"rape", "sexual_assault"})
PARTNERS: Final = frozenset(
    {"spouse", "cohabiting_partner", "former_spouse", "former_partner", "dating_partner"}
)
TYPES: Final = (
    "rape",
    "sexual_assault",
    "physical_assault",
    "forced_marriage",
    "denial_of_resources",
    "psychological_abuse",
    "not_gender_based",
)
"""In the order of the classification: the first that applies is the type of the incident."""
SAYS_NOTHING: Final = frozenset({None, "unknown", "declined"})

_OLDEST_OF_BAND: Final = {"0_11": 11, "12_15": 15, "16_17": 17}
_YOUNGEST_OF_BAND: Final = {"16_17": 16, "18_24": 18, "25_39": 25, "40_59": 40, "60_over": 60}
GBVIMS_CHILD: Final = 18
"""Under this age a child in the statistics of the GBV information management system."""
LAW_CHILD: Final = 16
"""Under this age a child in the law (Law 102/2016/QH13, Art. 1)."""

_LATEST_TYPE: Final = {
    "i": "sexual_assault",
    "k": "sexual_assault",
    "l": "forced_marriage",
    "n": "denial_of_resources",
    "o": "denial_of_resources",
}
"""For an act of Art. 3(1), the last type in the order that fits it: an earlier one may too."""


class Context(StrEnum):
    """The situation in which violence happened; several may hold."""

    INTIMATE_PARTNER = "intimate_partner_violence"
    CHILD_SEXUAL_ABUSE = "child_sexual_abuse"
    EARLY_MARRIAGE = "early_marriage"
    SEXUAL_EXPLOITATION = "possible_sexual_exploitation"
    SEXUAL_SLAVERY = "possible_sexual_slavery"
    HARMFUL_PRACTICE = "harmful_traditional_practice"


class ReportingDelay(StrEnum):
    """Days between the incident and the first report, in bands without gap or overlap."""

    DAYS_0_3 = "0_3_days"
    DAYS_4_5 = "4_5_days"
    DAYS_6_14 = "6_14_days"
    WEEKS_2_TO_MONTH = "2_weeks_1_month"
    OVER_MONTH = "over_1_month"


class AgeSpan(NamedTuple):
    """The youngest and the oldest that somebody may have been, in full years; None is open."""

    youngest: int | None
    oldest: int | None

    def is_under(self, years: int) -> bool | None:
        """Whether certainly, certainly not, or not to be told."""
        if self.oldest is not None and self.oldest < years:
            return True
        if self.youngest is not None and self.youngest >= years:
            return False
        return None


def age_at(identity: Answers, on: date | None, *, asked_on: date) -> AgeSpan:
    """How old she was on the day of the incident, as far as her answers tell.

    A year of birth leaves two ages open. A band was true on the day on which it was asked, and
    is carried back to `on` by the full years between; without `on` that day stands for it.
    """
    born, then = identity.get("birth_year"), min(on or asked_on, asked_on)
    if isinstance(born, int):
        return AgeSpan(max(then.year - born - 1, 0), max(then.year - born, 0))
    band = str(identity.get("age_band"))
    full = asked_on.year - then.year - ((asked_on.month, asked_on.day) < (then.month, then.day))
    youngest, oldest = _YOUNGEST_OF_BAND.get(band), _OLDEST_OF_BAND.get(band)
    return AgeSpan(
        None if youngest is None else max(youngest - full - (then < asked_on), 0),
        None if oldest is None else max(oldest - full, 0),
    )


OF_ANY_AGE: Final = AgeSpan(None, None)


def contexts_of(
    incident: Answers, *, relations: Iterable[str] = (), age: AgeSpan = OF_ANY_AGE
) -> list[Context]:
    """The contexts of an incident, in the order of `Context`.

    `relations` are those of further people who did it, beside the one in the incident itself.
    """
    kind = incident.get("gbvims_type")
    if kind in SAYS_NOTHING or kind == "not_gender_based":
        return []
    related = {incident.get("perpetrator_relation"), *relations}
    is_sexual, is_child = kind in SEXUAL, age.is_under(GBVIMS_CHILD) is True
    holds = {
        Context.INTIMATE_PARTNER: bool(related & PARTNERS),
        Context.CHILD_SEXUAL_ABUSE: is_sexual and is_child,
        Context.EARLY_MARRIAGE: kind == "forced_marriage" and is_child,
        Context.SEXUAL_EXPLOITATION: is_sexual and incident.get("goods_exchanged") == "yes",
        Context.SEXUAL_SLAVERY: is_sexual and _is_some(incident.get("abduction")),
        Context.HARMFUL_PRACTICE: _is_some(incident.get("harmful_practice")),
    }
    return [context for context in Context if holds[context]]


def _is_some(code: object) -> bool:
    return code not in SAYS_NOTHING and code != "none"


def reporting_delay(occurred_on: date | None, reported_on: date | None) -> ReportingDelay | None:
    """The band of the delay; None where a day is missing or the report came first."""
    if occurred_on is None or reported_on is None or reported_on < occurred_on:
        return None
    days = (reported_on - occurred_on).days
    for last, band in (
        (3, ReportingDelay.DAYS_0_3),
        (5, ReportingDelay.DAYS_4_5),
        (14, ReportingDelay.DAYS_6_14),
        (30, ReportingDelay.WEEKS_2_TO_MONTH),
    ):
        if days <= last:
            return band
    return ReportingDelay.OVER_MONTH


def acts_before_type(incident: Answers) -> list[str]:
    """Acts that ask for a type earlier in the order than the one chosen: to be looked at again."""
    kind = incident.get("gbvims_type")
    if kind not in TYPES:
        return []
    chosen = TYPES.index(kind)
    acts: Collection[str] = incident.get("acts") or ()
    return [a for a in acts if a in _LATEST_TYPE and TYPES.index(_LATEST_TYPE[a]) < chosen]
