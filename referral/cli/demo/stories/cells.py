"""The cells of the quotas that the survivors of the stories fill: others leave them free."""

from collections.abc import Sequence

from referral.cli.demo.cases import SyntheticCase
from referral.cli.demo.people import PLANNED_SAME, PLANNED_TONES

CELLS = (
    "district",
    "sex",
    "age_band",
    "people",
    "gbvims_type",
    "principal_form",
    "receiver",
    "language",
    "risk",
    "relation",
    "reporter",
    "channel",
    "disability",
    "statistics",
)
"""What is counted of each survivor, what weighs most first.

How often it happened again weighs more than all of it; the month comes after the sex.
"""


def leave_out(
    found: Sequence[SyntheticCase], survivors: Sequence[SyntheticCase]
) -> list[SyntheticCase]:
    """The invented cases without, for each survivor of a story, the one that is most like her.

    A name that is planned for one of a pair passes on to whoever is most like its bearer.
    """
    left = list(found)
    for survivor in survivors:
        free = [case for case in left if case.paper_name not in PLANNED_SAME]
        gone = max(free, key=lambda case: likeness(case, survivor))
        left.remove(gone)
        if gone.paper_name in PLANNED_TONES:
            _name_after(gone, [case for case in free if case is not gone])
    return left


def _name_after(gone: SyntheticCase, free: Sequence[SyntheticCase]) -> None:
    others = [case for case in free if case.paper_name not in PLANNED_TONES]
    heir = max(others, key=lambda case: likeness(case, gone))
    heir.spoken_name, heir.paper_name = gone.spoken_name, gone.paper_name


def likeness(case: SyntheticCase, survivor: SyntheticCase) -> int:
    """How far the two fill the same cells; a cell weighs more than all that follow it."""
    same = [getattr(case, name) == getattr(survivor, name) for name in CELLS]
    same.insert(0, len(case.further) == len(survivor.further))
    same.insert(3, case.reported_on.month == survivor.reported_on.month)
    return int("".join("1" if holds else "0" for holds in same), base=2)
