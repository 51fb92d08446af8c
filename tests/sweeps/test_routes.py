"""Every route by every role, with real ids: let in or refused as `who_may.txt` says, and on record.

A refusal says 403 where the role may not, and 404 where the object is none of this person's; it
leaves one entry of the log. What belongs to another district is hidden from everybody here.
"""

import fcntl
import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from zlib import crc32

import pytest
from flask import Response
from sqlalchemy import text

from referral.accounts.roles import Role
from referral.kernel import db
from tests.infrastructure.application import ROOT
from tests.sweeps.asks import Route, address, routes, sent
from tests.sweeps.conftest import Ground
from tests.sweeps.every_ask import ASKS
from tests.sweeps.under_way import ENDING

TABLE = Path(__file__).with_name("who_may.txt")
BUILT = ROOT / "build" / "who_may.txt"
COLUMNS = (*(str(role) for role in Role), ENDING, "nobody")
LET_IN, NOTHING_TO_DO, MAY_NOT, HIDDEN, SIGN_IN = "+", "=", "3", "4", "s"
TAKEN = range(200, 400)
# What everybody may ask of whatever district, and why.
KNOWN_TO_ALL = {
    "GET api_agencies.show_agency": "the directory of agencies is no secret among them",
    "GET agencies.invite_administrator": "the operator founds every agency",
    "POST agencies.invite_administrator": "the operator founds every agency",
    "POST api_agencies.invite_administrator": "the operator founds every agency",
}
HEADING = """\
# Who may: one line a route, one column a role, with a request that is good for who may send it.
#   +  let in          =  let in, but there is nothing to do (a state, a revision, an answer)
#   3  refused: 403    4  hidden: 404    s  sent to the sign-in
# A new route is added to asks_api.py, asks_pages.py or asks_apart.py. The long run, of which
# `-k sqlite-all` is enough, then writes build/who_may.txt, to be read against
# referral/accounts/roles.py before it becomes this file.
"""


def verdict(answer) -> str:
    """What an answer means, in one letter; a failure is none of them."""
    status = answer.status_code
    is_sent_away = "/sign-in?next=" in answer.headers.get("Location", "")
    if status == HTTPStatus.UNAUTHORIZED or is_sent_away:
        return SIGN_IN
    if status in TAKEN:
        return LET_IN
    known = {HTTPStatus.FORBIDDEN: MAY_NOT, HTTPStatus.NOT_FOUND: HIDDEN}
    if status in known:
        return known[status]
    return NOTHING_TO_DO if status < HTTPStatus.INTERNAL_SERVER_ERROR else f"<{status}>"


def is_shaped(answer, *, is_api: bool) -> bool:
    """Whether a refusal has the one shape: a problem (RFC 9457), or a whole page."""
    if answer.status_code < HTTPStatus.BAD_REQUEST:
        return True
    if is_api:
        is_problem = answer.mimetype == "application/problem+json"
        return is_problem and {"type", "title", "status"} <= answer.json.keys()
    return answer.mimetype == "text/html" and "</html>" in answer.get_data(as_text=True)


def written(found: Mapping[str, Mapping[str, str]]) -> str:
    """The table as the file holds it: role names stand above, one letter below the other."""
    width = max(map(len, found))
    depth = max(map(len, COLUMNS))
    lines = [
        " " * width + "  " + " ".join(name.rjust(depth)[at] for name in COLUMNS).rstrip()
        for at in range(depth)
    ]
    for route, row in found.items():
        lines.append(f"{route:{width}}  " + " ".join(row[name] for name in COLUMNS))
    return HEADING + "\n".join(lines) + "\n"


def table(page: str) -> dict[str, dict[str, str]]:
    """The table that a file holds."""
    found = {}
    for line in page.splitlines():
        parts = line.split()
        if parts and parts[0] in {"GET", "POST", "PUT", "DELETE", "PATCH"}:
            letters = parts[-len(COLUMNS) :]
            found[" ".join(parts[: -len(COLUMNS)])] = dict(zip(COLUMNS, letters, strict=True))
    return found


def refusals(ground: Ground) -> Mapping[str, int]:
    """How many refusals stand in the log, by the member who asked."""
    with ground.app.app_context():
        query = "SELECT actor_id, count(*) FROM audit_entry WHERE outcome = 'refused' GROUP BY 1"
        found = {str(who).replace("-", ""): n for who, n in db.session().execute(text(query))}
        db.rollback()
    return found


def members(ground: Ground) -> dict[str, str]:
    """The member id of each role."""
    with ground.app.app_context():
        rows = dict(db.session().execute(text("SELECT username, id FROM member")).all())
        db.rollback()
    return {role: str(rows[name]).replace("-", "") for role, name in ground.cast.items()}


def ask(ground: Ground, route: Route, who: str, ids: Mapping[str, str] | None = None):
    """The good request of a route, sent by somebody."""
    good = ASKS[route.name]
    path = address(ground.app, route, ground.objects, ids or good.ids)
    named = {name: ground.objects[other] for name, other in (ids or {}).items()}
    how = sent(route, good, ground.objects | named)
    return ground.send(None if who == "nobody" else who, route.method, path, **how)


def a_sixteenth(route: Route) -> list[str]:
    """Whom to ask about a route in `make test`: a sixteenth, which differs from route to route."""
    by = ASKS[route.name].by
    return [who for who in COLUMNS if who == by or crc32(f"{route.name} {who}".encode()) % 16 == 0]


def keep(run_folder: Path, number: int, found: Mapping[str, Mapping[str, str]]) -> None:
    """Write build/who_may.txt from what the parts of this run have found so far."""
    (run_folder / f"who-may-{number}.json").write_text(json.dumps(found))
    with (run_folder / "who-may.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        parts = (json.loads(each.read_text()) for each in run_folder.glob("who-may-*.json"))
        rows = {name: row for part in parts for name, row in part.items()}
        BUILT.parent.mkdir(exist_ok=True)
        BUILT.write_text(written({name: rows[name] for name in sorted(rows)}), encoding="utf-8")


PARTS = 3


@pytest.mark.parametrize(
    ("engine_name", "part"),
    [
        pytest.param("sqlite", 0, id="sqlite-sixteenth"),
        *(
            pytest.param(engine, number, id=f"{engine}-all-{number}", marks=pytest.mark.long)
            for engine in ("sqlite", "postgresql")
            for number in range(1, PARTS + 1)
        ),
    ],
    indirect=["engine_name"],
)
@pytest.mark.promise("page-and-api-obey-one-rule")
@pytest.mark.promise("every-opening-is-on-record")
def test_every_route_answers_every_role_as_the_table_says_and_records_refusals(
    ground: Ground, engine_name: str, run_folder: Path, part: int
) -> None:
    """Part 0 is a sixteenth of the roles for each route, the others all roles for some routes."""
    every = routes(ground.app)
    names = {route.name for route in every}
    assert names == set(ASKS), "tests/sweeps/asks_*.py have one for each route"
    if part:
        every = [r for r in every if crc32(r.name.encode()) % PARTS == part - 1]
    people, log, asked = members(ground), refusals(ground), 0
    found: dict[str, dict[str, str]] = {}
    classes: dict[str, set[int]] = {route.name: set() for route in every if route.is_api}
    unrecorded, unshaped = [], []
    for route in every:
        row = found[route.name] = {}
        for who in COLUMNS if part else a_sixteenth(route):
            asked += 1
            answer = ask(ground, route, who)
            row[who] = verdict(answer)
            classes.get(route.name, set()).add(answer.status_code // 100)
            if not is_shaped(answer, is_api=route.is_api):
                unshaped.append(f"{route.name} by {who}: {answer.status_code}")
            if route.writes and answer.status_code < 500 and row[who] in LET_IN + NOTHING_TO_DO:
                ground.put_back()
                log = refusals(ground)
                continue
            after = refusals(ground)
            is_refused = row[who] in MAY_NOT + HIDDEN and who != "nobody"
            if is_refused and after.get(people[who], 0) != log.get(people[who], 0) + 1:
                unrecorded.append(f"{route.name} by {who}")
            log = after
    if part and engine_name == "sqlite":
        keep(run_folder, part, found)
    told_of = {f"{n}xx": sum(n in seen for seen in classes.values()) for n in (2, 3, 4, 5)}
    print(f"{asked} requests; {len(classes)} operations of the API by status: {told_of}")  # noqa: T201 - coverage
    assert unrecorded == []
    assert unshaped == [], "a refusal has the one shape of its edge"
    wanting = [name for name, row in found.items() if row[ASKS[name].by] != LET_IN]
    assert wanting == [], "the good request of a route is answered"
    told = table(TABLE.read_text(encoding="utf-8"))
    elsewhere = names - found.keys()
    assert differences({n: told[n] for n in told if n not in elsewhere}, found) == []


def differences(
    told: Mapping[str, Mapping[str, str]], found: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """Where the table and what happened are not the same, a line each."""
    lines = [f"not in the table: {name}" for name in found.keys() - told.keys()]
    lines += [f"no such route: {name}" for name in told.keys() - found.keys()]
    for name in found.keys() & told.keys():
        lines += [
            f"{name} by {who}: {found[name][who]} and not {told[name][who]}"
            for who in found[name]
            if found[name][who] != told[name][who]
        ]
    return sorted(lines)


def foreign(ground: Ground, route: Route) -> Iterator[dict[str, str]]:
    """The address of a route with the ids of the other district, all of them and one by one."""
    own = ASKS[route.name].ids
    named = route.names_objects
    there = {name: f"foreign_{name}" for name in named if f"foreign_{name}" in ground.objects}
    unknown = set(named) - there.keys() - {"edition_id"}
    assert not unknown, f"tests/sweeps/world.py has no foreign {unknown}"
    if there:
        yield own | there
    if len(there) > 1:
        for name, other in there.items():
            yield own | {name: other}


@pytest.mark.heavy
@pytest.mark.promise("page-and-api-obey-one-rule")
def test_what_is_of_another_district_is_hidden_from_all_whom_the_route_lets_in(
    ground: Ground,
) -> None:
    told = table(TABLE.read_text(encoding="utf-8"))
    seen, asked = [], 0
    for route in routes(ground.app):
        if route.name in KNOWN_TO_ALL or route.name not in told:
            continue
        who_may = [who for who in COLUMNS if told[route.name][who] in LET_IN + NOTHING_TO_DO]
        for who in who_may:
            for ids in foreign(ground, route):
                asked += 1
                if verdict(ask(ground, route, who, ids)) not in HIDDEN + MAY_NOT:
                    seen.append(f"{route.name} by {who} with {ids}")
    print(f"{asked} requests about another district")  # noqa: T201 - the sweep's size
    assert seen == []
    assert asked > 100


def test_a_refusal_of_another_shape_is_found() -> None:
    problem = '{"type": "urn:problem:not-found", "title": "x", "status": 404}'
    good = Response(problem, 404, mimetype="application/problem+json")
    assert is_shaped(good, is_api=True)
    assert not is_shaped(good, is_api=False)
    assert not is_shaped(Response("no", 404, mimetype="text/html"), is_api=False)
    assert not is_shaped(Response("no", 404, mimetype="text/html"), is_api=True)


def test_a_route_that_is_missing_or_answers_otherwise_is_reported() -> None:
    row = dict.fromkeys(COLUMNS, MAY_NOT)
    other = row | {"auditor": LET_IN}
    told, found = {"GET a": row, "GET gone": row}, {"GET a": other, "GET new": row}
    assert differences(told, found) == [
        "GET a by auditor: + and not 3",
        "no such route: GET gone",
        "not in the table: GET new",
    ]
    assert table(written(found)) == found
