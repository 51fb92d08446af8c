"""A parked session opens by browser, PIN and server together, and by no two of them."""

from dataclasses import replace
from itertools import combinations
from uuid import UUID

import pytest

from referral.kernel.errors import InvalidInput, SignInRequired, Unreadable
from referral.vault import parked_session as parked
from referral.vault import primitives, sealed_session
from referral.vault.keys import MemberKeys
from referral.vault.parked_session import ParkedPlace, ParkingKey, check_pin
from referral.vault.passphrase import FLOOR, Derivation
from tests.vault.province import MINUTE, START

PIN = "402817"
HERE, MEMBER = UUID(int=1), UUID(int=2)
PLACE = ParkedPlace(HERE, MEMBER, START, START + 720 * MINUTE)
KEYS = MemberKeys.generate()
SERVER, TOKEN = primitives.random_key(), sealed_session.new_token()
KEY = ParkingKey(SERVER, Derivation(), FLOOR)
SEALED = parked.seal_parked(KEY, TOKEN, PIN, PLACE, KEYS)


@pytest.mark.promise("lock-opens-by-its-pin")
def test_browser_pin_and_server_together_open_it_and_no_two_of_them() -> None:
    assert parked.open_parked(KEY, TOKEN, PIN, PLACE, SEALED).to_bytes() == KEYS.to_bytes()
    right = {"token": TOKEN, "server": SERVER, "pin": PIN}
    other = {
        "token": sealed_session.new_token(),
        "server": primitives.random_key(),
        "pin": "958206",
    }
    for count in (0, 1, 2):
        for held in combinations(right, count):
            tried = other | {name: right[name] for name in held}
            key = replace(KEY, server=tried["server"])
            with pytest.raises((SignInRequired, Unreadable)):
                parked.open_parked(key, tried["token"], tried["pin"], PLACE, SEALED)


@pytest.mark.promise("lock-opens-by-its-pin")
def test_without_the_browser_or_without_the_server_no_pin_can_even_be_tried() -> None:
    """Whoever lacks one of the two never reaches the layer that a PIN could be tried on."""
    for key, token in (
        (replace(KEY, server=primitives.random_key()), TOKEN),
        (KEY, sealed_session.new_token()),
    ):
        with pytest.raises(SignInRequired):
            parked.open_parked(key, token, PIN, PLACE, SEALED)
    with pytest.raises(Unreadable):
        parked.open_parked(KEY, TOKEN, "958206", PLACE, SEALED)
    for needle in (KEYS.exchange, KEYS.signing, PIN.encode()):
        assert needle not in SEALED


def test_who_holds_row_browser_and_server_can_guess_and_pays_argon2_for_each() -> None:
    """What is not promised, shown: six digits are few. Each costs what a passphrase costs."""

    class Counted(Derivation):
        made = 0

        def key(self, *asked: object) -> bytes:  # type: ignore[override]  # counts only
            Counted.made += 1
            return super().key(*asked)  # type: ignore[arg-type]  # as it came

    thief = replace(KEY, derivation=Counted())
    opened = None
    for guess in range(402815, 402818):
        try:
            opened = parked.open_parked(thief, TOKEN, f"{guess:06}", PLACE, SEALED)
        except Unreadable:
            continue
    assert opened is not None
    assert Counted.made == 3


@pytest.mark.parametrize(
    "moved",
    [
        {"member_id": UUID(int=3)},
        {"deployment": UUID(int=4)},
        {"expires_at": START + 721 * MINUTE},
        {"begun_at": START + MINUTE},
    ],
)
def test_a_row_given_to_another_or_more_time_opens_no_more(moved: dict[str, object]) -> None:
    with pytest.raises(SignInRequired):
        parked.open_parked(KEY, TOKEN, PIN, replace(PLACE, **moved), SEALED)


def test_a_flipped_bit_opens_nothing() -> None:
    for at in range(0, len(SEALED), 7):
        changed = bytearray(SEALED)
        changed[at] ^= 1
        with pytest.raises(SignInRequired):
            parked.open_parked(KEY, TOKEN, PIN, PLACE, bytes(changed))


def test_the_row_s_id_leads_neither_to_the_token_nor_to_the_session_s_row() -> None:
    row = parked.parked_id(TOKEN)
    assert len(row) == 64
    assert row != sealed_session.row_id(TOKEN)
    with pytest.raises(SignInRequired):
        parked.parked_id("no token")


def test_a_moment_of_proof_is_bound_to_the_session_and_none_is_as_before() -> None:
    place = sealed_session.SessionPlace(HERE, MEMBER, START, START + 60 * MINUTE)
    proven = replace(place, proven_at=START)
    for sealed_at, asked_at in ((place, proven), (proven, place)):
        sealed = sealed_session.seal_session(TOKEN, sealed_at, KEYS.to_bytes())
        assert sealed_session.open_session(TOKEN, sealed_at, sealed).to_bytes() == KEYS.to_bytes()
        with pytest.raises(SignInRequired):
            sealed_session.open_session(TOKEN, asked_at, sealed)


@pytest.mark.parametrize(
    "pin",
    [
        *("12345", "1234567", "abcdef", "١٢٣٤٥٦", "12 456", "", "-12345"),
        *("000000", "123456", "654321", "901234", "135791", "246802", "864208"),
        *("121212", "123123", "112211", "112233", "147258", "123321"),
    ],
)
def test_a_pin_that_is_none_or_easy_is_refused(pin: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_pin(pin)
    assert list(refused.value.fields) == ["pin"]


def test_few_pins_are_refused() -> None:
    """The list narrows what is left to guess by less than one in a hundred."""
    taken = 0
    for number in range(0, 1_000_000, 101):
        try:
            check_pin(f"{number:06}")
            taken += 1
        except InvalidInput:
            continue
    assert taken > 0.99 * 1_000_000 / 101
