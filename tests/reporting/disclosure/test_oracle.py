"""Attacker and protection against counting everything out, on thousands of random tables."""

import json

import pytest

from referral.reporting.disclosure.attack import attack
from referral.reporting.disclosure.documents import read
from referral.reporting.disclosure.problem import UnprotectableError
from referral.reporting.disclosure.protection import protect
from tests.reporting.disclosure.chance import Drawn, draw

ALL, FEW = range(6000), range(0, 6000, 25)
every_table = pytest.mark.parametrize(
    "seeds",
    [
        pytest.param(FEW, id="every 25th"),
        pytest.param(ALL, id="all 6,000", marks=pytest.mark.long),
    ],
)


def attacked(drawn: Drawn) -> None:
    """Some numbers published and some known, by chance: every interval as counted."""
    ids = list(drawn.counted.members)
    drawn.published |= {i for i in ids if drawn.chance.random() < 0.35}
    hidden = [i for i in ids if i not in drawn.published]
    known = [i for i in hidden if drawn.chance.random() < 0.15]
    given = read(json.dumps(drawn.document(known=known)))

    found = attack(given.problem, given.unpublished, known=given.known)

    counted = drawn.counted.intervals(drawn.published | set(known))
    wanted = {i: counted[i] for i in hidden if i not in known}
    assert {i: (ends.low, ends.high) for i, ends in found.items()} == wanted


def protected(drawn: Drawn) -> bool:
    """Protected by a threshold or by demands: safe, and as cheap as can be, as counted."""
    values = drawn.counted.values
    weights = {i: drawn.chance.choice([1, 1, 1, 2, 5]) for i in values}
    spare = [i for i in values if i not in drawn.published]
    if drawn.chance.random() < 0.7:
        k = drawn.chance.randint(2, 5)
        demands = {i: (1, k - values[i], 0) for i in spare if 0 < values[i] < k}
        asked = {"k": k}
    else:
        chosen = [i for i in spare if values[i] and drawn.chance.random() < 0.3]
        demands = {
            i: (drawn.chance.randint(0, values[i]), drawn.chance.randint(0, 3), 0) for i in chosen
        }
        demands = {
            i: (low, up, drawn.chance.choice([0, 0, low + up + 1]))
            for i, (low, up, _) in demands.items()
        }
        asked = {
            "sensitive": [
                {"id": i, "lower": low, "upper": up, "sliding": wide}
                for i, (low, up, wide) in demands.items()
            ]
        }
    document = drawn.document(**asked)
    for cell in document["cells"]:
        cell["weight"] = weights[cell["id"]]
    given = read(json.dumps(document))
    least = drawn.counted.cheapest(weights, drawn.published, demands)
    assert given.standard is not None
    if least is None:
        with pytest.raises(UnprotectableError):
            protect(given.problem, given.standard)
        return False
    found = protect(given.problem, given.standard)
    assert found.certificate.optimal
    assert found.certificate.cost == found.certificate.bound == least
    assert sum(weights[i] for i in found.pattern) == least
    open_to = drawn.counted.intervals(set(values) - found.pattern)
    for i, (lower, upper, sliding) in demands.items():
        low, high = open_to[i]
        assert low <= values[i] - lower
        assert high is not None
        assert high >= values[i] + upper
        assert high - low >= sliding
    return True


@every_table
def test_every_interval_is_what_counting_every_table_gives(seeds: range) -> None:
    for seed in seeds:
        attacked(draw(seed, bounded=seed % 3 != 0))


@every_table
def test_every_pattern_is_safe_and_every_optimum_is_the_true_minimum(seeds: range) -> None:
    outcomes = [protected(draw(seed)) for seed in seeds]

    assert sum(outcomes) > len(outcomes) / 2, "too many tables that cannot be protected at all"
    assert not all(outcomes)


def test_the_oracle_finds_what_is_wrong() -> None:
    """The positive control: an interval too wide, and a pattern too dear, are told apart."""
    drawn = draw(1)
    values = drawn.counted.values
    everything = drawn.counted.intervals(values)

    assert everything == {i: (v, v) for i, v in values.items()}
    cell = next(i for i, held in drawn.counted.members.items() if len(held) == 1)
    ones = dict.fromkeys(values, 1)
    top = max(values, key=lambda i: len(drawn.counted.members[i]))
    few = drawn.counted.cheapest(ones, {top}, {cell: (0, 0, 0)})
    more = drawn.counted.cheapest(ones, {top}, {cell: (0, 1, 0)})
    assert few == 1
    assert more is None or more > 1
