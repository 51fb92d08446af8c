"""What a story is: whom it is about, who acts, how it is told, what the tour says of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from referral.cli.demo.cases import SafeContact, SyntheticCase
from referral.cli.demo.hosts import Reserved
from referral.cli.demo.stories.stage import Moments, Players

FIRST_NUMBER = 9001
"""Survivors of the stories are numbered from here, apart from those whom the quotas make."""


@dataclass(frozen=True, slots=True)
class Story:
    """One story. `agencies` are the slugs of all that act in it, the first of them to begin."""

    name: str
    title: tuple[str, str]
    """Vietnamese and English, without a name and without a word that gives her away."""
    line: tuple[str, str]
    """What happened, in a sentence; the same rule."""
    survivors: tuple[SyntheticCase, ...]
    agencies: tuple[str, ...]
    tell: Callable[[Players], Moments]
    referrals: tuple[str, ...] = ()
    """What its referrals are called, the one worth opening first."""
    reserved: tuple[Reserved, ...] = ()


def survivor(
    number: int, born: date, occurred: datetime, reported: datetime, **known: object
) -> SyntheticCase:
    """A survivor of a story. What follows from dates is worked out here."""
    case = SyntheticCase(
        number=FIRST_NUMBER + number,
        birth_on=born,
        occurred_at=occurred,
        hour=occurred.hour,
        reported_at=reported,
        reported_on=reported.date(),
        delay_days=(reported.date() - occurred.date()).days,
        statistics="agreed",
    )
    day = occurred.date()
    age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return replace(case, age=age, **known)  # type: ignore[arg-type]  # fields of the case by name


def safe(reach: str, do_not: str, **known: str) -> SafeContact:
    """How to reach a survivor of a story; what was not said stays empty."""
    empty = dict.fromkeys(
        ("phone", "call_times", "if_another_answers", "code_word", "meeting_place"), ""
    )
    return SafeContact(reach=reach, do_not=do_not, **(empty | known))
