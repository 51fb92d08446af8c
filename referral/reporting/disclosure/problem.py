"""What is to be protected, and from what: counted cells, and all that ties them to one another.

Linked tables are one problem: a margin that two tables share is one cell with one id, so that
nobody can set one table against the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


class MalformedProblemError(ValueError):
    """The cells and sums contradict one another; the message names the ids."""


class UnprotectableError(ValueError):
    """Even suppressing all that may be suppressed leaves these cells open.

    ``cells`` are the ids; publish less (a total, as a rule) or redesign the table.
    """

    def __init__(self, cells: Iterable[str]) -> None:
        self.cells = tuple(sorted(cells))
        super().__init__(f"cannot be protected while so much is published: {', '.join(self.cells)}")


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of a table.

    ``contributors`` are the distinct persons behind it, when that is not the value itself (six
    incidents of one person). ``weight`` is the loss of not publishing it. A ``published`` cell is
    never suppressed, whatever it counts.
    """

    id: str
    value: int
    contributors: int | None = None
    weight: float = 1.0
    published: bool = False

    @property
    def persons(self) -> int:
        """Distinct persons behind the value."""
        return self.value if self.contributors is None else self.contributors


@dataclass(frozen=True, slots=True)
class Sum:
    """An equation anybody can write down: the total is the sum of the parts."""

    total: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """An inequality anybody can write down: the smaller cells sum to at most the larger ones."""

    smaller: tuple[str, ...]
    larger: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """The whole numbers that an attacker cannot rule out, ends included; ``None``: no upper end."""

    low: int
    high: int | None

    @property
    def exact(self) -> bool:
        """Tell whether the attacker knows the number."""
        return self.low == self.high

    def reaches(self, low: int, high: int) -> bool:
        """Tell whether both ``low`` and ``high`` stay possible."""
        return self.low <= low and (self.high is None or self.high >= high)


@dataclass(frozen=True, slots=True)
class Demand:
    """What has to stay possible, for all the attacker can tell, of a primary cell.

    Down to the value less ``lower``, up to the value plus ``upper``, and, wherever that lies, over
    a width of ``sliding``. A primary cell is suppressed even if all three are nothing.
    """

    cell: str
    lower: int
    upper: int
    sliding: int = 0

    def met_by(self, interval: Interval, value: int) -> bool:
        """Tell whether an interval that the attacker cannot narrow is wide enough."""
        if not interval.reaches(value - self.lower, value + self.upper):
            return False
        return interval.high is None or interval.high - interval.low >= self.sliding


@dataclass(frozen=True, slots=True)
class Standard:
    """Everything that a pattern has to withstand.

    With ``rule``, the threshold of each cell, the attacker also knows that suppression began at a
    cell of fewer persons than its threshold, and must not be able to tell at which. Of the
    ``insiders`` each knows the number of one cell, her own, and must not be able to work out any
    primary cell from it.
    """

    demands: tuple[Demand, ...]
    rule: Mapping[str, int] | None = None
    insiders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Certificate:
    """Why the pattern is trusted. Names the primary cells, so it is never published.

    ``reach`` holds, for every primary cell, whole numbers shown to be possible to the attacker.
    ``cost`` is the weight suppressed, ``bound`` what no safe pattern can go below; ``optimal``
    tells whether they meet. If not, the pattern is an audited fallback: safe all the same, only
    wider than needed.
    """

    reach: Mapping[str, Interval]
    cost: float
    bound: float
    optimal: bool


@dataclass(frozen=True, slots=True)
class Protection:
    """The ids to suppress, all by one symbol, and the internal certificate."""

    pattern: frozenset[str]
    certificate: Certificate


@dataclass(frozen=True)
class Problem:
    """Cells of a set of linked tables with the sums and bounds that tie them.

    Checked when built: raises `MalformedProblemError` for negative, unknown or duplicate cells,
    and for sums or bounds that the values break. The order of the cells never matters.
    """

    cells: Sequence[Cell]
    sums: Sequence[Sum] = ()
    bounds: Sequence[Bound] = ()
    by_id: Mapping[str, Cell] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.cells, key=lambda cell: cell.id))
        object.__setattr__(self, "cells", ordered)
        object.__setattr__(self, "sums", tuple(sorted(self.sums, key=_sum_key)))
        object.__setattr__(self, "bounds", tuple(sorted(self.bounds, key=_bound_key)))
        object.__setattr__(self, "by_id", {cell.id: cell for cell in ordered})
        self._check_cells()
        self._check_ties()

    def _check_cells(self) -> None:
        if len(self.by_id) != len(self.cells):
            ids = [cell.id for cell in self.cells]
            raise MalformedProblemError(
                f"duplicate cells: {', '.join(sorted({i for i in ids if ids.count(i) > 1}))}"
            )
        wrong = [c.id for c in self.cells if c.value < 0 or not 0 <= c.persons <= c.value]
        wrong += [c.id for c in self.cells if c.value and not c.persons]
        if wrong:
            raise MalformedProblemError(f"impossible values: {', '.join(sorted(wrong))}")

    def _check_ties(self) -> None:
        named = {i for one in self.sums for i in (one.total, *one.parts)}
        named |= {i for one in self.bounds for i in (*one.smaller, *one.larger)}
        if unknown := named - self.by_id.keys():
            raise MalformedProblemError(f"unknown cells: {', '.join(sorted(unknown))}")
        untrue = {t.total for t in self.sums if self._value((t.total,)) != self._value(t.parts)}
        if untrue:
            raise MalformedProblemError(f"the parts do not add up to {', '.join(sorted(untrue))}")
        for bound in self.bounds:
            if self._value(bound.smaller) > self._value(bound.larger):
                raise MalformedProblemError(
                    f"{' + '.join(bound.smaller)} exceeds {' + '.join(bound.larger)}"
                )

    def _value(self, ids: Iterable[str]) -> int:
        return sum(self.by_id[i].value for i in ids)


def _sum_key(one: Sum) -> tuple[str, tuple[str, ...]]:
    return one.total, one.parts


def _bound_key(one: Bound) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return one.larger, one.smaller
