"""Chance that repeats: the demo's dice, and shares turned into whole numbers of people."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from math import ceil
from random import Random  # noqa: TID251 - invented people must be the same for the same seed
from statistics import NormalDist
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


def dice(seed: int, stream: str) -> Random:
    """A stream of its own for each use, so that a change in one moves nothing in another.

    Never for anything secret: whoever knows the seed knows every throw.
    """
    return Random(f"{seed}/{stream}")  # nosec B311  # noqa: S311 - repeatable on purpose


def exact(shares: Mapping[K, float], total: int) -> dict[K, int]:
    """Whole numbers in proportion to the shares, that add up to `total` (largest remainder).

    Equal remainders go in the order of `shares`. Shares need not add up to anything; all zero is
    refused with a ValueError unless `total` is zero.
    """
    whole = sum(shares.values())
    if not total:
        return dict.fromkeys(shares, 0)
    if whole <= 0:
        raise ValueError("shares without weight cannot be scaled")
    ideal = {key: share * total / whole for key, share in shares.items()}
    counts = {key: int(value + 1e-9) for key, value in ideal.items()}
    order = sorted(shares, key=lambda key: round(counts[key] - ideal[key], 9))
    for key in order[: total - sum(counts.values())]:
        counts[key] += 1
    return counts


def portion(part: int, whole: int, total: int) -> int:
    """`part` of `whole`, scaled to `total`, rounded half up."""
    return (2 * part * total + whole) // (2 * whole)


def deal(draw: Random, shares: Mapping[K, float], total: int) -> list[K]:
    """Exact quotas in shuffled order: the totals are known, only who gets what is chance."""
    hand = [key for key, count in exact(shares, total).items() for _ in range(count)]
    draw.shuffle(hand)
    return hand


def spread(draw: Random, count: int) -> list[float]:
    """Deviations as a normal distribution has them, one from each of `count` equal slices."""
    slices = [NormalDist().inv_cdf((n + 0.5) / count) for n in range(count)]
    draw.shuffle(slices)
    return slices


def pick(draw: Random, weights: Mapping[K, float]) -> K:
    """One key, by weight."""
    return draw.choices(list(weights), weights=list(weights.values()))[0]


def swap_fields(left: object, right: object, fields: Sequence[str]) -> None:
    """Exchange attributes, so that every quota stays what it was."""
    for field in fields:
        mine, theirs = getattr(left, field), getattr(right, field)
        setattr(left, field, theirs)
        setattr(right, field, mine)


def settle(
    draw: Random, rows: Sequence[T], fields: Sequence[str], faults: Callable[[T], int]
) -> None:
    """Exchange `fields` between rows for as long as an exchange leaves the two with fewer faults.

    Quotas stay what they were. A row that no exchange can help keeps its faults.
    """
    partners = list(rows)
    draw.shuffle(partners)
    for row in [row for row in rows if faults(row)]:
        for other in partners:
            if other is row:
                continue
            before = faults(row) + faults(other)
            swap_fields(row, other, fields)
            if faults(row) + faults(other) >= before:
                swap_fields(row, other, fields)
            if not faults(row):
                break


def lean(
    draw: Random,
    rows: Sequence[T],
    fields: Sequence[str],
    *,
    group: Callable[[T], bool],
    wanted: Callable[[T], bool],
    share: float,
    faults: Callable[[T], int],
) -> None:
    """Exchange `fields` until at least `share` of the rows in `group` are `wanted`.

    Adds no fault and moves no row into or out of the group; stops when no exchange is left.
    """
    members = [row for row in rows if group(row)]
    missing = ceil(share * len(members) - 1e-9) - sum(map(wanted, members))
    others = [row for row in rows if not group(row)]
    draw.shuffle(others)
    for row in [row for row in members if not wanted(row)]:
        if missing <= 0:
            return
        for other in others:
            before = faults(row) + faults(other)
            swap_fields(row, other, fields)
            still = group(row) and not group(other)
            if still and wanted(row) and faults(row) + faults(other) <= before:
                missing -= 1
                break
            swap_fields(row, other, fields)
