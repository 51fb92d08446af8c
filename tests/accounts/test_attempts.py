"""Guessing slows down, and shuts nobody out but who guesses."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask, request
from sqlalchemy import select
from werkzeug.test import TestResponse

from referral.accounts import attempts
from referral.accounts.attempts import (
    FIRST_DELAY,
    FORGOTTEN_AFTER,
    FREE_OF_ADDRESS,
    FREE_OF_PAIR,
    KNOWN_FOR,
    LONGEST_DELAY,
    attempt,
    delay_after,
)
from referral.accounts.model import Member, SignInAttempt
from referral.accounts.signin import WRONG, doorkeeper, sign_in
from referral.jobs.purging import purge_sessions
from referral.kernel import clock, db
from referral.kernel.actor import SYSTEM
from referral.kernel.errors import Busy, InvalidInput
from referral.vault.passphrase import Cost, Derivation
from tests.accounts.station import Station
from tests.factories.installation import hours_pass
from tests.factories.province import PASSPHRASE

OFFICE, STRANGER = "203.0.113.7", "198.51.100.66"
GUESS = "đoán mò một câu nào đó"


@pytest.fixture
def member(station: Station) -> Member:
    return station.confirmed()


@pytest.fixture(autouse=True)
def fresh(station: Station) -> None:
    with db.unit_of_work():
        db.begin_write()
        for row in db.session().scalars(select(SignInAttempt)):
            db.session().delete(row)


def refused(username: str, passphrase: str, address: str) -> None:
    with pytest.raises(InvalidInput) as error:
        sign_in(username, passphrase, "", address=address)
    assert error.value.fields == {"passphrase": [WRONG]}


def guess(username: str, address: str, times: int) -> None:
    for _ in range(times):
        refused(username, GUESS, address)


def count_as_refused(address: str, times: int) -> None:
    """As many refusals of names that nobody has, counted as sign-in counts them."""
    with db.unit_of_work():
        db.begin_write()
        for number in range(times):
            attempts.note_refusal(attempt(f"không ai {number}", address))


def seconds_pass(span: timedelta) -> None:
    db.rollback()
    hours_pass(span.total_seconds() / 3600)


def test_after_five_guesses_even_the_right_one_waits_and_waits_longer(member: Member) -> None:
    guess(member.username, STRANGER, FREE_OF_PAIR)
    refused(member.username, PASSPHRASE, STRANGER)
    seconds_pass(FIRST_DELAY)
    guess(member.username, STRANGER, 1)
    seconds_pass(FIRST_DELAY)
    refused(member.username, PASSPHRASE, STRANGER)
    seconds_pass(FIRST_DELAY)
    assert sign_in(member.username, PASSPHRASE, "", address=STRANGER)


def test_waiting_doubles_up_to_a_quarter_of_an_hour() -> None:
    delays = [delay_after(n, FREE_OF_PAIR) for n in range(40)]
    assert delays[FREE_OF_PAIR - 1] == timedelta(0)
    assert delays[FREE_OF_PAIR] == FIRST_DELAY
    assert delays[FREE_OF_PAIR + 1] == 2 * FIRST_DELAY
    assert delays == sorted(delays)
    assert delays[-1] == LONGEST_DELAY == delay_after(10**6, FREE_OF_PAIR)


def test_a_stranger_shuts_out_neither_the_member_nor_the_office(
    station: Station, member: Member
) -> None:
    colleague = station.confirmed()
    for guessed in (member, colleague):
        guess(guessed.username, STRANGER, FREE_OF_PAIR)
    count_as_refused(STRANGER, FREE_OF_ADDRESS)
    refused(member.username, PASSPHRASE, STRANGER)
    for here in (member, colleague):
        assert sign_in(here.username, PASSPHRASE, "", address=OFFICE)


def test_a_guest_of_the_office_shuts_out_nobody_who_has_signed_in_there(
    station: Station, member: Member
) -> None:
    newcomer = station.confirmed()
    assert sign_in(member.username, PASSPHRASE, "", address=OFFICE)
    count_as_refused(OFFICE, FREE_OF_ADDRESS)
    refused(newcomer.username, PASSPHRASE, OFFICE)
    assert sign_in(member.username, PASSPHRASE, "", address=OFFICE)


def test_a_right_passphrase_wipes_out_its_own_count_only(member: Member) -> None:
    count_as_refused(STRANGER, FREE_OF_ADDRESS - FREE_OF_PAIR)
    guess(member.username, STRANGER, FREE_OF_PAIR - 1)
    assert sign_in(member.username, PASSPHRASE, "", address=STRANGER)
    guess(member.username, STRANGER, FREE_OF_PAIR - 1)
    assert sign_in(member.username, PASSPHRASE, "", address=STRANGER)
    refused("khong.co.ai", GUESS, STRANGER)
    db.rollback()
    place = db.session().get_one(SignInAttempt, attempt("", STRANGER).address)
    assert place.refusals > FREE_OF_ADDRESS


def test_counted_out_costs_and_says_as_much_as_a_wrong_guess(
    member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs: list[Cost] = []
    real = Derivation.key

    def counted(self: Derivation, passphrase: str, salt: bytes, cost: Cost) -> bytes:
        costs.append(cost)
        return real(self, passphrase, salt, cost)

    monkeypatch.setattr(Derivation, "key", counted)
    guess(member.username, STRANGER, FREE_OF_PAIR)
    refused(member.username, PASSPHRASE, STRANGER)
    guess("khong.co.ai", STRANGER, FREE_OF_PAIR + 1)
    assert costs == [doorkeeper.gate.cost] * (2 * FREE_OF_PAIR + 2)


def test_waiting_is_not_prolonged_by_who_tries_again_too_early(member: Member) -> None:
    guess(member.username, OFFICE, FREE_OF_PAIR)
    for _ in range(3):
        refused(member.username, PASSPHRASE, OFFICE)
    seconds_pass(FIRST_DELAY)
    assert sign_in(member.username, PASSPHRASE, "", address=OFFICE)


def test_no_row_holds_a_name_or_an_address(member: Member) -> None:
    guess(member.username, STRANGER, 1)
    db.rollback()
    rows = db.session().scalars(select(SignInAttempt)).all()
    assert {len(row.digest) for row in rows} == {32}
    tried = attempt(member.username, STRANGER)
    assert {row.digest for row in rows} == {tried.pair, tried.address}
    key, attempts.blinding._key = attempts.blinding._key, b"another installation"
    try:
        assert attempt(member.username, STRANGER).pair != tried.pair
    finally:
        attempts.blinding._key = key


def test_one_connection_of_ipv6_is_one_address_and_a_part_never_runs_into_the_next() -> None:
    assert attempt("a", "2001:db8:1:2::1").address == attempt("a", "2001:db8:1:2:ffff::9").address
    assert attempt("a", "2001:db8:1:3::1").address != attempt("a", "2001:db8:1:2::1").address
    assert attempt("a", f"::ffff:{OFFICE}").pair == attempt("a", OFFICE).pair
    assert attempt("ab", "c").pair != attempt("a", "bc").pair


def test_counters_are_purged_when_they_hold_nobody_up(member: Member) -> None:
    def left() -> int:
        db.rollback()
        return len(db.session().scalars(select(SignInAttempt)).all())

    def purge() -> None:
        with db.unit_of_work():
            purge_sessions(SYSTEM, None)

    guess(member.username, STRANGER, 2)
    assert sign_in(member.username, PASSPHRASE, "", address=OFFICE)
    purge()
    assert left() == 3
    seconds_pass(FORGOTTEN_AFTER)
    purge()
    assert left() == 1  # the office is remembered
    seconds_pass(KNOWN_FOR)
    purge()
    assert left() == 0


def test_the_queue_before_argon2_is_short_and_the_rest_is_told_to_come_back() -> None:
    """Held shut by two long derivations, the gate takes eight more and sends the next away."""
    derivation = Derivation(parallel=2, queue=8)
    for _ in range(10):
        assert derivation._queue.acquire(blocking=False)
    with pytest.raises(Busy) as busy:
        derivation.key(GUESS, b"s" * 16, Cost(19456, 2))
    assert busy.value.retry_after > 0
    for _ in range(10):
        derivation._queue.release()
    with ThreadPoolExecutor(10) as pool:
        made = list(pool.map(lambda _: derivation.key(GUESS, b"s" * 16, Cost(19456, 2)), range(10)))
    assert len(set(made)) == 1


@pytest.mark.parametrize("language", ["vi", "en"])
def test_page_and_api_say_too_many_and_when_to_come_back(station: Station, language: str) -> None:
    client = station.home.whole.test_client()
    client.set_cookie("lang", language)
    station.home.whole.config["WTF_CSRF_ENABLED"] = False
    typed = {"username": "khong.co.ai", "passphrase": GUESS, "code": ""}
    gate, free = doorkeeper.gate, doorkeeper.gate.derivation
    gate.derivation = Derivation(parallel=0, queue=0)
    asked = {"Accept-Language": language}

    def ask() -> list[TestResponse]:
        page = client.post("/sign-in", data=typed)
        return [page, client.post("/api/v1/sessions", json=typed, headers=asked)]

    try:
        with ThreadPoolExecutor(1) as elsewhere:  # where no context stands open already
            page, problem = elsewhere.submit(ask).result()
    finally:
        gate.derivation = free
    assert (page.status_code, problem.status_code) == (429, 429)
    assert int(page.headers["Retry-After"]) == int(problem.headers["Retry-After"]) > 0
    assert f'<html lang="{language}"' in page.text
    assert problem.mimetype == "application/problem+json"
    assert problem.json["title"]
    assert problem.headers["Content-Language"] == language


@pytest.mark.parametrize("edge", ["page", "api"])
def test_both_edges_count_by_the_address_of_the_request(
    station: Station, member: Member, edge: str
) -> None:
    client = station.home.whole.test_client(use_cookies=False)
    station.home.whole.config["WTF_CSRF_ENABLED"] = False

    def status(passphrase: str, address: str) -> int:
        sent = {"username": member.username, "passphrase": passphrase, "code": ""}
        told = {"environ_base": {"REMOTE_ADDR": address}}
        if edge == "page":
            return int(client.post("/sign-in", data=sent, **told).status_code)
        return int(client.post("/api/v1/sessions", json=sent, **told).status_code)

    for _ in range(FREE_OF_PAIR):
        assert status(GUESS, STRANGER) == 422
    assert status(PASSPHRASE, STRANGER) == 422
    assert status(PASSPHRASE, OFFICE) == (303 if edge == "page" else 201)


def test_two_guessing_at_once_are_both_counted(station: Station, member: Member) -> None:
    def once(_number: int) -> None:
        with station.home.app.app_context():
            refused(member.username, GUESS, STRANGER)
            db.rollback()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(once, range(4)))
    db.rollback()
    row = db.session().get_one(SignInAttempt, attempt(member.username, STRANGER).pair)
    assert row.refusals == 4
    assert row.refused_at is not None
    assert row.refused_at <= clock.now()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("proxies", "seen"), [("0", "127.0.0.1"), ("1", OFFICE), ("2", STRANGER)])
def test_an_address_is_believed_from_the_proxies_of_the_installation_only(
    make_app: Callable[..., Flask], proxies: str, seen: str
) -> None:
    """Who sends the header invented it, but for the last entries, which the proxies wrote."""
    app = make_app(PROXIES=proxies)
    seen_there: list[str | None] = []
    app.before_request(lambda: seen_there.append(request.remote_addr))
    told = {"X-Forwarded-For": f"192.0.2.1, {STRANGER}, {OFFICE}"}
    app.test_client().get("/sign-in", headers=told)
    assert seen_there == [seen]
