"""`flask disclosure`: disclosure control for anybody's tables; JSON in, JSON out.

Needs no database, no key and no setting, and leaves nothing behind: `wsgi.py` starts nothing of
the system for it. docs/disclosure.md describes the documents.
"""

import json
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from flask import Flask
from flask.cli import AppGroup

from referral.reporting.disclosure.documents import Document, read
from referral.reporting.disclosure.drawings import read_drawing
from referral.reporting.disclosure.problem import (
    Interval,
    MalformedProblemError,
    UnprotectableError,
)
from referral.reporting.disclosure.progress import CancelledError, Progress, Watch

if TYPE_CHECKING:
    from referral.reporting.disclosure.ledger import Verdict

disclosure_commands = AppGroup(
    "disclosure", help="Disclosure control for tables of counts, as JSON. Needs no installation."
)
_Read = TypeVar("_Read")
FILE = click.argument("file", type=click.File("rb"))
_TAKES_A_VALUE = {"--app", "-A", "--env-file", "-e"}


class Malformed(click.ClickException):
    """The document contradicts itself, or is none."""

    exit_code = 2


class Impossible(click.ClickException):
    """What is asked of the tables cannot be had."""

    exit_code = 3


def stands_alone(argv: list[str]) -> bool:
    """Tell whether a command line of `flask` asks for these commands, and so for nothing else."""
    program = Path(argv[0]).stem if argv else ""
    if program != "flask" and not (program == "__main__" and Path(argv[0]).parent.name == "flask"):
        return False
    words = iter(argv[1:])
    for word in words:
        if word in _TAKES_A_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            return word == disclosure_commands.name
    return False


def application() -> Flask:
    """An application of these commands alone."""
    app = Flask(__name__, static_folder=None, template_folder=None)
    app.cli.add_command(disclosure_commands)
    return app


@disclosure_commands.command("audit")
@FILE
@click.option("--rule", type=click.IntRange(min=1), help="The attacker knows this threshold too.")
@click.option("--rules", is_flag=True, help="The attacker knows each threshold in the document.")
def audit_command(file: Any, *, rule: int | None, rules: bool) -> None:
    """Print what can be worked out about every unpublished cell that is not in "known"."""
    from referral.reporting.disclosure.attack import attack  # noqa: PLC0415  # loads the solver

    if rule and rules:
        raise click.UsageError("either --rule or --rules")
    given = _read(file, read)
    if rules and not given.thresholds:
        raise Malformed('the document has no "k" and no "tables" for --rules')
    known_rule = dict.fromkeys(given.order, rule) if rule else given.thresholds
    found = attack(
        given.problem,
        given.unpublished,
        known=given.known,
        rule=known_rule if rule or rules else None,
    )
    _print({"cells": [{"id": i, **_ends(found[i])} for i in given.order if i in found]})


@disclosure_commands.command("protect")
@FILE
@click.option("--internal", is_flag=True, help="Name the primary cells as well. Not to be shown.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0),
    default=120.0,
    show_default=True,
    help="Give up the proof after this time.",
)
@click.option("--progress", is_flag=True, help="Tell on standard error how far the search is.")
def protect_command(file: Any, *, internal: bool, seconds: float, progress: bool) -> None:
    """Print the cheapest set of cells to suppress. Exit code 3 if what is asked cannot be had."""
    from referral.reporting.disclosure.protection import (  # noqa: PLC0415  # loads the solver
        protect,
    )

    given = _read(file, read)
    if given.standard is None:
        raise Malformed('the document says neither "k" nor "tables" nor "sensitive"')
    _refuse_known(given)
    try:
        with _watch(is_told=progress) as watch:
            found = protect(given.problem, given.standard, seconds=seconds, watch=watch)
    except UnprotectableError as error:
        raise Impossible("\n".join(_reasons(given, error.cells))) from error
    except CancelledError:
        raise click.Abort from None
    certificate = found.certificate
    answer: dict[str, Any] = {
        "suppressed": [i for i in given.order if i in found.pattern],
        "cost": _plain(certificate.cost),
        "optimal": certificate.optimal,
        "bound": _plain(certificate.bound),
        "attacker": "integer",
    }
    if internal:
        primary = {demand.cell for demand in given.standard.demands}
        answer["primary"] = [i for i in given.order if i in primary]
    _print(answer)


@disclosure_commands.command("round")
@FILE
@click.option("--base", required=True, type=click.IntRange(min=2), help="As a rule 3 or 5.")
def round_command(file: Any, base: int) -> None:
    """Print the nearest table of multiples of the base in which every sum still holds."""
    from referral.reporting.disclosure.rounding import (  # noqa: PLC0415  # loads the solver
        UnroundableError,
        controlled_rounding,
    )

    given = _read(file, read)
    try:
        found = controlled_rounding(given.problem, base)
    except UnroundableError as error:
        raise Impossible(str(error)) from error
    cells = [{"id": i, "value": found.values[i]} for i in given.order]
    _print({"cells": cells, "distance": found.distance})


@disclosure_commands.command("ledger")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.File("rb"))
def ledger_command(files: tuple[Any, ...]) -> None:
    """Audit releases, in order, each together with all before it."""
    from referral.reporting.disclosure.ledger import (  # noqa: PLC0415  # loads the solver
        Ledger,
        Release,
    )

    releases, is_asked = [], False
    for number, file in enumerate(files, start=1):
        given = _read(file, read)
        _refuse_known(given)
        if given.standard and (given.standard.rule or given.standard.insiders):
            raise Malformed('a ledger judges neither "open" nor "insiders"')
        is_asked |= given.standard is not None
        name = given.release or str(number)
        demands = given.standard.demands if given.standard else ()
        releases.append(Release(name, given.problem, demands, given.thresholds))
    if not is_asked:
        raise Malformed('the documents say neither "k" nor "tables" nor "sensitive"')
    names = [release.name for release in releases]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise Malformed(f"two releases of one name: {', '.join(twice)}")
    ledger = Ledger()
    try:
        verdicts = [ledger.add(release) for release in releases]
    except MalformedProblemError as error:
        raise Malformed(str(error)) from error
    _print(
        {
            "safe": all(verdict.is_safe for verdict in verdicts),
            "releases": [_told(verdict) for verdict in verdicts],
        }
    )


@disclosure_commands.command("redesign")
@FILE
@click.option("--merges", type=click.IntRange(0, 9), default=2, show_default=True)
@click.option(
    "--tries",
    type=click.IntRange(min=1),
    default=6,
    show_default=True,
    help="Pairs protected in full for each merge.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0),
    default=10.0,
    show_default=True,
    help="Give up the proof of one design after this time.",
)
def redesign_command(file: Any, *, merges: int, tries: int, seconds: float) -> None:
    """Print which bands to merge so that the fewest numbers vanish, the best design first."""
    from referral.reporting.disclosure.redesign import (  # noqa: PLC0415  # loads the solver
        advise,
    )

    given = _read(file, read_drawing)
    try:
        with _watch(is_told=False) as watch:
            designs = advise(
                given.layout,
                given.counts,
                given.rule,
                merges=merges,
                tries=tries,
                seconds=seconds,
                watch=watch,
            )
    except CancelledError:
        raise click.Abort from None
    if not designs:
        raise Impossible("no design tried can be protected while so much is published")
    _print({"designs": [asdict(design) for design in designs]})


def _read(file: Any, reader: Callable[[bytes], _Read]) -> _Read:
    try:
        return reader(file.read())
    except MalformedProblemError as error:
        raise Malformed(f"{getattr(file, 'name', '-')}: {error}") from error


def _refuse_known(given: Document) -> None:
    if given.known:
        raise Malformed(f'"known" is for audits: {", ".join(given.known)}')


def _print(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")


def _ends(interval: Interval) -> dict[str, Any]:
    return {"low": interval.low, "high": interval.high, "exact": interval.exact}


def _told(verdict: "Verdict") -> dict[str, Any]:
    """What a release opens, and by which combination of published numbers."""
    cells = [
        {
            "id": opening.cell,
            **_ends(opening.interval),
            "by": {
                "sums": [{"total": one.total, "parts": list(one.parts)} for one in opening.sums],
                "numbers": [
                    {"id": number.id, "value": number.value, "release": number.release}
                    for number in opening.numbers
                ],
            },
        }
        for opening in verdict.openings
    ]
    return {"release": verdict.release, "safe": verdict.is_safe, "cells": cells}


def _plain(number: float) -> float | int:
    """Return a number without the dust of the solver's arithmetic."""
    rounded = round(number, 6)
    return int(rounded) if rounded.is_integer() else rounded


@contextmanager
def _watch(*, is_told: bool) -> Iterator[Watch]:
    """Tell how far the search is, and cancel it when interrupted from the keyboard.

    The solver could not be left by an exception.
    """
    interrupted: list[int] = []
    rounds: set[int] = set()

    def watch(progress: Progress) -> bool:
        if is_told and progress.rounds not in rounds:
            rounds.add(progress.rounds)
            click.echo(
                f"{progress.seconds:7.1f} s  {progress.stage}  round {progress.rounds}, "
                f"{progress.cuts} cuts, cost at least {progress.bound:.6g}",
                err=True,
            )
        return not interrupted

    before = signal.signal(signal.SIGINT, lambda number, _: interrupted.append(number))
    try:
        yield watch
    finally:
        signal.signal(signal.SIGINT, before)


def _reasons(given: Document, cells: Iterable[str]) -> Iterable[str]:
    """Say of each cell why it cannot be hidden."""
    from referral.reporting.disclosure.attack import attack  # noqa: PLC0415  # loads the solver

    widest = attack(given.problem, given.unpublished, only=list(cells))
    asked = {demand.cell: demand for demand in given.standard.demands} if given.standard else {}
    for i in cells:
        value = given.problem.by_id[i].value
        low, high = value - asked[i].lower, value + asked[i].upper
        if i not in widest:
            yield f"{i} must be published, and must not"
        elif low < 0:
            yield f"{i} cannot seem to be {low}: nothing is less than none"
        else:
            ends = widest[i]
            yield (
                f"{i} must seem to be anything from {low} to {high}, but with all suppressed that "
                f"may be, it is known to be {ends.low} to {ends.high}"
            )
