"""Who opened a case, on the page and on paper; and where the log stands."""

from collections.abc import Callable
from typing import Any

import pytest
from flask_babel import force_locale, gettext
from sqlalchemy import event

from referral.audit.heads import spoken
from referral.audit.model import AuditChain
from referral.kernel import db
from tests.web.neighbours import Neighbours, make_neighbours
from tests.web.staff import HOSPITAL, POLICE, text_of


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def here(settle_whole: Callable[..., Any]) -> Neighbours:
    return make_neighbours(settle_whole)


def gettext_of(here: Neighbours, word: str) -> str:
    """The word of the catalogue."""
    with here.app.test_request_context(), force_locale("vi"):
        return str(gettext(word))


@pytest.mark.promise("every-opening-is-on-record")
def test_the_custodian_sees_who_opened_it(here: Neighbours) -> None:
    client = here.place.officer()
    case = text_of(client.get(f"/cases/{here.case_id}"))
    page = text_of(client.get(f"/cases/{here.case_id}/openings"))

    assert "Ai đã mở hồ sơ" in case
    assert here.place.police.users["police_officer"] in page
    assert str(gettext_of(here, "Read a case")) in page
    assert "Hồ Thị Mây" not in page


@pytest.mark.promise("every-opening-is-on-record")
def test_the_paper_for_her_says_nothing_of_the_case(here: Neighbours) -> None:
    client = here.place.officer()
    client.get(f"/cases/{here.case_id}")
    page = text_of(client.get(f"/cases/{here.case_id}/openings/print"))

    paper = page.split("<main", 1)[1].split("</main>", 1)[0]
    assert "Cán bộ công an" in paper
    for word in (here.code, "Hồ Thị Mây", "bạo lực", here.place.police.users["police_officer"]):
        assert word not in paper


def test_only_names_that_are_shown_are_read_from_the_directory(here: Neighbours) -> None:
    officer, asked = here.place.officer(), []

    def note(_connection, _cursor, statement, parameters, *_rest) -> None:
        if "FROM agency" in statement and "name_" in statement:
            asked.append((statement, parameters))

    with here.app.app_context():
        engine = db.db.engine
    event.listen(engine, "before_cursor_execute", note)
    for place in ("", "/openings"):
        assert POLICE in text_of(officer.get(f"/cases/{here.case_id}{place}"))
    event.remove(engine, "before_cursor_execute", note)
    assert asked
    assert [one for one, _ in asked if "WHERE" not in one] == []


def test_nobody_else_learns_of_it(here: Neighbours) -> None:
    here.refer(HOSPITAL)
    nurse = here.place.client(here.place.hospital.users["health_worker"])

    for end in ("openings", "openings/print"):
        assert nurse.get(f"/cases/{here.case_id}/{end}").status_code == 404


@pytest.mark.promise("every-opening-is-on-record")
def test_the_head_of_the_own_chain_is_there_to_be_printed(here: Neighbours) -> None:
    reader = here.place.client(here.join(here.place.police, "privacy_officer"))
    page = text_of(reader.get("/log/head"))

    with here.app.app_context():
        head = db.session().get_one(AuditChain, here.place.police.id)
        assert spoken(head.digest) in page
        assert len(spoken(head.digest).split()) == 8
    assert here.place.officer().get("/log/head").status_code == 403
