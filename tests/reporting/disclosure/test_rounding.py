"""Rounded tables add up, keep to neighbouring multiples, and are as near as can be."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral.reporting.disclosure.crossed import Dimension, Key, Layout
from referral.reporting.disclosure.problem import Cell, Problem, Sum
from referral.reporting.disclosure.rounding import UnroundableError, controlled_rounding
from tests.reporting.disclosure.tables import grid

table = st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=2), min_size=2, max_size=3)


def nearest(problem: Problem, base: int) -> int | None:
    """The least distance, by trying every choice of up and down."""
    choices = [
        (c.value,)
        if c.value % base == 0
        else (c.value // base * base, (c.value // base + 1) * base)
        for c in problem.cells
    ]
    best = None
    for picked in product(*choices):
        world = {c.id: v for c, v in zip(problem.cells, picked, strict=True)}
        if all(world[t.total] == sum(world[p] for p in t.parts) for t in problem.sums):
            far = sum(abs(world[c.id] - c.value) for c in problem.cells)
            best = far if best is None else min(best, far)
    return best


@settings(max_examples=25, deadline=None)
@given(rows=table, base=st.sampled_from([2, 3, 5]))
def test_every_rounding_is_one_of_the_nearest(rows: list[list[int]], base: int) -> None:
    problem = grid(rows)

    found = controlled_rounding(problem, base)

    assert found.distance == nearest(problem, base)
    for cell in problem.cells:
        rounded = found.values[cell.id]
        assert rounded % base == 0
        assert abs(rounded - cell.value) < base
    for tie in problem.sums:
        assert found.values[tie.total] == sum(found.values[part] for part in tie.parts)


def nearest_cube(problem: Problem, base: int) -> int | None:
    """The least distance, by trying every choice for the undivided numbers; totals follow."""
    best = None
    inner = sorted(key for key in problem.by_id if "*" not in key)
    values = [problem.by_id[key].value for key in inner]
    choices = [{value // base * base, -(-value // base) * base} for value in values]
    for picked in product(*choices):
        rounded = dict(zip(inner, picked, strict=True))
        far = 0
        for cell in problem.cells:
            codes = cell.id.split("/")
            total = sum(
                value
                for key, value in rounded.items()
                if all(c in ("*", k) for c, k in zip(codes, key.split("/"), strict=True))
            )
            far += abs(total - cell.value)
            if abs(total - cell.value) >= base or (not cell.value % base and total != cell.value):
                break
        else:
            best = far if best is None else min(best, far)
    return best


def test_cubes_are_rounded_to_the_nearest_table_too_or_there_is_none() -> None:
    layout = Layout([Dimension.flat(name, ["0", "1"]) for name in "abc"])
    chance = np.random.default_rng(4)
    outcomes = []
    for _ in range(12):
        counts: dict[Key, int] = {leaf: int(chance.integers(0, 7)) for leaf in layout.leaves}
        problem = layout.problem(counts)
        try:
            found = controlled_rounding(problem, 3).distance
        except UnroundableError:
            found = None
        assert found == nearest_cube(problem, 3)
        outcomes.append(found)

    assert any(found is not None for found in outcomes)


def test_what_no_neighbouring_multiples_satisfy_is_refused() -> None:
    """Three numbers tied to be one, and their sum: of 0, 0, 0 or 2, 2, 2 it is not 2 or 4."""
    cells = [Cell("a", 1), Cell("b", 1), Cell("c", 1), Cell("t", 3)]
    same = [Sum("a", ("b",)), Sum("b", ("c",)), Sum("t", ("a", "b", "c"))]

    with pytest.raises(UnroundableError, match="multiples of 2"):
        controlled_rounding(Problem(cells, same), 2)


def test_a_multiple_stays_even_where_only_its_going_up_would_save_the_sums() -> None:
    """b and t are one number, and of the two one must be 2 and the other 0, unless a is 2."""
    cells = [Cell("a", 0), Cell("b", 1), Cell("t", 1), Cell("u", 2)]

    with pytest.raises(UnroundableError):
        controlled_rounding(Problem(cells, [Sum("t", ("a", "b")), Sum("u", ("t", "b"))]), 2)
