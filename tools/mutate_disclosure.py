"""Mutation testing of disclosure control: `python -m tools.mutate_disclosure RESULTS.jsonl`.

Alters one place of the package after another (a comparison, an operator, a constant, a condition,
a call) and runs the ordinary tests that reach it, the quickest first, till one fails. Nothing is
written to the source: a child made by fork imports the altered module from memory. What is in
RESULTS already is not tried again, so a run can be broken off (`--minutes`) and taken up later;
with `--quick` tests that take longer than so many seconds are left for a run without it.
`--report` lists what survived. The first run of all tests, unaltered, is the control.
"""

import argparse
import ast
import copy
import importlib
import importlib.abc
import importlib.util
import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "referral.reporting.disclosure"
FOLDER = ROOT / PACKAGE.replace(".", "/")
TESTS = [
    "tests/reporting/disclosure",
    "tests/cli/test_disclosure.py",
    "tests/cli/test_disclosure_redesign.py",
]
QUIET = ["-q", "-x", "--noconftest", "-p", "no:cacheprovider", "-m", "not long", "-W", "ignore"]
MOST_MEMORY = 3 * 2**30
LONG = 1e9
FAILED_TO_END = "did not end"

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
OPPOSITE = {
    "min": "max", "max": "min", "any": "all", "all": "any", "ceil": "floor", "floor": "ceil",
    "minimum": "maximum", "maximum": "minimum", "sorted": "list",
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One altered place: where it is, what is there now, and the lines whose tests reach it."""

    module: str
    line: int
    column: int
    what: str
    code: CodeType
    lines: range

    @property
    def name(self) -> str:
        """The same from one run to the next, for as long as the module stays as it is."""
        return f"{self.module}:{self.line}:{self.column} {self.what}"


def mutants(path: Path) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for parent, key, node, lines in list(_nodes(tree, range(1))):
        for altered in _altered(node):
            if (before := ast.unparse(node)) == (after := ast.unparse(altered)):
                continue
            _put(parent, key, ast.copy_location(altered, node))
            whole = ast.fix_missing_locations(copy.deepcopy(tree))
            _put(parent, key, node)
            yield Mutant(
                path.stem,
                node.lineno,
                node.col_offset,
                f"{_short(before)} -> {_short(after)}",
                compile(whole, str(path), "exec"),
                lines,
            )


def _nodes(parent: ast.AST, lines: range) -> Iterator[tuple[ast.AST, Any, Any, range]]:
    """Every node that runs, with its place in its parent; annotations and texts do not."""
    for field, value in ast.iter_fields(parent):
        if field in {"annotation", "returns", "decorator_list", "bases"}:
            continue
        for place, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(node, ast.AST) or isinstance(node, ast.Assert | ast.JoinedStr):
                continue
            if isinstance(node, ast.stmt):
                body = getattr(node, "body", None)
                end = body[0].lineno if body else (node.end_lineno or node.lineno) + 1
                lines = range(node.lineno, max(end, node.lineno + 1))
                if _is_alias(node):
                    continue
            if hasattr(node, "lineno"):
                yield parent, (field, place), node, lines
            yield from _nodes(node, lines)


def _is_alias(node: ast.stmt) -> bool:
    """Tell whether a statement only names a type, or calls the maker of one."""
    if isinstance(node, ast.AnnAssign):
        return node.value is None or "TypeAlias" in ast.unparse(node.annotation)
    return isinstance(node, ast.Assign) and ast.unparse(node.value).startswith(
        ("TypeVar", "npt.", "Callable[", "Literal[")
    )


def _put(parent: ast.AST, key: tuple[str, int | None], node: ast.AST) -> None:
    field, place = key
    if place is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[place] = node


def _altered(node: Any) -> Iterator[ast.AST]:
    """What a node could be mistaken for."""
    for kinds, alter in ALTER:
        if isinstance(node, kinds):
            yield from alter(copy.deepcopy(node))


def _compared(node: Any) -> Iterator[ast.AST]:
    for n, op in enumerate(node.ops):
        if type(op) in SWAPPED:
            one = copy.deepcopy(node)
            one.ops[n] = SWAPPED[type(op)]()
            yield one


def _joined(node: Any) -> Iterator[ast.AST]:
    if type(node.op) in SWAPPED:
        node.op = SWAPPED[type(node.op)]()
        yield node


def _signed(node: Any) -> Iterator[ast.AST]:
    yield node.operand


def _constant(node: Any) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
    elif isinstance(value, float):
        yield ast.Constant(value * 10 if value else 1.0)


def _never(node: Any) -> Iterator[ast.AST]:
    node.test = ast.Constant(value=False)
    yield node


def _unsifted(node: Any) -> Iterator[ast.AST]:
    for n, loop in enumerate(node.generators):
        if loop.ifs:
            one = copy.deepcopy(node)
            one.generators[n].ifs = []
            yield one


def _uncalled(node: Any) -> Iterator[ast.AST]:
    if isinstance(node.value, ast.Call):
        yield ast.Pass()


def _turned(node: Any) -> Iterator[ast.AST]:
    yield ast.Break() if isinstance(node, ast.Continue) else ast.Continue()


def _opposite(node: Any) -> Iterator[ast.AST]:
    word = "id" if isinstance(node, ast.Name) else "attr"
    if getattr(node, word) in OPPOSITE:
        setattr(node, word, OPPOSITE[getattr(node, word)])
        yield node


ALTER: list[tuple[Any, Callable[[Any], Iterator[ast.AST]]]] = [
    (ast.Compare, _compared),
    ((ast.BinOp, ast.BoolOp, ast.AugAssign), _joined),
    (ast.UnaryOp, _signed),
    (ast.Constant, _constant),
    ((ast.If, ast.IfExp), _never),
    ((ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp), _unsifted),
    (ast.Expr, _uncalled),
    ((ast.Continue, ast.Break), _turned),
    ((ast.Name, ast.Attribute), _opposite),
]


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 90 else text[:87] + "..."


class _FromMemory(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from altered code."""

    def __init__(self, mutant: Mutant) -> None:
        self._name, self._mutant = f"{PACKAGE}.{mutant.module}", mutant

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        """Claim the one module."""
        if fullname != self._name:
            return None
        return importlib.util.spec_from_loader(fullname, self)

    def exec_module(self, module: Any) -> None:
        """Run the altered code."""
        exec(self._mutant.code, module.__dict__)  # our own source, altered


class _First:
    """Notes the first test that fails, how long each took, and which lines it reached.

    Of a test that was timed before, none may take much longer.
    """

    def __init__(self, coverage: Any = None, usual: dict[str, float] | None = None) -> None:
        self.failed = ""
        self.seconds: dict[str, float] = {}
        self._coverage = coverage
        self._usual = usual

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        if self._coverage:
            self._coverage.switch_context(nodeid)
        if self._usual is not None:
            signal.setitimer(signal.ITIMER_REAL, 6 + 5 * self._usual.get(nodeid, 0.0))

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed and not self.failed:
            self.failed = f"{report.nodeid} (import)"


def ready() -> None:
    """Import what every child needs, so that a fork has it for nothing; and nothing altered."""
    os.environ |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OMP_NUM_THREADS": "1"}
    for name in ("pytest", "hypothesis", "highspy", "scipy.sparse", "scipy.optimize"):
        importlib.import_module(name)
    from hypothesis import Phase, settings  # noqa: PLC0415  # after the others, as in the tests

    settings.register_profile(
        "mutants", derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
    )
    settings.load_profile("mutants")
    importlib.import_module("referral.cli")
    for name in [n for n in sys.modules if n.startswith(PACKAGE) or n == "referral.cli.disclosure"]:
        del sys.modules[name]


def in_child(work: Any, most_seconds: float) -> Any:
    """What a forked child returns as JSON; `FAILED_TO_END` when it takes longer."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, most_seconds)
            resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
            nowhere = os.open(os.devnull, os.O_WRONLY)
            for stream in (1, 2):
                os.dup2(nowhere, stream)
            answer = json.dumps(work()).encode()
            with os.fdopen(writing, "wb") as out:
                out.write(answer)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
        return FAILED_TO_END
    return json.loads(told) if told else "died"


def control() -> dict[str, Any]:
    """Run all tests on what is not altered: seconds of each, and which reach a line."""
    import coverage  # noqa: PLC0415  # the control alone needs it
    import pytest  # noqa: PLC0415

    measure = coverage.Coverage(data_file=None, config_file=False, include=[f"{FOLDER}/*"])
    first = _First(measure)
    measure.start()
    code = pytest.main([*QUIET, *TESTS], plugins=[first])
    measure.stop()
    data = measure.get_data()
    reached = {
        Path(path).stem: {
            line: [test for test in tests if test]
            for line, tests in data.contexts_by_lineno(path).items()
        }
        for path in data.measured_files()
        if Path(path).parent == FOLDER
    }
    return {"code": int(code), "failed": first.failed, "seconds": first.seconds, "lines": reached}


def tests_of(
    mutant: Mutant, known: dict[str, Any], most: float, kills: Counter[str]
) -> tuple[list[str], bool]:
    """The tests that reach the altered lines; and whether these are all.

    The quickest first, and sooner those that have killed others.

    What runs when the module is imported concerns all tests of the module.
    """
    lines = known["lines"].get(mutant.module, {})
    found = {test for line in mutant.lines for test in lines.get(str(line), [])}
    found = found or {test for tests in lines.values() for test in tests}
    assert found, f"no test reaches {mutant.module}"
    seconds: dict[str, float] = known["seconds"]
    ordered = sorted(found, key=lambda test: seconds.get(test, 0.0) / (1 + kills[test]))
    quick = [test for test in ordered if seconds.get(test, 0.0) <= most] or ordered[:1]
    return quick, len(quick) == len(ordered)


def tried(mutant: Mutant, tests: list[str], usual: dict[str, float]) -> dict[str, str]:
    """Run tests against a mutant; which killed it, if any."""
    import pytest  # noqa: PLC0415  # loaded by `ready`

    sys.meta_path.insert(0, _FromMemory(mutant))
    first = _First(usual=usual)
    code = pytest.main([*QUIET, *tests], plugins=[first])
    return {"killed": "" if code == 0 else first.failed or f"exit code {code}"}


def run(results: Path, modules: list[str], minutes: float, quick: float) -> None:
    """Try what has not been tried, until time is up."""
    began = time.monotonic()
    ready()
    kept = results.with_suffix(".control.json")
    if not kept.exists():
        known = in_child(control, 1800)
        if not isinstance(known, dict) or known["code"]:
            sys.exit(f"the tests fail on what is not altered: {known}")
        kept.write_text(json.dumps(known), encoding="utf-8")
    known = json.loads(kept.read_text(encoding="utf-8"))
    done = {one["name"] for one in told(results) if one["killed"] or one["all"] or quick < LONG}
    kills = Counter(one["killed"] for one in told(results))
    for module in modules:
        for mutant in mutants(FOLDER / f"{module}.py"):
            if mutant.name in done:
                continue
            if time.monotonic() - began > 60 * minutes:
                sys.exit(3)
            tests, are_all = tests_of(mutant, known, quick, kills)
            started = time.monotonic()
            found = in_child(lambda m=mutant, t=tests: tried(m, t, known["seconds"]), 60)
            line = {
                "name": mutant.name,
                "killed": found["killed"] if isinstance(found, dict) else found,
                "tests": len(tests),
                "all": are_all,
                "seconds": round(time.monotonic() - started, 1),
            }
            kills[line["killed"]] += 1
            with results.open("a", encoding="utf-8") as out:
                out.write(json.dumps(line) + "\n")


def told(results: Path) -> list[dict[str, Any]]:
    """What is known so far."""
    if not results.exists():
        return []
    return [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]


def report(results: Path, modules: list[str]) -> None:
    """Print how many were killed, module by module, and every survivor."""
    found = {one["name"]: one for one in told(results)}
    for module in modules:
        names = [mutant.name for mutant in mutants(FOLDER / f"{module}.py")]
        ran = [found[name] for name in names if name in found]
        endless = sum(one["killed"] == FAILED_TO_END for one in ran)
        left = [one for one in ran if not one["killed"]]
        print(
            f"{module:12}{len(names):5} mutants{len(ran):5} run"
            f"{len(ran) - len(left) - endless:5} killed{endless:4} endless{len(left):4} survived"
        )
        for one in left:
            left_over = "" if one["all"] else ", the slow ones not yet"
            print(f"    {one['name']}  ({one['tests']} tests{left_over})")


def main() -> None:
    """Run or report."""
    parser = argparse.ArgumentParser(prog="tools.mutate_disclosure")
    parser.add_argument("results", type=Path)
    every = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")
    parser.add_argument("--only", nargs="+", choices=every, default=every, metavar="MODULE")
    parser.add_argument("--minutes", type=float, default=600.0)
    parser.add_argument("--quick", type=float, default=LONG, metavar="SECONDS")
    parser.add_argument("--report", action="store_true")
    chosen = parser.parse_args()
    if chosen.report:
        report(chosen.results, chosen.only)
    else:
        run(chosen.results, chosen.only, chosen.minutes, chosen.quick)


if __name__ == "__main__":
    main()
