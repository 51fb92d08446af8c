"""By the page: an address given, confirmed and given up, quiet hours, and what came of letters."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from referral.jobs.runner import perform
from referral.jobs.schedule import job_named
from referral.kernel import db
from tests.infrastructure.mail import Exchange, Mailbox
from tests.notices.post import DIGITS, NUMBER, servers
from tests.web.neighbours import Neighbours, make_neighbours
from tests.web.staff import HOSPITAL, Place, make_place, text_of

MAIL = {"medium": "email", "address": "thu.dung@example.vn"}


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def carried() -> Iterator[tuple[Mailbox, Exchange, dict[str, str]]]:
    with servers() as both:
        yield both


@pytest.fixture
def here(settle_whole: Callable[..., Any], carried: Any) -> Neighbours:
    return make_neighbours(settle_whole, **carried[2])


def _deliver(app: Any) -> None:
    with app.app_context():
        perform(job_named("send_letters"))
        db.rollback()


def _way(page: str, step: str) -> str:
    found = re.search(rf'action="(/channels/[0-9a-f-]{{36}}/{step})"', page)
    assert found, page
    return found[1]


def _confirmed(app: Any, client: FlaskClient, mails: Mailbox) -> None:
    assert client.post("/channels", data=MAIL).location == "/channels"
    _deliver(app)
    (code,) = set(DIGITS.findall(mails.mails[-1].message.get_content()))
    way = _way(text_of(client.get("/channels")), "confirm")
    assert client.post(way, data={"code-email": code}).location == "/channels"


def test_an_address_is_given_confirmed_used_and_given_up(here: Neighbours, carried: Any) -> None:
    mails, _, _ = carried
    app, nurse = here.app, here.place.nurse()
    assert "Chưa có nơi nào" in text_of(nurse.get("/channels"))
    nurse.post("/channels", data=MAIL)
    page = text_of(nurse.get("/channels"))
    assert "Chưa xác nhận" in page
    assert "đang chờ gửi" in page
    wrong = nurse.post(_way(page, "confirm"), data={"code-email": "x"})
    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in wrong.text
    assert nurse.post(_way(page, "confirm"), data={}).status_code == 422
    _confirmed(app, nurse, mails)
    assert "Đã xác nhận" in text_of(nurse.get("/channels"))
    here.refer(HOSPITAL)
    assert "Thư điện tử: đang chờ gửi" in _plain(nurse.get("/notices"))
    _deliver(app)
    assert "Thư điện tử: đã gửi" in _plain(nurse.get("/notices"))
    assert mails.mails[-1].recipient == MAIL["address"]
    remove = _way(text_of(nurse.get("/channels")), "remove")
    assert here.place.officer().post(remove).status_code == 404
    assert nurse.post(remove).location == "/channels"
    assert MAIL["address"] not in text_of(nurse.get("/channels"))


def _plain(answer: Any) -> str:
    return re.sub(r"\s+", " ", text_of(answer))


@pytest.mark.parametrize(
    ("typed", "name", "words"),
    [
        (MAIL | {"address": "thu"}, "address", "không phải địa chỉ thư điện tử"),
        ({"medium": "phone", "address": "12"}, "address", "không phải số điện thoại"),
        (MAIL | {"address": ""}, "address", ""),
        ({"address": "thu@example.vn"}, "medium", ""),
        (MAIL | {"medium": "pigeon"}, "medium", ""),
    ],
)
def test_what_cannot_be_taken_is_said_beside_the_field_and_stays_typed(
    here: Neighbours, typed: dict[str, str], name: str, words: str
) -> None:
    answer = here.place.nurse().post("/channels", data=typed)
    assert answer.status_code == 422
    assert f'id="f-{name}-msg"' in answer.text
    assert words in answer.text
    assert f'value="{typed["address"]}"' in answer.text


def test_quiet_hours_are_chosen_and_a_wrong_hour_is_refused(here: Neighbours) -> None:
    nurse = here.place.nurse()
    page = text_of(nurse.get("/channels"))
    assert ('name="from_hour" type="text" value="21"' in page, 'value="6"' in page) == (True, True)
    for typed in ({"from_hour": "24", "until_hour": "6"}, {"from_hour": "a", "until_hour": "6"}):
        assert nurse.post("/quiet-hours", data=typed).status_code == 422
    assert nurse.post("/quiet-hours", data={"from_hour": "22", "until_hour": "5"}).location
    page = text_of(nurse.get("/channels"))
    assert ('value="22"' in page, 'value="5"' in page) == (True, True)


def test_where_nothing_is_set_up_the_page_says_so(settle_whole: Callable[..., Any]) -> None:
    place: Place = make_place(settle_whole)
    page = text_of(place.nurse().get("/channels"))
    assert "không gửi gì ra ngoài" in page
    assert 'action="/channels"' not in page


def test_who_runs_the_installation_reads_counts_and_no_address(
    here: Neighbours, carried: Any
) -> None:
    mails, calls, _ = carried
    operator = here.place.client(here.desk()["system"])
    nurse = here.place.nurse()
    _confirmed(here.app, nurse, mails)
    calls.status = 503
    nurse.post("/channels", data={"medium": "phone", "address": NUMBER})
    _deliver(here.app)
    page = _plain(operator.get("/letters"))
    assert "không kết nối được máy chủ gửi" in page
    numbers = re.findall(r"<b>([0-9]+)</b>", page)
    assert numbers == ["0", "1", "0", "0", "1", "0", "0", "0"]  # waiting, sent, failed, dropped
    assert MAIL["address"] not in page
    assert NUMBER not in page
    assert nurse.get("/letters").status_code == 403
    assert 'href="/letters"' in page
