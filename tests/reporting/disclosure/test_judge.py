"""The judge of the search, and what it teaches, against counting out: every attacker at once."""

import json
from dataclasses import dataclass

import numpy as np
import pytest

from referral.reporting.disclosure.adversary import Tables
from referral.reporting.disclosure.attack import attack
from referral.reporting.disclosure.documents import read
from referral.reporting.disclosure.judge import Judge
from referral.reporting.disclosure.problem import Problem, Standard
from referral.reporting.disclosure.solver import Vector
from tests.reporting.disclosure.chance import Drawn, draw
from tests.reporting.disclosure.oracle import Verdicts


@dataclass
class Trial:
    """A table by chance, its standard, and both judges of it."""

    drawn: Drawn
    problem: Problem
    standard: Standard
    tables: Tables
    judge: Judge
    counted: Verdicts

    def patterns(self, count: int) -> list[set[str]]:
        """Patterns by chance that hold the primary cells, from narrow to nearly everything."""
        primary = {demand.cell for demand in self.standard.demands}
        spare = [i for i in self.drawn.counted.members if i not in self.drawn.published | primary]
        chance = self.drawn.chance
        shares = [chance.random() ** 0.5 for _ in range(count)]
        return [primary | {i for i in spare if chance.random() < share} for share in shares]

    def share(self, pattern: set[str]) -> Vector:
        share = np.zeros(self.tables.count)
        share[[self.tables.place[i] for i in pattern]] = 1
        return share

    def names(self, share: Vector) -> set[str]:
        return {i for i, place in self.tables.place.items() if share[place]}

    def fractional(self, share: Vector) -> Vector:
        """The same, but of what is suppressed and not primary only a part."""
        part = share * np.array([self.drawn.chance.choice([0.2, 0.5, 1.0]) for _ in share])
        part[self.judge.primaries] = 1
        return part


def trial(seed: int) -> Trial | None:
    """By the seed: presence hidden or not, insiders, a known rule, persons behind, free demands."""
    drawn = draw(seed)
    chance, values = drawn.chance, drawn.counted.values
    rule = {word: chance.random() < 0.6 for word in ("presence", "insiders", "open")}
    document = drawn.document(k=chance.randint(2, 4), rule=rule)
    for cell in document["cells"]:
        if cell["value"] and chance.random() < 0.15:
            cell["persons"] = chance.randint(1, cell["value"])
    if chance.random() < 0.4:
        some = [i for i in values if chance.random() < 0.5]
        rule = {"open": chance.random() < 0.5, "presence": chance.random() < 0.5}
        document["tables"] = [{"cells": some, "k": chance.randint(2, 6), "rule": rule}]
    wide = [i for i in values if i not in drawn.published and chance.random() < 0.1]
    document["sensitive"] = [
        {
            "id": i,
            "lower": chance.randint(0, values[i]),
            "upper": chance.randint(0, 3),
            "sliding": chance.randint(0, values[i] + 4),
        }
        for i in wide
    ]
    given = read(json.dumps(document))
    standard = given.standard
    assert standard is not None
    if not standard.demands or any(d.cell in drawn.published for d in standard.demands):
        return None
    tables = Tables(given.problem, standard)
    counted = Verdicts(
        drawn.counted,
        drawn.published,
        {d.cell: (d.lower, d.upper, d.sliding) for d in standard.demands},
        rule=standard.rule,
        counts_heads={cell.id: cell.contributors is None for cell in given.problem.cells},
        insiders=standard.insiders,
    )
    return Trial(
        drawn, given.problem, standard, tables, Judge(tables, standard, lambda: None), counted
    )


def trials(seeds: range) -> list[Trial]:
    return [found for seed in seeds if (found := trial(seed))]


@pytest.mark.parametrize("seeds", [range(n, n + 12) for n in range(0, 60, 12)], ids=str)
def test_a_pattern_is_called_safe_just_when_counting_finds_no_attacker_who_undoes_it(
    seeds: range,
) -> None:
    verdicts = []
    for one in trials(seeds):
        for pattern in one.patterns(4):
            share = one.share(pattern)
            safe = one.counted.withstands(pattern)
            assert one.judge.is_safe(share) is safe
            opened = {one.tables.place[i] for i in one.counted.open_to_anybody(pattern)}
            told = {
                one.tables.place[i]
                for insider in one.standard.insiders
                for i in one.counted.told_to(insider, pattern)
            }
            assert set(one.judge.failures(share)) == opened | told
            is_two_way = all(i.count(".") < 2 for i in one.drawn.counted.members)
            by_halves = one.judge.is_safe(share, by_whole_numbers=False)
            if one.standard.rule is None and is_two_way:
                assert by_halves is (not opened)
            elif safe:
                assert by_halves
            verdicts.append(safe)

    assert set(verdicts) == {True, False}


def test_what_is_said_to_be_possible_of_a_cell_is_found_by_counting() -> None:
    for one in trials(range(40)):
        for pattern in one.patterns(2):
            assert one.judge.is_safe(one.share(pattern)) is one.counted.withstands(pattern)
            for demand in one.standard.demands:
                reach = one.judge.reach(one.tables.place[demand.cell])
                assert reach.low <= one.drawn.counted.values[demand.cell] <= (reach.high or 0)
                low, high = one.counted.ends(demand.cell, pattern)
                assert low <= reach.low
                assert reach.high is not None
                assert reach.high <= high


@pytest.mark.parametrize("is_whole", [True, False])
def test_no_safe_pattern_breaks_a_lesson_and_every_unsafe_one_is_taught_some(
    *, is_whole: bool
) -> None:
    """A lesson that a safe pattern breaks would cost the proof of what is cheapest."""
    lessons = 0
    for one in trials(range(60)):
        tried = [one.share(pattern) for pattern in one.patterns(12)]
        safe = [share for share in tried if one.counted.withstands(one.names(share))]
        for share in tried[:4]:
            asked = share if is_whole else one.fractional(share)
            taught = [cut for cut in one.judge.linear(asked) if cut.broken_by(asked)]
            if is_whole and not taught:
                taught = list(one.judge.whole(asked, lambda: True))
                assert all(cut.broken_by(asked) for cut in taught)
                assert bool(taught) is not one.counted.withstands(one.names(asked))
            lessons += len(taught)
            for cut in taught:
                assert not any(cut.broken_by(other) for other in safe)

    assert lessons > 100


def test_who_knows_the_rule_of_each_table_and_some_numbers_knows_what_counting_gives() -> None:
    asked = 0
    for one in trials(range(60)):
        rule, values = one.standard.rule, one.drawn.counted.values
        for pattern in one.patterns(3):
            known = {i for i in pattern if one.drawn.chance.random() < 0.15}
            few = {i for i in pattern if 0 < one.problem.by_id[i].persons < (rule or {}).get(i, 0)}
            if not few or few & known:
                continue
            asked += 1
            found = attack(one.problem, pattern, known=known, rule=rule)
            counted = one.counted.known_to(known, pattern)
            assert {i: (ends.low, ends.high) for i, ends in found.items()} == counted
            assert all(low <= values[i] <= (high or 0) for i, (low, high) in counted.items())

    assert asked > 20
