"""Thousands of steps in random lives of a case, each judged by an oracle that is not the product.

The oracle and the opener with raw keys import nothing of the product (a test reads their imports):
they know names, sets, minutes, and the formats as docs/vault.md gives them.
"""

import ast
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from referral.kernel.errors import ConsentMissing, NotVerified
from referral.vault.case_view import CaseView
from tests.vault.life import oracle, raw, thief
from tests.vault.life.machine import STEPS, Life

A_LIFE = 40
QUICK, LONG = 1_500, 10_000


def live(steps: int) -> Counter[str]:
    """So many steps in lives one after the other."""
    done: Counter[str] = Counter()
    for seed in range(steps // A_LIFE + 1):
        life = Life(seed)
        life.run(min(A_LIFE, steps - done.total()))
        done += life.done
        if done.total() >= steps:
            return done
    return done


@pytest.mark.promise("only-what-she-agreed")
@pytest.mark.promise("keys-belong-to-people")
@pytest.mark.promise("withdrawal-closes-what-comes")
@pytest.mark.promise("withdrawal-takes-effect-at-once")
@pytest.mark.parametrize("steps", [QUICK, pytest.param(LONG, marks=pytest.mark.long)])
def test_raw_keys_open_what_the_oracle_says_after_every_step(
    steps: int, capsys: pytest.CaptureFixture[str]
) -> None:
    started = time.process_time()
    done = live(steps)
    told = [f"{times:8} {name}" for name, times in done.most_common()]
    seconds = time.process_time() - started
    with capsys.disabled():
        sys.stdout.write(f"\n{done.total()} steps, {seconds:.0f} s\n" + "\n".join(told) + "\n")
    assert done.total() == steps
    assert set(done) == set(STEPS)


@pytest.mark.parametrize("module", [oracle, raw, thief])
def test_oracle_and_opener_import_nothing_of_the_product(module: object) -> None:
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    named = [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    named += [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
    ours = {"cryptography", "collections", "datetime", "dataclasses", "json", "uuid"}
    beside = {name for name in named if name.startswith("tests.vault.life")}
    assert {name.split(".")[0] for name in set(named) - beside} <= ours


@pytest.mark.parametrize("gives", [True, False])
def test_a_product_that_gave_more_or_less_would_be_seen(
    monkeypatch: pytest.MonkeyPatch, *, gives: bool
) -> None:
    """The control: with a rule of the product broken, the oracle objects."""
    monkeypatch.setattr(CaseView, "covers", lambda *_: gives)
    with pytest.raises((AssertionError, KeyError, StopIteration, ConsentMissing, NotVerified)):
        live(200)


def test_a_removal_that_forgot_the_new_section_key_would_be_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Life, "_readable", lambda *_: [])
    with pytest.raises(AssertionError):
        live(QUICK)
