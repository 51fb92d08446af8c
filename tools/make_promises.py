"""Make docs/promises.md: what the product promises, and the tests that guard each promise.

make_promises.py                 write the page
make_promises.py --check         fail where the page is out of date, a promise has no test, or a
                                 test names an unknown promise
make_promises.py --report FILE…  fail where a test that guards a promise did not run and pass,
                                 by the reports that `pytest --promises-report FILE` wrote
"""

import argparse
import ast
import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
AUDIENCES = {
    "survivor": ("To the person whose case it is", "Với người được hỗ trợ"),
    "staff": ("To those who work on a case", "Với cán bộ"),
    "agency": ("To the agencies", "Với các đơn vị"),
    "province": ("To the province", "Với tỉnh"),
}
HEAD = """# What we promise

Made by `tools/make_promises.py` from [promises.toml](promises.toml) and the markers of the tests.
A promise without a test, or whose test did not run, fails the gate (`.ci/run`).
"""

Guards = dict[str, list[str]]
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class PromiseError(Exception):
    """The list of promises or a marker cannot be read; the text says where."""


@dataclass(frozen=True)
class Promise:
    id: str
    for_whom: str
    en: str
    vi: str


def read_promises(path: Path) -> list[Promise]:
    """The promises in their order; refuses a bad or repeated id, audience or unknown key."""
    promises = []
    for row in tomllib.loads(path.read_text(encoding="utf-8"))["promise"]:
        if set(row) != {"id", "for_whom", "en", "vi"}:
            raise PromiseError(f"a promise has id, for_whom, en and vi, nothing else: {row}")
        promise = Promise(**row)
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", promise.id):
            raise PromiseError(f"not a kebab-case id: {promise.id}")
        if promise.for_whom not in AUDIENCES:
            raise PromiseError(f"{promise.id}: for_whom is one of {', '.join(AUDIENCES)}")
        promises.append(promise)
    ids = [promise.id for promise in promises]
    if repeated := {name for name in ids if ids.count(name) > 1}:
        raise PromiseError(f"listed twice: {', '.join(sorted(repeated))}")
    return promises


def find_guards(root: Path) -> Guards:
    """Which tests carry the marker of which promise: {promise: [node id, …]}, sorted."""
    guards: Guards = {}
    for path in sorted((root / "tests").rglob("test_*.py")):
        place = path.relative_to(root).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
        for name, node_id in _guards_in(tree.body, place, _module_marks(tree, place)):
            guards.setdefault(name, []).append(node_id)
    return {name: sorted(set(tests)) for name, tests in guards.items()}


def _guards_in(
    body: Sequence[ast.stmt], place: str, inherited: list[str]
) -> Iterator[tuple[str, str]]:
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            marks = inherited + _marks(node.decorator_list, place)
            yield from _guards_in(node.body, f"{place}::{node.name}", marks)
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            for name in inherited + _marks(node.decorator_list, place):
                yield name, f"{place}::{node.name}"
        elif isinstance(node, Definition) and (lost := _marks(node.decorator_list, place)):
            raise PromiseError(f"{place}: {node.name} is no test and cannot guard {lost}")


def _module_marks(tree: ast.Module, place: str) -> list[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            value = node.value
            several = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
            return _marks(several, place)
    return []


def _marks(expressions: Sequence[ast.expr], place: str) -> list[str]:
    names: list[str] = []
    for expression in expressions:
        if not ast.unparse(expression).startswith("pytest.mark.promise"):
            continue
        values = expression.args if isinstance(expression, ast.Call) else []
        literals = [value.value for value in values if isinstance(value, ast.Constant)]
        if not literals or len(literals) != len(values):
            raise PromiseError(f"{place}: a promise is named by a plain string")
        names += [str(value) for value in literals]
    return names


def page(promises: Sequence[Promise], guards: Mapping[str, Sequence[str]]) -> str:
    """The text of docs/promises.md."""
    parts = [HEAD]
    for audience, (english, vietnamese) in AUDIENCES.items():
        listed = [promise for promise in promises if promise.for_whom == audience]
        if listed:
            parts.append(f"## {english}\n\n*{vietnamese}*\n")
        for promise in listed:
            tests = "\n".join(_link(test) for test in guards.get(promise.id, []))
            parts.append(f"### {promise.id}\n\n{promise.en}\n\n*{promise.vi}*\n\n{tests}\n")
    return "\n".join(parts)


def _link(node_id: str) -> str:
    path, _, name = node_id.partition("::")
    words = name.rpartition("::")[2].removeprefix("test_").replace("_", " ")
    return f"- [{words}](../{path})"


def unguarded(promises: Sequence[Promise], guards: Mapping[str, Sequence[str]]) -> list[str]:
    """Promises without a test, and markers that name no promise."""
    known = {promise.id for promise in promises}
    faults = [f"no test guards the promise {name}" for name in sorted(known - set(guards))]
    for name in sorted(set(guards) - known):
        faults.append(f"unknown promise {name}, named by {', '.join(guards[name])}")
    return faults


def not_run(guards: Mapping[str, Sequence[str]], reports: Sequence[Path]) -> list[str]:
    """Tests that guard a promise and are not in the reports as passed, in every variant."""
    outcomes: dict[str, set[str]] = {}
    for report in reports:
        for tests in json.loads(report.read_text(encoding="utf-8")).values():
            for variant, outcome in tests.items():
                outcomes.setdefault(variant.partition("[")[0], set()).add(outcome)
    faults = []
    for name, tests in sorted(guards.items()):
        for test in tests:
            met = outcomes.get(test, {"not run"})
            faults += [f"{name}: {test}: {outcome}" for outcome in sorted(met - {"passed"})]
    return faults


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="the project's folder")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if out of date")
    parser.add_argument("--report", type=Path, nargs="+", metavar="FILE", help="pytest's reports")
    options = parser.parse_args(arguments)
    target = options.root / "docs" / "promises.md"
    try:
        promises = read_promises(options.root / "docs" / "promises.toml")
        guards = find_guards(options.root)
        faults = unguarded(promises, guards)
        if options.report:
            faults += not_run(guards, options.report)
    except (PromiseError, OSError) as problem:
        faults = [str(problem)]
    else:
        text = page(promises, guards)
        if not (options.check or options.report):
            target.write_text(text, encoding="utf-8")
        elif not target.exists() or target.read_text(encoding="utf-8") != text:
            faults.append("docs/promises.md is out of date: run tools/make_promises.py")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
