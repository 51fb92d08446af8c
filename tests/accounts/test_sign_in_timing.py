"""How long a refusal takes does not tell whether the user exists."""

from statistics import fmean, variance
from time import perf_counter

import pytest

from referral.accounts.signin import sign_in
from referral.kernel import db
from referral.kernel.errors import InvalidInput
from tests.accounts.station import Station

ROUNDS = 20
LOOSE = 5.0


def welch(one: list[float], other: list[float]) -> float:
    """Welch's t of two samples: how far apart their means are, in standard errors."""
    spread = variance(one) / len(one) + variance(other) / len(other)
    return float(abs(fmean(one) - fmean(other)) / spread**0.5)


def refusal(username: str) -> float:
    db.rollback()
    began = perf_counter()
    with pytest.raises(InvalidInput):
        sign_in(username, "một câu không mở được gì", "")
    return perf_counter() - began


@pytest.mark.long
def test_nobody_and_somebody_are_refused_after_the_same_time(station: Station) -> None:
    """By turns, so that a busy machine slows both alike; bound loosely, against no clock."""
    known, unknown = [], []
    for _ in range(ROUNDS):
        known.append(refusal("congan.police_officer"))
        unknown.append(refusal("khong.co.ai"))
    assert welch(known, unknown) < LOOSE


def test_a_difference_would_be_seen() -> None:
    quick = [0.010 + 0.001 * (n % 5) for n in range(ROUNDS)]
    slow = [0.050 + 0.005 * (n % 5) for n in range(ROUNDS)]
    assert welch(quick, slow) > LOOSE
    assert welch(quick, quick[1:] + quick[:1]) < LOOSE
