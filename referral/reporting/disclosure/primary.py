"""The primary rule: which numbers tell too much by themselves, and how wide each must be hidden.

Counts are judged by who stands behind them: distinct survivors, distinct alleged perpetrators,
services that report. Magnitudes (money, bed-nights) by how much the largest of those behind them
make up. Zeros and full rows are judged by what they tell of everybody in a group.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil

from referral.reporting.disclosure.problem import Cell, Demand, Problem, Standard, Sum


@dataclass(frozen=True, slots=True)
class Backing:
    """Who stands behind one number; ``None`` where that is not known or does not apply.

    ``largest`` are the contributions to a magnitude, largest first; those left out are smaller.
    """

    perpetrators: int | None = None
    services: int | None = None
    largest: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """What a number needs behind it to be shown.

    ``k`` distinct survivors, as many distinct alleged perpetrators (or ``perpetrators``), and
    ``services`` that report; none at all is enough too, as far as these go. ``presence`` hides even
    that somebody is there; without it a small number need only seem to reach ``k``, or be one less.
    ``insiders`` guards against each single person, ``open`` against who knows the rule. With
    ``classes``, sums over the classes of a group, zeros are primary where they tell that all of the
    group, or all but one, are of one class. ``dominance`` (n, percent) and ``percent`` are for
    magnitudes: the n largest may not make up more than that, and nobody's contribution may be
    narrowed down to within ``percent`` of it by the second largest.
    """

    k: int = 5
    perpetrators: int | None = None
    services: int = 2
    presence: bool = False
    insiders: bool = False
    open: bool = False
    classes: tuple[Sum, ...] = ()
    dominance: tuple[int, float] | None = None
    percent: float | None = None


def strict(k: int) -> Rule:
    """The rule of an edition: presence hidden, each single person and who knows the rule barred."""
    return Rule(k, presence=True, insiders=True, open=True)


@dataclass(frozen=True, slots=True)
class _Judged:
    """One table's cells under its rule."""

    problem: Problem
    rule: Rule
    backing: Mapping[str, Backing]
    impossible: Collection[str]
    demands: dict[str, Demand] = field(default_factory=dict)

    def run(self, cells: Iterable[Cell]) -> None:
        for cell in cells:
            behind = self.backing.get(cell.id, Backing())
            if cell.published or not cell.value:
                continue
            if self._is_few(cell, behind):
                self._ask(
                    cell,
                    cell.value if self.rule.presence else 1,
                    max(self.rule.k - cell.value, 1),
                )
            if width := self._too_much(cell, behind.largest):
                self._ask(cell, min(width, cell.value), width)
        for tie in self.rule.classes:
            self._one_class(tie)

    def _is_few(self, cell: Cell, behind: Backing) -> bool:
        """Tell whether too few persons, or too few services, stand behind a number."""
        least = self.rule.k if self.rule.perpetrators is None else self.rule.perpetrators
        return (
            (not behind.largest and cell.persons < self.rule.k)
            or (behind.perpetrators is not None and behind.perpetrators < least)
            or (behind.services is not None and behind.services < self.rule.services)
        )

    def _too_much(self, cell: Cell, largest: tuple[int, ...]) -> int:
        """Return the width that the largest contributions need (Handbook, chapter 4), or none."""
        if not largest:
            return 0
        width = 0.0
        if self.rule.dominance:
            n, percent = self.rule.dominance
            width = max(width, sum(largest[:n]) * 100 / percent - cell.value)
        if self.rule.percent is not None:
            others = cell.value - sum(largest[:2])
            width = max(width, largest[0] * self.rule.percent / 100 - others)
        return ceil(width - 1e-9)

    def _one_class(self, tie: Sum) -> None:
        """Ask that a group's zeros might be more, where its classes tell of (nearly) everybody."""
        parts = [self.problem.by_id[part] for part in tie.parts]
        total = sum(part.value for part in parts)
        if total and max(part.value for part in parts) >= max(total - 1, 1):
            for part in parts:
                if not part.value and not part.published and part.id not in self.impossible:
                    self._ask(part, 0, 1)

    def _ask(self, cell: Cell, lower: int, upper: int) -> None:
        had = self.demands.get(cell.id, Demand(cell.id, 0, 0))
        self.demands[cell.id] = Demand(cell.id, max(had.lower, lower), max(had.upper, upper))


def standard(
    problem: Problem,
    rule: Rule,
    *,
    backing: Mapping[str, Backing] | None = None,
    cells: Collection[str] | None = None,
    impossible: Collection[str] = (),
) -> Standard:
    """Return what a rule asks for the cells of one table (of all tables, if ``cells`` is left out).

    ``impossible`` are the structural zeros: anybody knows them, so they are never primary. Numbers
    that must be published are not primary either, whatever they count.
    """
    judged = _Judged(problem, rule, backing or {}, impossible)
    judged.run([cell for cell in problem.cells if cells is None or cell.id in cells])
    alone = {c.id for c in problem.cells if c.persons == 1 and c.id in judged.demands}
    few = {c.id: rule.k for c in problem.cells if cells is None or c.id in cells}
    begun = any(0 < problem.by_id[cell].persons < rule.k for cell in judged.demands)
    return Standard(
        tuple(judged.demands[cell] for cell in sorted(judged.demands)),
        rule=few if rule.open and begun else None,
        insiders=tuple(sorted(alone)) if rule.insiders else (),
    )


def together(standards: Iterable[Standard]) -> Standard:
    """Join the standards of linked tables: of every cell the most that any of them asks."""
    demands: dict[str, Demand] = {}
    rule: dict[str, int] = {}
    insiders: set[str] = set()
    for one in standards:
        for asked in one.demands:
            had = demands.get(asked.cell, asked)
            demands[asked.cell] = Demand(
                asked.cell,
                max(had.lower, asked.lower),
                max(had.upper, asked.upper),
                max(had.sliding, asked.sliding),
            )
        for cell, k in (one.rule or {}).items():
            rule[cell] = max(k, rule.get(cell, 0))
        insiders |= set(one.insiders)
    ordered = tuple(demands[cell] for cell in sorted(demands))
    return Standard(ordered, rule=rule or None, insiders=tuple(sorted(insiders)))
