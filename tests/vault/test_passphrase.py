"""Passphrases open the member's keys: for one spelling, at a floor of cost, within bounds."""

import threading
import unicodedata
from collections.abc import Callable

import pytest

from referral.kernel.errors import Busy, InvalidInput, SignInRequired, Unreadable
from referral.vault import passphrase, sealed_session
from referral.vault.directory import enrolment_context
from referral.vault.keys import MemberKeys
from referral.vault.passphrase import FLOOR, Cost, Derivation, check_strength
from referral.vault.root import ServerKey, new_root, new_server_secret, open_root, seal_root
from tests.vault.province import MINUTE, START, shared_world

WORDS = "sông Hương mùa nước nổi"
CONTEXT = ("member", 1)


def test_either_form_of_the_same_letters_opens_the_record() -> None:
    composed, taken_apart = (unicodedata.normalize(f, WORDS) for f in ("NFC", "NFD"))
    assert composed != taken_apart
    record = passphrase.seal_record(Derivation(), composed, FLOOR, CONTEXT, b"keys")
    for words in (composed, taken_apart, f"  {composed} "):
        assert passphrase.open_record(Derivation(), words, CONTEXT, record) == b"keys"
    with pytest.raises(Unreadable):
        passphrase.open_record(Derivation(), composed.upper(), CONTEXT, record)


def test_a_record_opens_for_its_member_pepper_and_bytes_alone() -> None:
    world, keys = shared_world(), MemberKeys.generate()
    person = world.person("nurse")
    context = enrolment_context(world.deployment, person.member_id)
    peppered = Derivation(pepper=b"p" * 32)
    record = passphrase.seal_record(peppered, WORDS, FLOOR, context, keys.to_bytes())
    assert passphrase.open_record(peppered, WORDS, context, record) == keys.to_bytes()
    other = enrolment_context(world.deployment, world.person("doctor").member_id)
    for derivation, where in [(peppered, other), (Derivation(), context)]:
        with pytest.raises(Unreadable):
            passphrase.open_record(derivation, WORDS, where, record)
    for position in (0, 4, 5, 9, 12, 25, 26, 40, 70, 100, len(record) - 1):
        changed = bytearray(record)
        changed[position] ^= 0x80
        with pytest.raises(Unreadable):
            passphrase.open_record(peppered, WORDS, context, bytes(changed))


@pytest.mark.parametrize(
    "cost", [Cost(19455, 2), Cost(19456, 1), Cost(8, 1), Cost(1 << 21, 3), Cost(65536, 200)]
)
def test_a_cost_below_the_floor_or_beyond_the_ceiling_is_refused(cost: Cost) -> None:
    with pytest.raises(ValueError, match="cost"):
        passphrase.seal_record(Derivation(), WORDS, cost, CONTEXT, b"keys")
    head = b"GBVP\x01" + cost.memory_kib.to_bytes(4, "big") + bytes([cost.passes])
    with pytest.raises(Unreadable):
        passphrase.record_cost(head + bytes(200))


@pytest.mark.parametrize("record", [b"", b"GBVP", b"GBVP\x01\x00\x00", b"GBVX" + bytes(200)])
def test_what_is_no_record_is_unreadable(record: bytes) -> None:
    with pytest.raises(Unreadable):
        passphrase.open_record(Derivation(), WORDS, CONTEXT, record)


@pytest.mark.parametrize(
    "words", ["", "mười một ký", "mật khẩu 123", "MẬT KHẨU 123", "aaaaaaaaaaaaaaaa", "123456789012"]
)
def test_a_short_or_common_passphrase_is_refused(words: str) -> None:
    for form in ("NFC", "NFD"):
        with pytest.raises(InvalidInput):
            check_strength(unicodedata.normalize(form, words))
    check_strength(WORDS)


def _in_threads(count: int, work: Callable[[], object]) -> list[object]:
    """What each of `count` threads gave or raised; fails when one does not finish."""
    outcomes: list[object] = []

    def run() -> None:
        try:
            outcomes.append(work())
        except Busy as error:
            outcomes.append(error)

    threads = [threading.Thread(target=run, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    return outcomes


def test_two_sign_ins_at_once_both_finish() -> None:
    derivation = Derivation(parallel=2)
    outcomes = _in_threads(2, lambda: derivation.key(WORDS, b"s" * 16, FLOOR))
    assert outcomes == [derivation.key(WORDS, b"s" * 16, FLOOR)] * 2


def test_beyond_the_queue_one_is_told_to_come_back() -> None:
    derivation = Derivation(parallel=1, queue=1)
    # The only running place is held, so that the second waits and the third finds no room.
    assert derivation._slots.acquire(blocking=False)
    assert derivation._queue.acquire(blocking=False)
    waiting = threading.Thread(target=derivation.key, args=(WORDS, b"s" * 16, FLOOR), daemon=True)
    waiting.start()
    while derivation._queue._value:  # until the second stands in the queue
        assert waiting.is_alive()
    with pytest.raises(Busy) as busy:
        derivation.key(WORDS, b"s" * 16, FLOOR)
    assert busy.value.retry_after > 0
    derivation._slots.release()
    derivation._queue.release()
    waiting.join(timeout=60)
    assert not waiting.is_alive()
    assert len(derivation.key(WORDS, b"s" * 16, FLOOR)) == 32


class CountedDerivation(Derivation):
    """Counts what is derived and at which cost."""

    def __init__(self) -> None:
        super().__init__()
        self.costs: list[Cost] = []

    def key(self, passphrase: str, salt: bytes, cost: Cost) -> bytes:
        self.costs.append(cost)
        return super().key(passphrase, salt, cost)


def test_an_unknown_user_costs_what_a_wrong_passphrase_costs() -> None:
    record = passphrase.seal_record(Derivation(), WORDS, FLOOR, CONTEXT, b"keys")
    known, unknown = CountedDerivation(), CountedDerivation()
    with pytest.raises(Unreadable):
        passphrase.open_record(known, "another one entirely", CONTEXT, record)
    passphrase.spend_like_open(unknown, "another one entirely", FLOOR)
    assert known.costs == unknown.costs == [FLOOR]


@pytest.mark.promise("stolen-disk-shows-no-survivor")
def test_neither_the_row_nor_the_cookie_alone_opens_a_session() -> None:
    world, keys = shared_world(), MemberKeys.generate()
    place = sealed_session.SessionPlace(
        world.deployment, world.person("nurse").member_id, START, START + 60 * MINUTE
    )
    token = sealed_session.new_token()
    sealed = sealed_session.seal_session(token, place, keys.to_bytes())
    opened = sealed_session.open_session(token, place, sealed)
    assert opened.to_bytes() == keys.to_bytes()
    row = sealed_session.row_id(token)
    later = sealed_session.SessionPlace(
        place.deployment, place.member_id, place.created_at, START + 61 * MINUTE
    )
    tries = [
        (sealed_session.new_token(), place),
        (row[:43], place),  # the row's id is as long as a cookie when cut, and no way back
        (token, later),
        ("", place),
        ("not a token", place),
    ]
    for wrong, where in tries:
        with pytest.raises(SignInRequired):
            sealed_session.open_session(wrong, where, sealed)


def test_the_root_opens_for_its_passphrase_and_deployment_alone() -> None:
    world, root = shared_world(), new_root()
    raw = seal_root(Derivation(), root, world.deployment, WORDS, FLOOR)
    assert open_root(Derivation(), raw, world.deployment, WORDS) == root
    with pytest.raises(Unreadable):
        open_root(Derivation(), raw, world.deployment, "another one entirely")
    with pytest.raises(Unreadable):
        open_root(Derivation(), raw, world.person("nurse").member_id, WORDS)
    assert root.signing.hex() not in repr(root)


def test_a_server_key_of_another_size_is_refused() -> None:
    assert len(ServerKey(new_server_secret()).public) == 32
    with pytest.raises(Unreadable):
        ServerKey(b"short")
