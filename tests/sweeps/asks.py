"""For every route one good request: by whom, about which objects, with what in it.

`tests/sweeps/test_routes.py` fails for a route that is not among them. Ids that an address names
are the living province's object of that name (`case_id`), unless `ids` says another.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from referral.kernel import clock
from referral.web.cases.blueprint import code_of

Objects = Mapping[str, str]
Body = Callable[[Objects], Any] | Mapping[str, Any] | None
SKIPPED = frozenset({"static"})
# Plain links that change something: they must work on a page that stood open for hours.
LEAVES = {"frame.leave", "locking.lock"}
# Forms that carry a mark by which a second press is known (`web/once.py`); for all others a state
# or a revision keeps what they do from being done twice.
MARKED = {
    "accounts.make_circle",
    "accounts.name_second_agency",
    "agencies.create_agency",
    "agencies.renew_circle",
    "agencies.state_succession",
    "cases.claim_legal_basis",
    "cases.record_consent",
    "cases.report_incident",
    "cases.write_section",
    "circles.name_circle",
    "followup.record_follow_up",
    "referrals.send_referral",
    "reporting.freeze_edition",
    "shelters.hold_beds",
    "shelters.register_site",
    "shelters.write_stay_note",
}
CHOICES = {"AnyConverter", "IntegerConverter"}


@dataclass(frozen=True)
class Ask:
    """One request that is answered with what it asks, when `by` sends it."""

    by: str = "police_officer"
    ids: Mapping[str, str] = field(default_factory=dict)
    body: Body = None
    query: Mapping[str, str] | Callable[[Objects], Mapping[str, str]] = field(default_factory=dict)
    headers: Callable[[Objects], Mapping[str, str]] = field(default=lambda _: {})


@dataclass(frozen=True)
class Route:
    """A rule with one method and one choice of its words: `POST followup.complete_task`."""

    rule: Rule
    method: str
    choice: str = ""

    @property
    def name(self) -> str:
        """How lists of routes call it."""
        first = f"{self.method} {self.rule.endpoint}"
        return f"{first} {self.choice}" if self.choice else first

    @property
    def is_api(self) -> bool:
        return self.rule.rule.startswith("/api/")

    @property
    def writes(self) -> bool:
        return self.method != "GET" or self.rule.endpoint in LEAVES

    @property
    def names_objects(self) -> list[str]:
        """The ids in its address."""
        kinds = self.rule._converters.items()
        return [name for name, one in kinds if type(one).__name__ == "UUIDConverter"]


def routes(app: Flask) -> list[Route]:
    """Every route, method and choice of the address map, files apart."""
    found: dict[str, Route] = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint in SKIPPED or (rule.defaults and "step" in rule.defaults):
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            for choice in _choices(rule):
                route = Route(rule, method, choice)
                found[route.name] = route
    return [found[name] for name in sorted(found)]


def _choices(rule: Rule) -> Iterator[str]:
    for converter in rule._converters.values():
        if type(converter).__name__ == "AnyConverter":
            yield from sorted(converter.items)
            return
        if type(converter).__name__ == "IntegerConverter":
            yield from (str(n) for n in range(converter.min, converter.max + 1))
            return
    yield ""


def address(app: Flask, route: Route, objects: Objects, ids: Mapping[str, str]) -> str:
    """The path with real ids; `KeyError` names an object that the living province lacks."""
    values = parts(route, objects, ids)
    adapter = app.url_map.bind("localhost")
    return adapter.build(route.rule.endpoint, _typed(values, route), method=route.method)


def parts(route: Route, objects: Objects, ids: Mapping[str, str]) -> dict[str, str]:
    """What the address names, by name."""
    values: dict[str, str] = {}
    for name, converter in route.rule._converters.items():
        kind = type(converter).__name__
        if kind == "UUIDConverter":
            values[name] = objects[ids.get(name, name)]
        elif kind in CHOICES:
            values[name] = route.choice
        else:
            values[name] = objects.get(name) or WORDS[name]
    return values


def _typed(values: Mapping[str, str], route: Route) -> dict[str, Any]:
    from uuid import UUID

    kinds = {name: type(one).__name__ for name, one in route.rule._converters.items()}
    cast: dict[str, Callable[[Any], Any]] = {"UUIDConverter": UUID, "IntegerConverter": int}
    return {name: cast.get(kinds[name], str)(value) for name, value in values.items()}


WORDS = {"code": code_of("needs"), "form_id": "needs", "kind": "needs", "place": "needs"}
"""What stands for other words in an address."""


def sent(route: Route, ask: Ask, objects: Objects) -> dict[str, Any]:
    """What the request carries, as a test client takes it."""
    body = ask.body(objects) if callable(ask.body) else ask.body
    query = ask.query(objects) if callable(ask.query) else ask.query
    how: dict[str, Any] = {"headers": dict(ask.headers(objects)), "query_string": dict(query)}
    if body is not None or (route.writes and route.is_api and ask.body is not None):
        how["json" if route.is_api else "data"] = body
    return how


def sent_once(route: Route, ask: Ask, objects: Objects) -> dict[str, Any]:
    """The same with the key or mark by which it is known when it is sent again."""
    how = sent(route, ask, objects)
    if route.is_api:
        how["headers"] |= {"Idempotency-Key": "once-and-again"}
    elif route.rule.endpoint in MARKED:
        how["data"] = {**(how.get("data") or {}), "once": "once-and-again"}
    return how


def day(days: int = 0) -> str:
    """A local day, as the API takes it."""
    return (clock.today() + timedelta(days=days)).isoformat()


def typed_day(days: int = 0) -> str:
    """A local day, as a form takes it."""
    return f"{clock.today() + timedelta(days=days):%d/%m/%Y}"


def moment(**delta: float) -> str:
    """A moment, as the API takes it."""
    return (clock.now() + timedelta(**delta)).isoformat()


def typed_moment(name: str, **delta: float) -> dict[str, str]:
    """A moment, as two inputs of a form."""
    local = clock.local(clock.now() + timedelta(**delta))
    return {f"{name}-date": f"{local:%d/%m/%Y}", f"{name}-time": f"{local:%H:%M}"}


FIRST_DAY = date(2021, 7, 1)
__all__ = ["FIRST_DAY", "Ask", "Route", "address", "code_of", "day", "moment", "routes", "sent"]
