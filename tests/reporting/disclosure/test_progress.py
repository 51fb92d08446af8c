"""A search can be watched, ended, and given too little time, and never lies about it."""

import numpy as np
import pytest

from referral.reporting.disclosure.adversary import Cut, Tables
from referral.reporting.disclosure.crossed import Dimension, Layout
from referral.reporting.disclosure.fallback import completed, thinned
from referral.reporting.disclosure.judge import Judge
from referral.reporting.disclosure.master import Master
from referral.reporting.disclosure.primary import Rule, standard
from referral.reporting.disclosure.problem import Problem, Standard
from referral.reporting.disclosure.progress import CancelledError, Clock, Progress
from referral.reporting.disclosure.protection import protect


@pytest.fixture
def task() -> tuple[Problem, Standard]:
    dimensions = [Dimension.flat("a", list("01234")), Dimension.flat("b", list("0123"))]
    layout = Layout(dimensions, published=lambda key: key == ("*", "*"))
    problem = layout.problem({leaf: (n * 7) % 11 for n, leaf in enumerate(layout.leaves)})
    return problem, standard(problem, Rule(5))


def test_whoever_watches_sees_rounds_pass_and_the_bound_rise(
    task: tuple[Problem, Standard],
) -> None:
    told: list[Progress] = []

    found = protect(*task, watch=lambda progress: not told.append(progress))

    assert [one.rounds for one in told] == sorted(one.rounds for one in told)
    assert [one.bound for one in told] == sorted(one.bound for one in told)
    assert {one.stage for one in told} == {"relaxed", "integer"}
    assert told[-1].cuts > 0
    assert told[-1].bound <= found.certificate.bound


def test_a_search_that_is_wanted_no_longer_ends_at_once(task: tuple[Problem, Standard]) -> None:
    told: list[Progress] = []

    def enough(progress: Progress) -> bool:
        told.append(progress)
        return len(told) < 3

    with pytest.raises(CancelledError):
        protect(*task, watch=enough)
    assert len(told) == 3


@pytest.mark.parametrize(("is_interrupted", "is_proven"), [(True, False), (False, True)])
def test_the_solver_itself_gives_up_when_asked(*, is_interrupted: bool, is_proven: bool) -> None:
    """In a large table one round may take minutes."""
    chance = np.random.default_rng(3)
    count = 60
    master = Master(
        chance.integers(5, 50, count) * 1.0, [], np.zeros(count), lambda: is_interrupted
    )
    master.learn(Cut(chance.integers(0, 3, count) / 9) for _ in range(60))

    _, proven = master.cheapest(whole=True, seconds=60)

    assert proven is is_proven


def test_without_time_the_fallback_is_safe_and_its_bound_is_true(
    task: tuple[Problem, Standard],
) -> None:
    problem, asked = task
    best = protect(problem, asked).certificate

    hurried = protect(problem, asked, seconds=0)

    assert not hurried.certificate.optimal
    assert hurried.certificate.bound <= best.cost <= hurried.certificate.cost
    assert len(hurried.pattern) < len(problem.cells) - 1  # not simply everything


def test_what_a_safe_pattern_can_spare_is_published_again(task: tuple[Problem, Standard]) -> None:
    problem, asked = task
    tables, clock = Tables(problem, asked), Clock(None, None)
    judge = Judge(tables, asked, clock.check)
    primary = np.zeros(tables.count)
    primary[judge.primaries] = 1
    everything = (~tables.published).astype(np.float64)

    thin = thinned(tables, judge, everything, primary, clock)

    assert judge.is_safe(everything)
    assert judge.is_safe(thin)
    assert thin.sum() < everything.sum()
    spare = [n for n in np.flatnonzero(thin) if n not in judge.primaries]
    for n in spare:  # nothing of what is left could go as well
        less = thin.copy()
        less[n] = 0
        assert not judge.is_safe(less, by_whole_numbers=False)


def test_a_pattern_is_completed_where_it_falls_short(task: tuple[Problem, Standard]) -> None:
    problem, asked = task
    tables, clock = Tables(problem, asked), Clock(None, None)
    judge = Judge(tables, asked, clock.check)
    primary = np.zeros(tables.count)
    primary[judge.primaries] = 1

    whole = completed(tables, judge, primary, clock)

    assert not judge.is_safe(primary)
    assert judge.is_safe(whole)
    assert not np.any((whole > 0) & tables.published)
