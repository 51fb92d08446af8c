"""The release ledger: a new release is attacked together with all that was released before.

An id means the same number in every release; it is published for good once any release shows it.
A release that changes numbers is a *revision*: every number it shares with the one before becomes
a second number, and what lies between the two (gained or lost) is a number too, with the same
threshold.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from referral.reporting.disclosure.attack import attack
from referral.reporting.disclosure.primary import together
from referral.reporting.disclosure.problem import (
    Bound,
    Cell,
    Demand,
    Interval,
    MalformedProblemError,
    Problem,
    Standard,
    Sum,
)

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Release:
    """What one release says and keeps back; ``demands`` are its primary cells.

    The persons by whom a revision changes a number that has a threshold are hidden below that too.
    """

    name: str
    problem: Problem
    demands: tuple[Demand, ...] = ()
    thresholds: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Number:
    """A published number, and the release that showed it first."""

    id: str
    value: int
    release: str


@dataclass(frozen=True, slots=True)
class Opening:
    """A cell that can be narrowed down too far, and the least combination that does it."""

    cell: str
    interval: Interval
    sums: tuple[Sum, ...]
    numbers: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a release opens that was not open before; safe if nothing."""

    release: str
    openings: tuple[Opening, ...]

    @property
    def is_safe(self) -> bool:
        """Tell whether the release may join those before it."""
        return not self.openings


@dataclass
class Ledger:
    """Everything released so far, as cells and sums of one problem."""

    _cells: dict[str, Cell] = field(default_factory=dict)
    _sums: dict[Sum, None] = field(default_factory=dict)
    _bounds: dict[Bound, None] = field(default_factory=dict)
    _demands: dict[str, Demand] = field(default_factory=dict)
    _shown: dict[str, str] = field(default_factory=dict)
    _latest: dict[str, str] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)

    def add(self, release: Release) -> Verdict:
        """Enter a release and say what it opens, alone or together with those before.

        What any release asks holds for good. `MalformedProblemError` where an id is one by which
        the ledger knows the second number of a revision, or what was gained or lost.
        """
        names = self._names(release)
        for cell in release.problem.cells:
            self._enter(names[cell.id], cell, release.name)
        for tie in release.problem.sums:
            self._sums[Sum(names[tie.total], tuple(names[i] for i in tie.parts))] = None
        for bound in release.problem.bounds:
            smaller, larger = ([names[i] for i in ids] for ids in (bound.smaller, bound.larger))
            self._bounds[Bound(tuple(smaller), tuple(larger))] = None
        asked = Standard(tuple(replace(one, cell=names[one.cell]) for one in release.demands))
        most = together([Standard(tuple(self._demands.values())), asked])
        self._demands = {one.cell: one for one in most.demands}
        self._latest |= names
        return Verdict(release.name, tuple(self._openings()))

    def _names(self, release: Release) -> dict[str, str]:
        """Name each number of a release: anew, with what changed between, if it is a revision."""
        shared = {c.id: c for c in release.problem.cells if c.id in self._latest}
        before = {i: self._cells[self._latest[i]] for i in shared}
        new = release.problem.by_id.keys() - shared.keys()
        self._refuse(new & self._cells.keys())
        if all(cell.value == before[i].value for i, cell in shared.items()):
            return {c.id: self._latest.get(c.id, c.id) for c in release.problem.cells}
        names = {c.id: c.id for c in release.problem.cells}
        for i, cell in shared.items():
            names[i] = f"{i} ({release.name})"
            self._refuse({names[i]} & (self._cells.keys() | new))
            k = release.thresholds.get(i, 0)
            self._tie_revision(release, before[i], replace(cell, id=names[i]), k)
        return names

    def _tie_revision(self, release: Release, old: Cell, new: Cell, k: int) -> None:
        gained = new.value >= old.value
        change = Cell(
            f"{'gained' if gained else 'lost'}: {old.id} to {new.id}", abs(new.value - old.value)
        )
        self._refuse({change.id} & (self._cells.keys() | release.problem.by_id.keys()))
        self._enter(change.id, change, release.name)
        more, less = (new, old) if gained else (old, new)
        self._sums[Sum(more.id, (less.id, change.id))] = None
        if 0 < change.value < k:
            self._demands[change.id] = Demand(change.id, 1, k - change.value)

    @staticmethod
    def _refuse(ids: Collection[str]) -> None:
        """Two numbers of one name would be taken for one, and tell less, or more, than they do."""
        if ids:
            raise MalformedProblemError(
                f"the ledger gives this name to another number: {', '.join(sorted(ids))}"
            )

    def _enter(self, name: str, cell: Cell, release: str) -> None:
        had = self._cells.get(name)
        shown = cell.published or (had is not None and had.published)
        self._cells[name] = replace(cell, id=name, published=shown)
        if shown:
            self._shown.setdefault(name, release)

    def _openings(self) -> Iterable[Opening]:
        problem = self._problem(self._sums)
        pattern = [cell for cell in self._cells if not self._cells[cell].published]
        found = attack(problem, pattern, only=self._demands)
        for cell, asked in sorted(self._demands.items()):
            value = self._cells[cell].value
            interval = found.get(cell, Interval(value, value))
            if cell not in self._open and not asked.met_by(interval, value):
                self._open.add(cell)
                yield self._explained(asked, interval)

    def _problem(self, sums: Iterable[Sum]) -> Problem:
        return Problem(tuple(self._cells.values()), tuple(sums), tuple(self._bounds))

    def _explained(self, asked: Demand, interval: Interval) -> Opening:
        """Leave out sums, and then numbers, for as long as the cell can still be narrowed so."""
        if self._cells[asked.cell].published:
            return Opening(asked.cell, interval, (), (self._number(asked.cell),))
        sums = _least(list(self._sums), lambda kept: self._tells(asked, interval, kept, None))
        named = {i for one in sums for i in (one.total, *one.parts)} & self._shown.keys()
        shown = _least(sorted(named), lambda kept: self._tells(asked, interval, sums, kept))
        return Opening(asked.cell, interval, tuple(sums), tuple(map(self._number, shown)))

    def _number(self, cell: str) -> Number:
        return Number(cell, self._cells[cell].value, self._shown[cell])

    def _tells(
        self, asked: Demand, interval: Interval, sums: list[Sum], shown: list[str] | None
    ) -> bool:
        """Tell whether less would do: these sums and shown numbers give the same interval."""
        published = self._shown if shown is None else shown
        pattern = set(self._cells) - set(published)
        return attack(self._problem(sums), pattern, only=[asked.cell])[asked.cell] == interval


def _least(items: list[_Item], tells: Callable[[list[_Item]], bool]) -> list[_Item]:
    """Return an irreducible part of ``items`` that still tells; halves are tried first."""
    kept, waiting = list(items), [list(items)]
    while waiting:
        group = waiting.pop()
        rest = [item for item in kept if item not in group]
        if group and tells(rest):
            kept = rest
        elif len(group) > 1:
            half = len(group) // 2
            waiting += [group[half:], group[:half]]
    return kept
