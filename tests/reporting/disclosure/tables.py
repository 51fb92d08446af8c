"""Small tables to try, and attackers that count every possible table instead of solving."""

from collections.abc import Collection, Iterable, Iterator
from itertools import combinations, product

from referral.reporting.disclosure.attack import attack
from referral.reporting.disclosure.primary import standard, strict
from referral.reporting.disclosure.problem import (
    Bound,
    Cell,
    Interval,
    Problem,
    Protection,
    Standard,
    Sum,
)
from referral.reporting.disclosure.protection import protect


def as_editions_do(problem: Problem, threshold: int) -> Standard:
    """The strict standard by which editions are protected."""
    return standard(problem, strict(threshold))


def small(problem: Problem, threshold: int) -> list[str]:
    """The primary cells of a threshold."""
    return [demand.cell for demand in as_editions_do(problem, threshold).demands]


def protected(problem: Problem, threshold: int) -> Protection:
    """What is done to an edition."""
    return protect(problem, as_editions_do(problem, threshold))


def grid(
    rows: list[list[int]], *, published: Collection[str] = ("T.T",), margin_weight: float = 3
) -> Problem:
    """A two-way table with its totals: cells r.c, row totals r.T, column totals T.c, T.T."""
    values = {(f"{r}", f"{c}"): v for r, row in enumerate(rows) for c, v in enumerate(row)}
    heights, widths = [f"{r}" for r in range(len(rows))], [f"{c}" for c in range(len(rows[0]))]
    for r in heights:
        values[r, "T"] = sum(values[r, c] for c in widths)
    for c in (*widths, "T"):
        values["T", c] = sum(values[r, c] for r in heights)
    cells = [
        Cell(
            f"{r}.{c}",
            value,
            weight=margin_weight if "T" in (r, c) else 1,
            published=f"{r}.{c}" in published,
        )
        for (r, c), value in values.items()
    ]
    sums = [Sum(f"{r}.T", tuple(f"{r}.{c}" for c in widths)) for r in (*heights, "T")]
    sums += [Sum(f"T.{c}", tuple(f"{r}.{c}" for r in heights)) for c in (*widths, "T")]
    return Problem(cells, sums)


def worlds(
    problem: Problem, pattern: Collection[str], known: Collection[str] = ()
) -> Iterator[dict[str, int]]:
    """Every table that the published numbers allow: fill the inner cells, derive the totals.

    Only for tables whose totals are all published, or small.
    """
    hidden = sorted(set(pattern) - set(known))
    top = max(cell.value for cell in problem.cells)
    for filling in product(range(top + 1), repeat=len(hidden)):
        world = {cell.id: cell.value for cell in problem.cells}
        world.update(zip(hidden, filling, strict=True))
        if _holds(problem, world):
            yield world


def _holds(problem: Problem, world: dict[str, int]) -> bool:
    return all(
        world[tie.total] == sum(world[part] for part in tie.parts) for tie in problem.sums
    ) and all(
        sum(world[i] for i in bound.smaller) <= sum(world[i] for i in bound.larger)
        for bound in problem.bounds
    )


def enumerated(
    problem: Problem,
    pattern: Collection[str],
    *,
    known: Collection[str] = (),
    threshold: int | None = None,
) -> dict[str, Interval]:
    """The intervals that counting gives; the grand total must be published, to have an end."""
    seen: dict[str, set[int]] = {cell: set() for cell in set(pattern) - set(known)}
    for world in worlds(problem, pattern, known):
        if threshold and not any(0 < world[cell] < threshold for cell in pattern):
            continue
        for cell, values in seen.items():
            values.add(world[cell])
    return {cell: Interval(min(values), max(values)) for cell, values in seen.items()}


def withstands(problem: Problem, pattern: Collection[str], threshold: int) -> bool:
    """The promise of `protection`, asked of the independent attacker."""
    primaries = small(problem, threshold)
    plain = attack(problem, pattern)
    knowing = attack(problem, pattern, rule=dict.fromkeys(problem.by_id, threshold))
    for cell in primaries:
        value = problem.by_id[cell].value
        need = max(threshold, value + 1)
        if not plain[cell].reaches(0, need) or not knowing[cell].reaches(value, need):
            return False
    return not any(
        attack(problem, pattern, known=[insider])[cell].exact
        for insider in primaries
        if problem.by_id[insider].persons == 1
        for cell in primaries
        if cell != insider
    )


def cheapest(problem: Problem, threshold: int) -> float | None:
    """The least cost of a pattern that withstands, found by trying all of them."""
    primaries = set(small(problem, threshold))
    spare = [c.id for c in problem.cells if not c.published and c.id not in primaries]
    best: float | None = None
    for extra in _subsets(spare):
        cost = sum(problem.by_id[i].weight for i in (*primaries, *extra))
        if (best is None or cost < best) and withstands(problem, {*primaries, *extra}, threshold):
            best = cost
    return best


def _subsets(items: list[str]) -> Iterable[tuple[str, ...]]:
    return (chosen for size in range(len(items) + 1) for chosen in combinations(items, size))


def persons_and_forms(
    forms: list[dict[str, int]], totals: list[int], *, published: Collection[str]
) -> Problem:
    """Units with a total of persons and overlapping forms: bounds instead of row sums."""
    names = sorted(forms[0])
    values = {f"{u}.{f}": row[f] for u, row in enumerate(forms) for f in names}
    values |= {f"{u}.T": total for u, total in enumerate(totals)}
    values |= {f"T.{f}": sum(row[f] for row in forms) for f in names} | {"T.T": sum(totals)}
    units = [str(u) for u in range(len(forms))]
    sums = [Sum(f"T.{c}", tuple(f"{u}.{c}" for u in units)) for c in (*names, "T")]
    bounds = [Bound((f"{u}.{f}",), (f"{u}.T",)) for u in units for f in names]
    bounds += [Bound((f"{u}.T",), tuple(f"{u}.{f}" for f in names)) for u in units]
    cells = [Cell(i, v, published=i in published) for i, v in values.items()]
    return Problem(cells, sums, bounds)
