"""What cannot be taken changes nothing: every table is as before, but for the log and the session.

For every writing route of page and API: nonsense, wrong types, missing and oversized parts, ids of
other records, and the same good request a second time.
"""

import html
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID, uuid4
from zlib import crc32

import pytest

from tests.sweeps.asks import MARKED, Ask, Route, address, routes, sent, sent_once
from tests.sweeps.conftest import Ground
from tests.sweeps.every_ask import ASKS

pytestmark = pytest.mark.heavy

OTHERS = ("supervisor", "statistician")  # who see more forms on a page than its usual reader
FORM = re.compile(r'<form\b([^>]*method="post"[^>]*)>(.*?)</form>', re.DOTALL)
ACTION = re.compile(r'\baction="([^"]*)"')
TOO_MUCH = "x" * 3_000_000
NONSENSE = "\x00☃'\"<%=7*7%>"
# What keeps whatever is typed, and why that is no change of anything.
KEEPS_DRAFTS = {
    "POST drafts.save": "a draft is what stands in the form, however it stands",
    "POST drafts.discard": "the address says it all",
    "POST referrals.keep_referral_draft": "a draft of the three steps",
    "POST referrals.send_referral 1": "each step is kept as typed",
    "POST referrals.send_referral 2": "each step is kept as typed",
    "POST referrals.send_referral 3": "each step is kept as typed",
    "PUT api_forms.save_draft": "what was typed so far, whatever its shape",
}
# What is refused with what was typed kept as a draft: nothing typed is lost.
REFUSED_WITH_DRAFT = {
    "POST cases.claim_legal_basis",
    "POST cases.close_case",
    "POST cases.reopen_case",
    "POST cases.record_consent",
    "POST cases.report_incident",
    "POST cases.write_section",
    "POST followup.record_follow_up",
    "POST shelters.write_stay_note",
}
EMPTY_IS_GOOD = {
    "POST reporting.freeze_edition": "without a year it is this year's",
    "POST accounts.begin_reenrolment": "a box that was not ticked",
    "POST accounts.name_second_agency": "none is named any more",
    "POST api_agencies.name_second_agency": "none is named any more",
    "POST referrals.pass_on_referral": "to a new circle of the others",
}
ANY_WORD_IS_GOOD = {"POST accounts.begin_reenrolment": "a box that was ticked"}
# A wrong PIN or code is counted before it is judged.
COUNTS_TRIES = {
    "POST api_account.take_up": "parked_session",
    "POST api_channels.confirm_channel": "notice_channel",
    "POST channels.confirm_channel": "notice_channel",
    "POST locking.unlock": "parked_session",
}
DRAFTS = frozenset({"draft", "draft_body"})
# What says the same again without harm when it is sent again: it has a new time or makes another.
AGAIN = {
    "POST account.make_code_sheet": "another sheet",
    "POST accounts.begin_reenrolment": "another code",
    "POST accounts.confirm_heads": "a later time",
    "POST accounts.make_kit": "another code",
    "POST api_account.make_code_sheet": "another sheet",
    "POST api_channels.add_channel": "another code",
    "POST channels.add_channel": "another code",
    "POST api_account.take_up": "another session",
    "POST api_accounts.begin_reenrolment": "another code",
    "POST api_recovery.make_kit": "another code",
    "POST api_sessions.confirm_heads": "a later time",
    "POST locking.choose_pin": "another token",
    "PUT api_account.choose_pin": "another token",
    "PUT api_succession.state_succession": "another plan in the place of the first",
    "POST accounts.sign_in": "another session",
    "POST api_sessions.sign_in": "another session",
    "POST api_shelters.confirm_places": "a later time of the same word",
    "POST shelters.confirm_places": "a later time of the same word",
}


class Watch:
    """Finds what a request changed, tables of the log and of sessions apart."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.asked = 0
        self.faults: list[str] = []

    def changed(self) -> set[str]:
        return self.ground.copy.changed()

    def held(
        self, name: str, what: str, answer: Any, *, besides: frozenset[str] = frozenset()
    ) -> None:
        """A failure or a change is noted, and undone."""
        self.asked += 1
        if answer.status_code >= 500:
            self.faults.append(f"{name}, {what}: {answer.status_code}")
        found = self.changed()
        if wrong := found - besides:
            self.faults.append(f"{name}, {what}: {answer.status_code} changed {sorted(wrong)}")
        if found:
            self.ground.put_back()


@pytest.fixture(params=["a quarter", pytest.param("all", marks=pytest.mark.long)])
def asked(ground: Ground, request: pytest.FixtureRequest) -> list[tuple[Route, Ask]]:
    """Every writing route with its good request; in `make test` a quarter of them."""
    found = [(route, ASKS[route.name]) for route in routes(ground.app) if route.writes]
    assert len(found) > 120
    if request.param == "all":
        return found
    return [row for row in found if crc32(row[0].name.encode()) % 4 == 0]


def post(ground: Ground, route: Route, good: Ask, how: Mapping[str, Any], ids: Any = None) -> Any:
    path = address(ground.app, route, ground.objects, ids or good.ids)
    return ground.send(good.by, route.method, path, **how)


def besides(route: Route) -> frozenset[str]:
    """What a request that was not taken may touch all the same."""
    counts = frozenset({COUNTS_TRIES[route.name]} if route.name in COUNTS_TRIES else ())
    keeps = route.name in KEEPS_DRAFTS or route.name in REFUSED_WITH_DRAFT
    return counts | (DRAFTS if keeps else frozenset())


def may_lack(route: Route, what: str) -> bool:
    """Whether a part may be missing, or stand there as nothing."""
    return what.startswith("without ") or route.name in EMPTY_IS_GOOD


def wrong_json(body: Any) -> Iterator[tuple[str, Any]]:
    """A body with something wrong in it, each in turn."""
    if not isinstance(body, dict):
        return
    for name, value in body.items():
        others: list[Any] = [None, NONSENSE, {"☃": ["☃"]}]
        if isinstance(value, dict):
            others = [None, NONSENSE, [value]]
        for other in others:
            yield f"{name} = {str(other)[:20]!r}", body | {name: other}
        yield f"without {name}", {n: v for n, v in body.items() if n != name}
    yield "a name nobody knows", body | {"is_admin": True}


def other_ids(node: Any, stranger: Callable[[], str]) -> Any:
    """The same with every id in it replaced."""
    if isinstance(node, dict):
        return {name: other_ids(value, stranger) for name, value in node.items()}
    if isinstance(node, list):
        return [other_ids(value, stranger) for value in node]
    if isinstance(node, str):
        parts = [stranger() if _is_id(part) else part for part in node.split(":")]
        return ":".join(parts)
    return node


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def test_a_request_to_the_api_that_is_malformed_changes_nothing(
    ground: Ground, asked: list[tuple[Route, Ask]]
) -> None:
    watch = Watch(ground)
    for route, good in asked:
        if not route.is_api or route.name in KEEPS_DRAFTS:
            continue
        how = sent(route, good, ground.objects)
        body = how.pop("json", None)
        plain = how | {"headers": how["headers"] | {"Content-Type": "application/json"}}
        if body is None:
            continue
        for data in ("{", "[]", '"x"', "null", json.dumps({"x": TOO_MUCH})):
            watch.held(route.name, data[:9], post(ground, route, good, plain | {"data": data}))
        for what, wrong in wrong_json(body):
            answer = post(ground, route, good, how | {"json": wrong})
            is_default = what.startswith("without ") or what.endswith("= 'None'")
            if answer.status_code < 300 and is_default and may_lack(route, what):
                ground.put_back()  # it had a default
                continue
            watch.held(route.name, what, answer, besides=besides(route))
    print(f"{watch.asked} malformed requests to the API")  # noqa: T201 - the sweep's size
    assert not watch.faults, "\n".join(watch.faults)


def test_a_form_that_is_malformed_changes_nothing(
    ground: Ground, asked: list[tuple[Route, Ask]]
) -> None:
    watch = Watch(ground)
    for route, good in asked:
        how = sent(route, good, ground.objects)
        form = how.pop("data", None)
        if route.is_api or not form or route.name in KEEPS_DRAFTS:
            continue
        largest = dict.fromkeys(list(form)[:1], TOO_MUCH)
        nonsense = dict.fromkeys(form, NONSENSE)
        wrongs = {"too much": largest, "nonsense": nonsense, "nothing": {}}
        if route.name in EMPTY_IS_GOOD:
            del wrongs["nothing"]
        if route.name in ANY_WORD_IS_GOOD:
            wrongs = {"too much": largest}
        for what, wrong in wrongs.items():
            answer = post(ground, route, good, how | {"data": wrong})
            watch.held(route.name, what, answer, besides=besides(route))
    print(f"{watch.asked} malformed forms")  # noqa: T201 - the sweep's size
    assert not watch.faults, "\n".join(watch.faults)


def test_ids_of_other_records_in_address_or_body_change_nothing(
    ground: Ground, asked: list[tuple[Route, Ask]]
) -> None:
    """Another case of the same people, another district's objects, and nobody's."""
    watch = Watch(ground)
    objects = ground.objects
    for route, good in asked:
        how = sent(route, good, objects)
        field = "json" if route.is_api else "data"
        if how.get(field) and other_ids(how[field], lambda: "") != how[field]:
            strangers = {"nobody's": str(uuid4()), "another kind's": objects["notice_id"]}
            for what, one in strangers.items():
                wrong = other_ids(how[field], lambda one=one: one)
                answer = post(ground, route, good, how | {field: wrong})
                watch.held(
                    route.name, f"{what} id in the body", answer, besides=besides(route) & DRAFTS
                )
        named = route.names_objects
        if len(named) > 1:
            own_case = {"case_id": "handed_case" if good.ids.get("case_id") is None else "case_id"}
            answer = post(ground, route, good, how, good.ids | own_case)
            assert answer.status_code in {403, 404, 409, 412}, f"{route.name}: {answer.status_code}"
            watch.held(route.name, "of another case of the same people", answer)
    print(f"{watch.asked} requests across records")  # noqa: T201 - the sweep's size
    assert not watch.faults, "\n".join(watch.faults)


@pytest.mark.promise("second-click-does-nothing")
def test_a_good_request_that_is_sent_again_changes_nothing_more(
    ground: Ground, asked: list[tuple[Route, Ask]]
) -> None:
    faults, changing = [], set()
    for route, good in asked:
        how = sent_once(route, good, ground.objects)
        first = post(ground, route, good, how)
        assert first.status_code < 400, f"{route.name}: {first.status_code}"
        before = ground.copy.contents()
        again = post(ground, route, good, how)
        after = ground.copy.contents()
        moved = {n for n in after if after[n] != before[n]}
        moved -= DRAFTS if route.name in KEEPS_DRAFTS else set()
        if again.status_code >= 500 or (moved and route.name not in AGAIN):
            faults.append(f"{route.name}: {again.status_code} changed {sorted(moved)}")
        if moved:
            changing.add(route.name)
        ground.put_back()
    assert not faults, "\n".join(faults)
    assert changing == AGAIN.keys() & {route.name for route, _ in asked}


def test_a_change_that_should_not_be_is_found(ground: Ground) -> None:
    watch = Watch(ground)
    answer = ground.send("police_officer", "POST", f"/cases/{ground.objects['reported_case']}/meet")
    watch.held("POST x", "good", answer)
    assert len(watch.faults) == 1
    assert "case_file" in watch.faults[0]
    assert watch.changed() == set()


def test_nothing_stands_on_a_list_of_exceptions_that_is_no_route(ground: Ground) -> None:
    listed = KEEPS_DRAFTS.keys() | AGAIN.keys() | EMPTY_IS_GOOD.keys()
    listed |= ANY_WORD_IS_GOOD.keys() | COUNTS_TRIES | REFUSED_WITH_DRAFT
    assert listed <= {route.name for route in routes(ground.app)}


def test_every_form_that_is_known_by_a_mark_carries_one(ground: Ground) -> None:
    pages = [r for r in routes(ground.app) if not r.is_api and not r.writes]
    marked, unmarked = set(), set()
    for route in pages:
        good = ASKS[route.name]
        path = address(ground.app, route, ground.objects, good.ids)
        for who in {good.by, *OTHERS}:
            page = ground.send(who, "GET", path).get_data().decode(errors="replace")
            for opening, inside in FORM.findall(page):
                action = ACTION.search(opening)
                place = html.unescape(action[1]).partition("?")[0] if action else path
                endpoint = endpoint_of(ground, place)
                (marked if 'name="once"' in inside else unmarked).add(endpoint)
    assert marked == MARKED
    assert unmarked.isdisjoint(MARKED)


def endpoint_of(ground: Ground, path: str) -> str:
    """What a form that is posted there reaches."""
    return str(ground.app.url_map.bind("localhost").match(path, method="POST")[0])
