"""Controlled rounding: every number a multiple of the base, every sum still true."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from referral.reporting.disclosure.problem import Problem
from referral.reporting.disclosure.solver import is_proven, program, rows_of, solve


class UnroundableError(ValueError):
    """No table of neighbouring multiples adds up, which happens in three dimensions and more."""

    def __init__(self, base: int) -> None:
        super().__init__(
            f"no multiples of {base} next to the true numbers add up in all sums; "
            "another base, or fewer linked sums, may do"
        )


@dataclass(frozen=True, slots=True)
class Rounded:
    """The rounded numbers, and how far they are from the true ones, all taken together."""

    values: Mapping[str, int]
    distance: int


def controlled_rounding(problem: Problem, base: int) -> Rounded:
    """Round each number to the multiple of ``base`` below or above it, so that all sums hold.

    Zero-restricted: a multiple stays as it is. Of all such tables it is one of least distance.
    Whether a cell is marked as published makes no difference. Raises `UnroundableError`.
    """
    ids = [cell.id for cell in problem.cells]
    place = {cell: n for n, cell in enumerate(ids)}
    truth = np.array([cell.value for cell in problem.cells], dtype=np.int64)
    below, rest = truth // base, truth % base
    spots = [(n, place[tie.total], 1.0) for n, tie in enumerate(problem.sums)]
    spots += [(n, place[part], -1.0) for n, tie in enumerate(problem.sums) for part in tie.parts]
    rows = rows_of(spots, len(problem.sums), len(ids))
    owed = -(rows @ below.astype(np.float64))
    nothing = np.zeros(len(ids))
    model = program(
        (base - 2 * rest).astype(np.float64),  # what going up costs more than going down
        (nothing, np.where(rest > 0, 1.0, 0.0)),
        rows,
        (owed, owed),
        whole=True,
    )
    # Searches within the search, which find nothing here that the search does not find sooner.
    for name in ("mip_heuristic_run_rins", "mip_heuristic_run_rens"):
        model.setOptionValue(name, False)
    found = solve(model)
    if found is None or not is_proven(model):
        raise UnroundableError(base)
    values = (below + np.round(found).astype(np.int64)) * base
    assert not np.any(rows @ values)
    distance = int(np.abs(values - truth).sum())
    return Rounded(dict(zip(ids, values.tolist(), strict=True)), distance)
