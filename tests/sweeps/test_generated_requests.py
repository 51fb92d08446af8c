"""What the OpenAPI document says is so, as every role, for requests that are made up from it.

Each role sends the good requests that are its own, which are answered, and then for every operation
what schemathesis makes up: a few where the role is let in, else one. Half of them name objects that
are there. The database changes as they go.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks as openapi_checks

from referral.accounts.roles import Role
from tests.sweeps.asks import Route, parts, routes, sent
from tests.sweeps.conftest import Ground
from tests.sweeps.every_ask import ASKS
from tests.sweeps.test_routes import LET_IN, NOTHING_TO_DO, TABLE, table
from tests.sweeps.under_way import ENDING

ROLES = (*map(str, Role), ENDING)
ON_BOTH = {"police_officer", "shelter_keeper"}
FEW, ONE = 3, 1
NAMED = re.compile(r"<(?:[^<>]+:)?(\w+)>")
HELD = [
    checks.not_a_server_error,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.status_code_conformance,
]


def members() -> Iterator[Any]:
    """Each role on one engine, in turn; two on both."""
    engines = ("sqlite", "postgresql")
    for number, role in enumerate(ROLES):
        for engine in engines if role in ON_BOTH else (engines[number % 2],):
            yield pytest.param(engine, role)


def operations(app: Flask) -> list[tuple[Any, Route]]:
    """Every operation of the document with its route."""
    paths = {route.name: NAMED.sub(r"{\1}", route.rule.rule) for route in routes(app)}
    by_label = {f"{route.method} {paths[route.name]}": route for route in routes(app)}
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    told = [found.ok() for found in document.get_all_operations()]
    return [(operation, by_label[operation.label]) for operation in told]


class Asking:
    """Somebody's requests, and how they were answered."""

    def __init__(self, ground: Ground, role: str) -> None:
        self.ground, self.role = ground, role
        self.classes: dict[str, Counter[str]] = {}
        self.faults: list[str] = []
        self._count = 0

    def ask(self, case: Any, **headers: str) -> int:
        """Send it in one's own session, and hold the answer to the document; gives the status."""
        token = f"Bearer {self.ground.tokens[self.role]}"
        answer = case.call(headers={"Authorization": token} | headers)
        status, label = int(answer.status_code), case.operation.label
        self.classes.setdefault(label, Counter())[f"{status // 100}xx"] += 1
        try:
            case.validate_response(answer, checks=HELD)
        except FailureGroup as failures:
            self.faults += [f"{label}: {failure}" for failure in failures.exceptions]
        return status

    def ask_well(self, operation: Any, route: Route) -> int:
        """The good request of a route; what it changed is put back."""
        good, objects = ASKS[route.name], self.ground.objects
        how = sent(route, good, objects)
        body = {"body": how["json"], "media_type": "application/json"} if "json" in how else {}
        case = operation.Case(
            path_parameters=parts(route, objects, good.ids),
            query=how["query_string"],
            **body,
        )
        status = self.ask(case, **how["headers"])
        if route.writes:
            self.ground.put_back()
        return status

    def ask_anything(self, operation: Any, route: Route, *, examples: int) -> None:
        """What is made up for an operation, every other time about what is there."""
        there = parts(route, self.ground.objects, ASKS[route.name].ids)

        def call(case: Any) -> None:
            self._count += 1
            if self._count % 2:
                case.path_parameters.update(there)
            self.ask(case)

        bounded = settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        bounded(given(case=operation.as_strategy())(call))()
        now = self.ground.send(self.role, "GET", "/api/v1/sessions/current")
        if now.status_code == 401:  # it has ended its own session
            self.ground.put_back()


def coverage(run_folder: Path, name: str, classes: dict[str, Counter[str]]) -> str:
    """Operations and requests by class of status, over all roles that have asked in this run."""
    (run_folder / f"asked-{name}.json").write_text(json.dumps(classes))
    asked = [json.loads(path.read_text()) for path in run_folder.glob("asked-*.json")]
    requests: Counter[str] = Counter()
    reached: dict[str, set[str]] = {}
    for one in asked:
        for label, counted in one.items():
            requests.update(counted)
            for kind in counted:
                reached.setdefault(kind, set()).add(label)
    by_class = {kind: f"{len(reached[kind])} ({requests[kind]})" for kind in sorted(reached)}
    every = set().union(*reached.values())
    return f"{len(every)} operations as {len(asked)} roles; operations (requests): {by_class}"


@pytest.mark.long
@pytest.mark.parametrize(("engine_name", "role"), list(members()), indirect=["engine_name"])
def test_no_request_as_any_role_breaks_what_the_document_says(
    ground: Ground, engine_name: str, role: str, run_folder: Path
) -> None:
    may = table(TABLE.read_text(encoding="utf-8"))
    asking = Asking(ground, role)
    every = operations(ground.app)
    for operation, route in every:
        if ASKS[route.name].by == role:
            assert 200 <= asking.ask_well(operation, route) < 300, operation.label
    for operation, route in every:
        is_let_in = may[route.name][role] in LET_IN + NOTHING_TO_DO
        asking.ask_anything(operation, route, examples=FEW if is_let_in else ONE)
    print(coverage(run_folder, f"{engine_name}-{role}", asking.classes))  # noqa: T201 - coverage
    assert not asking.faults, "\n".join(asking.faults)
    assert len(asking.classes) == len(every) > 100


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_an_answer_that_the_document_does_not_tell_of_is_found(ground: Ground) -> None:
    ground.app.view_functions["api_sessions.show_session"] = lambda: {"surprise": 1}
    asking = Asking(ground, "auditor")
    (found,) = (one for one in operations(ground.app) if "show_session" in one[1].name)
    asking.ask_well(*found)
    assert any("Response violates schema" in fault for fault in asking.faults)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_every_operation_has_a_good_request_of_one_of_these_roles(ground: Ground) -> None:
    assert {ASKS[route.name].by for _, route in operations(ground.app)} <= set(ROLES)
