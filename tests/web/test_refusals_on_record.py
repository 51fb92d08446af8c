"""Whatever is refused on a page or by the API leaves an entry, and says no more than before."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from referral.audit.model import AuditEntry
from referral.audit.operation import ASKED
from referral.kernel import db, deployment
from tests.factories.province import PASSPHRASE
from tests.web.neighbours import Neighbours, make_neighbours
from tests.web.staff import HOSPITAL, POLICE


@pytest.fixture
def here(settle_whole: Callable[..., Any]) -> Neighbours:
    return make_neighbours(settle_whole)


def refused(here: Neighbours, chain_id: UUID | None, act: Callable[[], object]) -> list[Any]:
    """What an act adds to a chain (the system's for None): operation and object, all refused."""

    def rows() -> list[tuple[str, UUID | None, str]]:
        with here.app.app_context():
            chain = chain_id or deployment.current().id
            query = select(AuditEntry).where(AuditEntry.chain_id == chain).order_by(AuditEntry.seq)
            found = [(r.operation, r.object_id, r.outcome) for r in db.session().scalars(query)]
            db.rollback()
            return found

    before = len(rows())
    act()
    return [(name, about) for name, about, outcome in rows()[before:] if outcome == "refused"]


@pytest.mark.promise("every-opening-is-on-record")
def test_every_kind_of_refusal_on_a_page_is_on_record(here: Neighbours) -> None:
    officer, police = here.place.officer(), here.agencies[POLICE]
    nurse, hospital = (
        here.place.client(here.place.hospital.users["health_worker"]),
        here.agencies[HOSPITAL],
    )
    hidden, nothing = here.case_id, uuid4()

    def asks(client: Any, path: str, status: int) -> Callable[[], None]:
        def ask() -> None:
            assert client.get(path).status_code == status

        return ask

    assert refused(here, police, asks(officer, "/log", 403)) == [(ASKED, None)]
    assert refused(here, hospital, asks(nurse, f"/cases/{hidden}", 404)) == [(ASKED, hidden)]
    assert refused(here, police, asks(officer, f"/cases/{nothing}", 404)) == [(ASKED, nothing)]
    assert refused(here, police, asks(officer, "/no/such/page", 404)) == []
    assert refused(here, police, asks(officer, f"/cases/{hidden}", 200)) == []


@pytest.mark.promise("every-opening-is-on-record")
def test_what_comes_too_late_is_on_record_once(here: Neighbours) -> None:
    client = here.place.officer()

    def meet() -> None:
        assert client.post(f"/cases/{here.case_id}/meet").status_code == 409

    found = refused(here, here.agencies[POLICE], meet)
    assert found == [("cases.meet_survivor", here.case_id)]


@pytest.mark.promise("every-opening-is-on-record")
def test_the_api_records_the_same(here: Neighbours) -> None:
    with here.app.app_context():
        token = here.place.province.token(here.place.hospital.users["health_worker"])
        db.rollback()
    client = here.app.test_client()
    bearer = {"Authorization": f"Bearer {token}"}

    def ask(path: str, status: int) -> Callable[[], None]:
        def get() -> None:
            assert client.get(f"/api/v1{path}", headers=bearer).status_code == status

        return get

    hospital = here.agencies[HOSPITAL]
    found = refused(here, hospital, ask(f"/cases/{here.case_id}", 404))
    assert found == [(ASKED, here.case_id)]
    assert refused(here, hospital, ask("/audit-entries", 403)) == [(ASKED, None)]


@pytest.mark.promise("every-opening-is-on-record")
@pytest.mark.parametrize("who", ["known", "unknown"])
def test_a_wrong_passphrase_and_an_unknown_name_are_on_record(here: Neighbours, who: str) -> None:
    name = here.place.police.users["police_officer"] if who == "known" else "khong.co.ai"
    client = here.app.test_client()

    def sign_in() -> None:
        said = {"username": name, "passphrase": PASSPHRASE + "x", "code": ""}
        assert client.post("/api/v1/sessions", json=said).status_code in {401, 422}

    found = refused(here, None, sign_in)
    assert [operation for operation, _ in found] == ["accounts.sign_in"]
    assert (found[0][1] is not None) is (who == "known")
