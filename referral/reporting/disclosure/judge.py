"""Whether a pattern withstands its adversaries, and what to learn from one that does not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from referral.reporting.disclosure.adversary import TOLERANCE, Cut, Linear, Push, Tables, Whole, cut
from referral.reporting.disclosure.problem import Demand, Interval, Standard
from referral.reporting.disclosure.solver import Vector

Fails = Callable[[Vector], bool]


@dataclass(frozen=True, slots=True)
class Finding:
    """A cell that a pattern leaves open to whole numbers, and to which insider, if to one alone.

    ``fails`` tells of another pattern whether it leaves the cell open in the same way.
    """

    cell: int
    insider: int | None
    fails: Fails


class _Seen:
    """The whole-number tables found possible under one pattern, as moves from the truth."""

    def __init__(self, count: int) -> None:
        self._worlds: list[Vector] = []
        self.low: Vector = np.zeros(count)
        self.high: Vector = np.zeros(count)
        self.explained: Vector = np.zeros(count)

    def add(self, world: Vector, *, explained: bool) -> None:
        """Keep a table; the rule's high values count only if it also explains the suppression."""
        self._worlds.append(world)
        self.low = np.minimum(self.low, world)
        self.high = np.maximum(self.high, world)
        if explained:
            self.explained = np.maximum(self.explained, world)

    def moved_without(self, fixed: int) -> npt.NDArray[np.bool_]:
        """Tell which cells differ in some table that leaves the ``fixed`` cell as it is."""
        moved = np.zeros(len(self.low), dtype=np.bool_)
        for world in self._worlds:
            if not world[fixed]:
                moved |= world != 0
        return moved


@dataclass(frozen=True, slots=True)
class _Aim:
    """One demand by position: how far up and down a cell must be able to move."""

    cell: int
    ways: tuple[tuple[int, float], ...]
    sliding: float

    @classmethod
    def of(cls, cell: int, demand: Demand) -> "_Aim":
        return cls(
            cell,
            ((1, float(demand.upper)), (-1, float(demand.lower))),
            float(demand.sliding) if demand.sliding > demand.upper + demand.lower else 0.0,
        )


class Judge:
    """Every adversary of one standard, asked about one pattern after another.

    ``check`` is called before each question, and may end it all by an exception.
    """

    def __init__(self, tables: Tables, standard: Standard, check: Callable[[], None]) -> None:
        self._tables = tables
        self._check = check
        self._aims = [_Aim.of(tables.place[d.cell], d) for d in standard.demands]
        self.primaries = [aim.cell for aim in self._aims]
        self._insiders = [tables.place[cell] for cell in standard.insiders]
        room = max((max(a.sliding, *(need for _, need in a.ways)) for a in self._aims), default=1.0)
        self._linear = Linear(tables, max(room, 1.0))
        self._seen = _Seen(tables.count)

    @property
    def may_stand_alone(self) -> list[int]:
        """Primary cells of which nothing is asked but that they vanish."""
        return [
            aim.cell for aim in self._aims if not aim.sliding and not any(n for _, n in aim.ways)
        ]

    def reach(self, cell: int) -> Interval:
        """Return what the tables of the last judgement showed to be possible for a cell."""
        truth = self._tables.truth[cell]
        high = self._seen.high if self._tables.rule is None else self._seen.explained
        return Interval(round(truth + self._seen.low[cell]), round(truth + high[cell]))

    def needs(self) -> Iterator[tuple[int, int, float]]:
        """Every cell to be moved, the way and how far, for whoever wants to build a pattern."""
        for aim in self._aims:
            for sign, need in aim.ways:
                yield aim.cell, sign, max(need, aim.sliding if sign > 0 else 0.0)

    def failures(self, share: Vector) -> Iterator[int]:
        """Name the cells that a whole pattern leaves open, by any adversary."""
        for n, _ in self._linear_failures(share):
            yield n
        for finding in self._whole_failures(share):
            yield finding.cell

    def is_safe(self, share: Vector, *, by_whole_numbers: bool = True) -> bool:
        """Tell whether a whole pattern withstands; the linear attacker alone is much quicker."""
        if any(True for _ in self._linear_failures(share)):
            return False
        return not by_whole_numbers or not any(True for _ in self._whole_failures(share))

    def linear(self, share: Vector) -> Iterator[Cut]:
        """Yield the lessons of the linear attacker, under a pattern that may be fractional."""
        return (lesson for _, lesson in self._linear_failures(share) if lesson is not None)

    def whole(self, share: Vector, has_time: Callable[[], bool]) -> Iterator[Cut]:
        """Yield the lessons of those who count in whole numbers. Follows `linear`."""
        for finding in list(self._whole_failures(share)):
            lesson = None
            if finding.insider is not None:
                lesson = self._insider_cut(share, finding.insider, finding.cell)
            yield lesson or self._no_good(share, finding.fails, has_time)

    def _linear_failures(self, share: Vector) -> Iterator[tuple[int, Cut | None]]:
        """Judge by linear programs; a table found for one cell often clears others."""
        low, high = np.zeros(self._tables.count), np.zeros(self._tables.count)
        self._seen = _Seen(self._tables.count)
        self._linear.face(share)
        for aim in self._aims:
            for sign, need in aim.ways:
                if max(sign * low[aim.cell], sign * high[aim.cell]) >= need - TOLERANCE:
                    continue
                push = self._push(share, low, high, (aim.cell, sign, need))
                if push.reach < need - TOLERANCE:
                    yield aim.cell, cut(need, push)
            if high[aim.cell] - low[aim.cell] < aim.sliding - TOLERANCE:
                ways = [
                    self._push(share, low, high, (aim.cell, sign, aim.sliding)) for sign in (1, -1)
                ]
                if sum(way.reach for way in ways) < aim.sliding - TOLERANCE:
                    yield aim.cell, cut(aim.sliding, *ways)

    def _push(
        self, share: Vector, low: Vector, high: Vector, target: tuple[int, int, float]
    ) -> Push:
        self._check()
        push = self._linear.push(*target)
        np.minimum(low, push.world, out=low)
        np.maximum(high, push.world, out=high)
        # A table that holds in whole numbers spares the whole-number attacker work.
        whole = np.round(push.world)
        if self._tables.holds(whole):
            self._see(share, whole)
        return push

    def _see(self, share: Vector, world: Vector) -> None:
        self._seen.add(world, explained=self._tables.explains(share, world))

    def _whole_failures(self, share: Vector) -> Iterator[Finding]:
        """Judge by whole numbers: the plain attacker, who knows the rule, and each insider."""
        attacker = Whole(self._tables, share)
        for aim in self._aims:
            if not self._is_hidden(attacker, share, aim, self._seen):
                yield Finding(aim.cell, None, self._asked_anew(aim))
        for insider in self._insiders:
            attacker = Whole(self._tables, share, fixed=insider)
            for n in self._told(attacker, share, insider):
                yield Finding(n, insider, self._asked_of_insider(insider, n))

    def _is_hidden(self, attacker: Whole, share: Vector, aim: _Aim, seen: _Seen) -> bool:
        """Tell whether a demand is met, and keep the tables that show it."""
        for sign, need in aim.ways:
            by_rule = sign > 0 and self._tables.rule is not None
            if self._reached(seen, aim.cell, sign, by_rule=by_rule) < need:
                self._look(attacker, share, seen, (aim.cell, sign, need))
        if self._width(seen, aim.cell) < aim.sliding:
            for sign in (1, -1):
                self._look(attacker, share, seen, (aim.cell, sign, aim.sliding))
        return self._width(seen, aim.cell) >= aim.sliding and all(
            self._reached(seen, aim.cell, sign, by_rule=sign > 0 and self._tables.rule is not None)
            >= need
            for sign, need in aim.ways
        )

    def _look(
        self, attacker: Whole, share: Vector, seen: _Seen, target: tuple[int, int, float]
    ) -> None:
        """Look for a table that moves one cell far; upwards, for one that explains the rule."""
        self._check()
        cell, sign, need = target
        world = attacker.world({cell: sign}, need)
        if sign > 0 and not self._tables.explains(share, world):
            seen.add(world, explained=False)
            ruled = attacker.world_by_rule(cell, need)
            if ruled is None:
                return
            world = ruled
        seen.add(world, explained=self._tables.explains(share, world))

    @staticmethod
    def _reached(seen: _Seen, cell: int, sign: int, *, by_rule: bool) -> float:
        if sign < 0:
            return float(-seen.low[cell])
        return float((seen.explained if by_rule else seen.high)[cell])

    @staticmethod
    def _width(seen: _Seen, cell: int) -> float:
        return float(seen.high[cell] - seen.low[cell])

    def _told(self, attacker: Whole, share: Vector, insider: int) -> list[int]:
        """Return the primary cells that one who knows her own can work out exactly."""
        moved = self._seen.moved_without(insider)
        still = [n for n in self.primaries if n != insider and not moved[n]]
        still = self._still_by_corners(share, insider, still)
        # Two tables that push neighbours apart clear most cells at once; the rest one by one.
        for sign in (1, -1):
            apart = {n: sign if m % 2 else -sign for m, n in enumerate(still)}
            still = self._still(attacker, apart, still)
        for n in tuple(still):
            for sign in (1, -1):
                if n in still:
                    still = self._still(attacker, {n: sign}, still)
        return still

    def _still_by_corners(self, share: Vector, insider: int, cells: list[int]) -> list[int]:
        """Move cells by linear programs, which as a rule end in whole numbers and are quick."""
        waiting, still = list(cells), []
        if waiting:
            self._linear.face(share, fixed=insider)
        while waiting:
            self._check()
            moved = np.zeros(self._tables.count, dtype=np.bool_)
            for sign in (1, -1):
                world = np.round(self._linear.push(waiting[0], sign, 1.0).world)
                if self._tables.holds(world):
                    moved |= world != 0
            if not moved[waiting[0]]:
                still.append(waiting[0])
            waiting = [n for n in waiting[1:] if not moved[n]]
        return still

    def _still(self, attacker: Whole, aim: dict[int, int], cells: list[int]) -> list[int]:
        """Return which of the cells do not move in the table that maximises ``aim``."""
        if not cells:
            return cells
        self._check()
        world = attacker.world(aim, 1.0)
        return [n for n in cells if not world[n]]

    def _asked_anew(self, aim: _Aim) -> Fails:
        def fails(share: Vector) -> bool:
            seen = _Seen(self._tables.count)
            return not self._is_hidden(Whole(self._tables, share), share, aim, seen)

        return fails

    def _asked_of_insider(self, insider: int, cell: int) -> Fails:
        def fails(share: Vector) -> bool:
            attacker = Whole(self._tables, share, fixed=insider)
            return all(not attacker.world({cell: sign}, 1.0)[cell] for sign in (1, -1))

        return fails

    def _insider_cut(self, share: Vector, insider: int, cell: int) -> Cut | None:
        self._linear.face(share, fixed=insider)
        ways = [self._linear.push(cell, sign, 1.0) for sign in (1, -1)]
        if sum(way.reach for way in ways) > 1 - TOLERANCE:
            return None
        for way in ways:
            way.prices[insider] = 0  # suppressed or not, she knows it
        return cut(1.0, *ways)

    def _no_good(self, share: Vector, fails: Fails, has_time: Callable[[], bool]) -> Cut:
        """Return the lesson that something more must vanish, as sharply as time allows.

        Who undoes a pattern undoes all that suppress less. So the pattern is made as large as it
        can be while it fails in the same way; one of the cells that are left out has to vanish.
        """
        needed = np.zeros(len(share))
        largest = share.copy()
        waiting = [np.flatnonzero((share < 0.5) & ~self._tables.published)]
        while waiting:
            group = waiting.pop()
            trial = largest.copy()
            trial[group] = 1
            if len(group) and has_time() and fails(trial):
                largest = trial
            elif len(group) > 1 and has_time():
                half = len(group) // 2
                waiting += [group[half:], group[:half]]
            else:
                needed[group] = 1
        return Cut(needed)
