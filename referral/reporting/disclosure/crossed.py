"""Tables as statisticians draw them, turned into cells and sums: crossed, hierarchical, linked."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import TypeAlias

from referral.reporting.disclosure.primary import Backing
from referral.reporting.disclosure.problem import Cell, MalformedProblemError, Problem, Sum

Key: TypeAlias = tuple[str, ...]
MOST_DIMENSIONS = 4


@dataclass(frozen=True)
class Dimension:
    """The codes of one dimension: ``tree`` names the children of each code that is divided.

    ``ordered`` codes, such as ages and months, can only be merged with their neighbours.
    """

    name: str
    tree: Mapping[str, Sequence[str]]
    ordered: bool = False

    @classmethod
    def flat(
        cls, name: str, codes: Sequence[str], *, total: str = "*", ordered: bool = False
    ) -> "Dimension":
        """A total and its parts."""
        return cls(name, {total: tuple(codes)}, ordered)

    @cached_property
    def above(self) -> Mapping[str, str]:
        """The parent of each code but the total."""
        above: dict[str, str] = {}
        for parent, children in self.tree.items():
            for child in children:
                if child in above:
                    raise MalformedProblemError(f"in two places of {self.name}: {child}")
                above[child] = parent
        return above

    @cached_property
    def total(self) -> str:
        """The one code above all others."""
        tops = [code for code in self.tree if code not in self.above]
        if len(tops) != 1:
            raise MalformedProblemError(f"{self.name} has not one total but {len(tops)}")
        return tops[0]

    @cached_property
    def codes(self) -> Sequence[str]:
        """Every code, the total first."""
        return self._below(self.total)

    @cached_property
    def leaves(self) -> frozenset[str]:
        """The codes that are not divided."""
        return frozenset(code for code in self.codes if code not in self.tree)

    def upwards(self, code: str) -> Sequence[str]:
        """Return a code and all above it."""
        line = [code]
        while line[-1] != self.total:
            line.append(self.above[line[-1]])
        return line

    def _below(self, code: str) -> list[str]:
        return [code, *(c for child in self.tree.get(code, ()) for c in self._below(child))]


@dataclass(frozen=True)
class Record:
    """One incident or service as it is counted: its leaf codes and who stands behind it."""

    codes: Key
    survivor: Hashable
    perpetrator: Hashable | None = None
    service: Hashable | None = None


@dataclass(frozen=True)
class Layout:
    """How a table is drawn.

    ``missing`` combinations of leaves were never collected: they have no cell and no part in any
    sum. ``impossible`` ones, structural zeros, have a cell that anybody knows to be 0. Keys for
    which ``published`` holds are never suppressed; ``weight`` is the loss of suppressing one.
    """

    dimensions: Sequence[Dimension]
    missing: Collection[Key] = ()
    impossible: Collection[Key] = ()
    published: Callable[[Key], bool] = lambda _: False
    weight: Callable[[Key], float] = lambda _: 1.0

    def __post_init__(self) -> None:
        if not 1 <= len(self.dimensions) <= MOST_DIMENSIONS:
            raise MalformedProblemError(f"a table has 1 to {MOST_DIMENSIONS} dimensions")

    @cached_property
    def keys(self) -> Sequence[Key]:
        """The keys of all cells, totals included."""
        held = {key: None for leaf in self.leaves for key in self.upwards(leaf)}
        return [key for key in product(*(d.codes for d in self.dimensions)) if key in held]

    @cached_property
    def leaves(self) -> Sequence[Key]:
        """The keys that are not divided and were collected."""
        missing = set(self.missing)
        leaves = product(*(sorted(d.leaves) for d in self.dimensions))
        return [leaf for leaf in leaves if leaf not in missing]

    @cached_property
    def impossible_ids(self) -> frozenset[str]:
        """The ids of the structural zeros, and of the totals that add up nothing else."""
        possible = set(self.leaves) - set(self.impossible)
        held = {key for leaf in possible for key in self.upwards(leaf)}
        return frozenset(name(key) for key in self.keys if key not in held)

    def upwards(self, leaf: Key) -> Iterable[Key]:
        """Return every key whose number counts what a leaf counts."""
        return product(*(d.upwards(code) for d, code in zip(self.dimensions, leaf, strict=True)))

    def problem(
        self, counts: Mapping[Key, int], *, persons: Mapping[Key, int] | None = None
    ) -> Problem:
        """Return the cells and sums of a table of ``counts``, given by leaves; others are 0.

        ``persons``, by any keys, are the distinct survivors where they are not the count itself.
        Raises `MalformedProblemError` for a count where there can be none.
        """
        values: dict[Key, int] = defaultdict(int)
        possible = set(self.leaves) - set(self.impossible)
        for leaf, count in counts.items():
            if count and leaf not in possible:
                raise MalformedProblemError(f"a count where there is none: {name(leaf)}")
            for key in self.upwards(leaf) if count else ():
                values[key] += count
        cells = [self._cell(key, values[key], persons) for key in self.keys]
        return Problem(cells, list(self._sums()))

    def tabulate(self, records: Iterable[Record]) -> tuple[Problem, Mapping[str, Backing]]:
        """Count records, and the distinct persons and services behind every number."""
        counts: dict[Key, int] = defaultdict(int)
        people: list[dict[Key, set[Hashable]]] = [defaultdict(set) for _ in range(3)]
        for record in records:
            counts[record.codes] += 1
            behind = (record.survivor, record.perpetrator, record.service)
            for key in self.upwards(record.codes):
                for seen, who in zip(people, behind, strict=True):
                    if who is not None:
                        seen[key].add(who)
        problem = self.problem(counts, persons={k: len(who) for k, who in people[0].items()})
        backing = {
            name(key): Backing(
                perpetrators=len(people[1][key]) if people[1] else None,
                services=len(people[2][key]) if people[2] else None,
            )
            for key in self.keys
        }
        return problem, backing

    def _cell(self, key: Key, value: int, persons: Mapping[Key, int] | None) -> Cell:
        return Cell(
            name(key),
            value,
            contributors=None if persons is None else persons.get(key, 0),
            weight=self.weight(key),
            published=self.published(key) or name(key) in self.impossible_ids,
        )

    def _sums(self) -> Iterable[Sum]:
        held = set(self.keys)
        for key in self.keys:
            for n, dimension in enumerate(self.dimensions):
                parts = [(*key[:n], c, *key[n + 1 :]) for c in dimension.tree.get(key[n], ())]
                if any(part in held for part in parts):
                    yield Sum(name(key), tuple(name(part) for part in parts if part in held))


def name(key: Key) -> str:
    """Return the id of a cell."""
    return "/".join(key)


def linked(*problems: Problem) -> Problem:
    """Join tables that share cells: what has one id is one number. Values must agree."""
    cells: dict[str, Cell] = {}
    for problem in problems:
        for cell in problem.cells:
            had = cells.setdefault(cell.id, cell)
            if (had.value, had.persons) != (cell.value, cell.persons):
                raise MalformedProblemError(f"two tables disagree about {cell.id}")
            cells[cell.id] = replace(
                had,
                published=had.published or cell.published,
                weight=max(had.weight, cell.weight),
            )
    sums = {tie: None for problem in problems for tie in problem.sums}
    bounds = {tie: None for problem in problems for tie in problem.bounds}
    return Problem(list(cells.values()), list(sums), list(bounds))
