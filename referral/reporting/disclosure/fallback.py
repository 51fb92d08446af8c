"""Safe patterns that are cheap, though nobody proves how cheap: near one that is not safe yet."""

import numpy as np
from scipy.sparse import csr_array, hstack

from referral.reporting.disclosure.adversary import Tables
from referral.reporting.disclosure.judge import Judge
from referral.reporting.disclosure.progress import Clock
from referral.reporting.disclosure.solver import Vector, program, solve

_MOVED = 1e-7


def completed(tables: Tables, judge: Judge, begun: Vector, clock: Clock) -> Vector:
    """Enlarge a pattern until every demand is met, by moving what costs least to suppress.

    One linear program a demand. By whole numbers the pattern may fail; the caller judges it.
    """
    share = begun.copy()
    count = tables.count
    top = np.where(tables.published, 0.0, np.inf)
    down = np.where(tables.published, 0.0, tables.truth)
    both = csr_array(hstack((tables.rows, -tables.rows), format="csr"))
    nothing = np.zeros(2 * count)
    model = program(nothing, (nothing, np.append(top, down)), both, tables.ends)
    places = np.arange(2 * count, dtype=np.int32)
    for cell, sign, need in judge.needs():
        clock.check()
        # What is suppressed already costs next to nothing to move, and little is better than much.
        price = tables.weights * (1 - share) + _MOVED
        model.changeColsCost(2 * count, places, np.append(price, price))
        up, down_by = (need, 0.0) if sign > 0 else (0.0, need)
        model.changeColBounds(cell, up, up)
        model.changeColBounds(cell + count, down_by, down_by)
        moves = solve(model)
        model.changeColBounds(cell, 0.0, np.inf)
        model.changeColBounds(cell + count, 0.0, float(tables.truth[cell]))
        if moves is not None:
            share[moves[:count] + moves[count:] > _MOVED] = 1
    return share


def thinned(tables: Tables, judge: Judge, safe: Vector, core: Vector, clock: Clock) -> Vector:
    """Publish again, while there is time, what a pattern can spare; the dearest first.

    As far as the linear attacker can tell; the caller judges what comes of it. The cells of
    ``core`` stay suppressed, and primary ones always.
    """
    kept = safe.copy()
    spare = [n for n in np.flatnonzero(safe > core) if n not in judge.primaries]
    spare.sort(key=lambda n: (-tables.weights[n], n))
    waiting = [spare]
    while waiting and clock.left > 0:
        clock.check()
        group = waiting.pop()
        trial = kept.copy()
        trial[group] = 0
        if judge.is_safe(trial, by_whole_numbers=False):
            kept = trial
        elif len(group) > 1:
            half = len(group) // 2
            waiting += [group[half:], group[:half]]
    return kept
