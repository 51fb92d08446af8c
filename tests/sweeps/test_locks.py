"""Every writing request locks in the one order: no two can wait for each other."""

from uuid import UUID, uuid4

import pytest

from referral.kernel import db
from tests.infrastructure.locks import Lock, out_of_order, watched
from tests.sweeps.asks import address, routes, sent
from tests.sweeps.conftest import Ground
from tests.sweeps.every_ask import ASKS

ONE, OTHER = uuid4(), uuid4()


def lock(table: str, row: UUID = ONE, **how: bool) -> Lock:
    return Lock(table, frozenset({row}), **how)


@pytest.mark.long
@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_every_writing_request_locks_in_the_one_order(ground: Ground) -> None:
    """By the API; a page runs the same operations."""
    with ground.app.app_context():
        engine = db.db.engine
    faults, seen = [], 0
    for route in routes(ground.app):
        if not (route.is_api and route.writes):
            continue
        good = ASKS[route.name]
        path = address(ground.app, route, ground.objects, good.ids)
        with watched(engine) as transactions:
            ground.send(good.by, route.method, path, **sent(route, good, ground.objects))
        seen += sum(len(locks) > 1 for locks in transactions)
        faults += [f"{route.name}: {f}" for locks in transactions for f in out_of_order(locks)]
        ground.put_back()
    assert faults == []
    assert seen > 40


def test_what_locks_in_another_order_is_found() -> None:
    case, keys, together = lock("case_file"), lock("agency"), lock("agency", is_alone=False)
    others = lock("agency", OTHER, is_alone=False)
    for good in (
        [case, together, lock("site"), lock("referral"), others, lock("audit_chain"), case],
        [together, lock("case_file", is_new=True), case],
        [keys, together, lock("audit_chain"), lock("site")],
    ):
        assert out_of_order(good) == []
    assert out_of_order([lock("referral"), keys]) == ["agency after referral"]
    assert out_of_order([keys, lock("audit_chain"), others]) == ["agency after audit_chain"]
    assert out_of_order([case, together, keys]) == ["keys alone after together with others"]
    assert out_of_order([keys, lock("audit_chain"), case]) == [
        "case_file after agency, audit_chain"
    ]


def test_who_takes_an_open_session_before_its_pin_is_found() -> None:
    member, pin, opened = lock("member"), lock("parked_session"), lock("member_session")
    other, chain = lock("parked_session", OTHER), lock("audit_chain")
    assert out_of_order([member, pin, opened, other, member, chain]) == []
    assert out_of_order([opened, pin]) == ["parked_session after member_session"]
    assert out_of_order([pin, member]) == ["member after parked_session"]
    assert out_of_order([chain, opened]) == ["member_session after audit_chain"]
