"""Thousands of steps in random lives of a case, each judged by an oracle that is not the product.

The oracle and the opener with raw keys import nothing of the product (a test reads their imports):
they know names, sets, minutes, and the formats as docs/vault.md gives them.
"""

import ast
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from referral.kernel.errors import ConsentMissing, NotVerified
from referral.vault.case_view import CaseView
from referral.vault.directory import AgencyDirectory
from tests.vault import ending
from tests.vault.life import oracle, raw, thief
from tests.vault.life.growing import Buried
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
@pytest.mark.promise("succession-carries-what-was-in-hand")
@pytest.mark.promise("ended-agency-is-over")
@pytest.mark.promise("a-restore-brings-nothing-back")
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
    froms = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    beside = {a.name for n in froms if n.module == "tests.vault.life" for a in n.names}
    assert beside <= {"oracle", "raw", "thief"}
    named = {n.module or "" for n in froms} - {"tests.vault.life"}
    named |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    ours = {"cryptography", "collections", "copy", "dataclasses", "datetime", "functools", "json"}
    assert {name.split(".")[0] for name in named} <= ours | {"uuid"}


@pytest.mark.parametrize("gives", [True, False])
def test_a_product_that_gave_more_or_less_would_be_seen(
    monkeypatch: pytest.MonkeyPatch, *, gives: bool
) -> None:
    """The control: with a rule of the product broken, the oracle objects."""
    monkeypatch.setattr(CaseView, "covers", lambda *_: gives)
    with pytest.raises((AssertionError, KeyError, StopIteration, ConsentMissing, NotVerified)):
        live(200)


def without(*kinds: str) -> Callable[[Life], set[Buried]]:
    return lambda life: {buried for buried in life.shipped if buried.kind not in kinds}


FORGOTTEN = {
    "new section keys after a removal or an end": (Life, "_close_to", lambda *_: None),
    "to whom an ended agency passed its keys": (ending, "seal_to_successor", lambda *_: bytes(102)),
    "the wraps of who was in an ended agency": (Life, "_part_with_members", lambda *_: None),
    "what had been taken back before a restore": (Life, "_tombstones", without("grant", "basis")),
    "who had left before a restore": (Life, "_tombstones", without("member")),
    "new section keys after a restore": (Life, "_close_everything", lambda _: None),
    "new circle keys after a restore": (AgencyDirectory, "awaits_key", lambda *_: False),
}


@pytest.mark.parametrize("what", FORGOTTEN)
def test_what_was_forgotten_would_be_seen(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setattr(*FORGOTTEN[what])
    with pytest.raises(AssertionError):
        live(QUICK)
