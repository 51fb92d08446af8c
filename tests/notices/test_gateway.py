"""One adapter speaks to whatever gateway there is, and never to a number of the demo."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from referral.notices.carriers import Dispatch, NotCarried
from referral.notices.gateway import Gateway, Success
from referral.notices.wording import words_of
from tests.infrastructure.mail import gateway

ID = UUID(int=7)
ANY = Success()
NUMBER = "+84912000111"
FORM = "phone={to}&message={text}&ref={id}&brand=PORTAL"
JSON = '{"messages": [{"to": "{to}", "body": {"text": "{text}"}}], "ref": "{id}", "n": 1}'


def _letter(to=NUMBER):
    return Dispatch(ID, to, words_of("", ""), datetime(2024, 11, 25, tzinfo=UTC))


def _gateway(exchange, template=FORM, success=ANY, **headers):
    return Gateway(exchange.url, headers, template, success)


def _refusal(carrier, letter):
    with pytest.raises(NotCarried) as refused:
        carrier.carry(letter)
    assert letter.address not in repr(refused.value)
    told = refused.value
    return str(told.outcome), told.is_final, told.is_doubtful, told.is_down


def test_a_form_is_posted_with_the_words_escaped():
    with gateway() as exchange:
        _gateway(exchange, **{"X-Key": "s3cret"}).carry(_letter())
    (post,) = exchange.posts
    assert post.path == "/send"
    assert post.form == {
        "phone": NUMBER,
        "message": "Có thông báo mới trong hệ thống. Something is new in the system.",
        "ref": str(ID),
        "brand": "PORTAL",
    }
    assert post.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert post.headers["Idempotency-Key"] == str(ID)
    assert post.headers["X-Key"] == "s3cret"


def test_an_object_of_json_is_posted_with_the_words_in_their_places():
    with gateway() as exchange:
        _gateway(exchange, JSON).carry(_letter())
    (post,) = exchange.posts
    assert post.json == {
        "messages": [{"to": NUMBER, "body": {"text": _letter().words.text}}],
        "ref": str(ID),
        "n": 1,
    }


@pytest.mark.parametrize(
    ("answer", "is_taken"),
    [
        (b'{"result": {"status": "ok"}}', True),
        (b'{"result": {"status": "no credit"}}', False),
        (b'{"result": "ok"}', False),
        (b"<html>ok</html>", False),
        (b"[]", False),
    ],
)
def test_success_is_what_the_installation_says_it_is(answer, is_taken):
    success = Success(("result", "status"), "ok")
    with gateway(body=answer) as exchange:
        carrier = _gateway(exchange, success=success)
        if is_taken:
            carrier.carry(_letter())
        else:
            assert _refusal(carrier, _letter()) == ("refused", False, False, False)


def test_a_number_or_a_truth_may_be_the_sign_of_success():
    for place, value, answer in (("code", "0", b'{"code": 0}'), ("ok", "true", b'{"ok": true}')):
        with gateway(body=answer) as exchange:
            _gateway(exchange, success=Success((place,), value)).carry(_letter())


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (302, ("refused", True, False, False)),
        (400, ("refused", True, False, False)),
        (401, ("sign_in", False, False, True)),
        (429, ("unreachable", False, False, True)),
        (503, ("unreachable", False, False, True)),
        (500, ("cut_off", False, True, False)),
        (0, ("cut_off", False, True, True)),
    ],
)
def test_an_answer_is_told_for_what_it_is_and_no_redirection_followed(status, told):
    with gateway(status=status) as exchange:
        assert _refusal(_gateway(exchange), _letter()) == told
    assert len(exchange.posts) == 1


def test_a_gateway_that_is_not_there_is_unreachable():
    with gateway() as exchange:
        pass
    assert _refusal(_gateway(exchange), _letter()) == ("unreachable", False, False, True)


@pytest.mark.parametrize("number", ["+84400123456", "+84400000000"])
def test_no_number_of_the_demo_is_ever_sent_to(number):
    with gateway() as exchange:
        told = _refusal(_gateway(exchange), _letter(number))
        assert told == ("demo_number", True, False, False)
        assert exchange.posts == []
        _gateway(exchange).carry(_letter())  # the gateway itself takes numbers
    assert len(exchange.posts) == 1
