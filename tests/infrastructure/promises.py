"""Records which tests that guard a promise to users ran, and how they ended.

`--promises-report=FILE` writes {promise: {test: outcome}}, which `tools/make_promises.py --report`
holds against docs/promises.toml. Under xdist the controller writes for all workers. The sign must
be there: until this plugin is loaded, pytest takes a word after a space for a folder of tests.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.infrastructure.run_folder import is_worker

PROPERTY = "promise"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--promises-report",
        type=Path,
        metavar="FILE",
        help="write which promises to users were guarded by a test of this run (JSON)",
    )


def pytest_configure(config: pytest.Config) -> None:
    target = config.getoption("promises_report")
    if target is not None and not is_worker(config):
        config.pluginmanager.register(Report(target), "promises-report")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        # Properties travel with a test's reports, also from a worker to the controller.
        item.user_properties += [
            (PROPERTY, name) for mark in item.iter_markers("promise") for name in mark.args
        ]


class Report:
    """The outcome of every test that guards a promise; anything but a pass wins over a pass."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.outcomes: dict[str, dict[str, str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.passed:
            return
        for kind, name in report.user_properties:
            if kind == PROPERTY:
                tests = self.outcomes.setdefault(str(name), {})
                if tests.get(report.nodeid, "passed") == "passed":
                    tests[report.nodeid] = report.outcome

    def pytest_sessionfinish(self, session: Any) -> None:
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self.target.write_text(json.dumps(self.outcomes, indent=1, sort_keys=True) + "\n")
