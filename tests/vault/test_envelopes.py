"""Envelopes: what is bound, that nothing can be flipped or moved, and that size tells little."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import example, given, settings
from hypothesis import strategies as st

from referral.kernel.errors import NotVerified, Unreadable
from referral.vault import boxes, primitives
from referral.vault.codec import pack, unpack
from referral.vault.grants import new_release_key, open_release, seal_release
from referral.vault.primitives import Purpose
from referral.vault.sections import RevisionPlace, new_section_key, open_revision, seal_revision
from tests.vault.province import shared_world

SCALARS = (
    st.none()
    | st.binary(max_size=40)
    | st.text(st.characters(codec="utf-8"), max_size=40)
    | st.integers(-(2**63), 2**63 - 1)
    | st.uuids()
    | st.datetimes(timezones=st.just(UTC))
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4).map(tuple), max_leaves=12)


@given(VALUES)
def test_what_is_packed_is_unpacked_the_same(value: object) -> None:
    assert unpack(pack(value)) == value


@given(VALUES, VALUES)
@example(("ab", "c"), ("a", "bc"))
@example((("a",), "b"), ("a", ("b",)))
@example(b"a", "a")
@example(0, None)
def test_two_different_values_never_pack_alike(left: object, right: object) -> None:
    same = pack(left) == pack(right)
    assert same == (left == right and type(left) is type(right))


@given(st.binary(max_size=60))
@example(b"I" + (9).to_bytes(4, "big") + b"\x01" + bytes(8))
@example(b"T" + (9).to_bytes(4, "big") + b"\x01" + bytes(8))
@example(b"N\x00\x00\x00\x01x")
@example(b"I\x00\x00\x00\x01\x05")
@example(b"S\x00\x00\x00\x01\xff")
def test_bytes_are_canonical_or_refused(raw: bytes) -> None:
    try:
        value = unpack(raw)
    except NotVerified:
        return
    assert pack(value) == raw


def test_lists_nested_without_end_are_refused() -> None:
    raw = b""
    for _ in range(3000):
        raw = b"L" + len(raw).to_bytes(4, "big") + raw
    with pytest.raises(NotVerified):
        unpack(raw)


@pytest.mark.parametrize("value", [True, 1.5, datetime(2024, 11, 25), {"a": 1}, {1}])  # noqa: DTZ001 — a moment without a zone is what is refused
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        pack(value)


def test_one_moment_packs_alike_in_every_zone() -> None:
    moment = datetime(2024, 11, 25, 1, tzinfo=UTC)
    assert pack(moment) == pack(moment.astimezone(timezone(timedelta(hours=7))))


@given(st.integers(0, 9000))
@example(508)
@example(509)
@example(1020)
@example(1021)
def test_sizes_are_512_bytes_or_a_power_of_two_more(size: int) -> None:
    body = primitives.padded(b"x" * size)
    assert primitives.unpadded(body) == b"x" * size
    assert len(body) >= 512
    assert len(body) & (len(body) - 1) == 0
    assert len(body) == 512 or len(body) < 2 * (size + 4)


@pytest.mark.parametrize("raw", [b"", bytes(511), b"\xff" * 512, (509).to_bytes(4, "big") * 128])
def test_padding_that_lies_about_its_size_is_refused(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        primitives.unpadded(raw)


def _flipped(raw: bytes, bit: int) -> bytes:
    changed = bytearray(raw)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


KEY = bytes(range(32))
PRIVATE = bytes(range(1, 33))
CONTEXT = ("case", 7, UUID(int=1))
SEALED = primitives.seal(KEY, Purpose.DRAFT, CONTEXT, b"what she told")
SEALED_TO = primitives.seal_to(
    primitives.exchange_public(PRIVATE), Purpose.GRANT, CONTEXT, b"section keys"
)


@pytest.mark.promise("changed-record-is-not-shown")
def test_flipping_any_bit_of_an_envelope_shuts_it() -> None:
    assert primitives.unseal(KEY, Purpose.DRAFT, CONTEXT, SEALED) == b"what she told"
    for bit in range(len(SEALED) * 8):
        with pytest.raises(Unreadable):
            primitives.unseal(KEY, Purpose.DRAFT, CONTEXT, _flipped(SEALED, bit))


def test_flipping_any_bit_of_a_sealed_bundle_shuts_it() -> None:
    assert primitives.unseal_with(PRIVATE, Purpose.GRANT, CONTEXT, SEALED_TO) == b"section keys"
    for bit in range(len(SEALED_TO) * 8):
        with pytest.raises(Unreadable):
            primitives.unseal_with(PRIVATE, Purpose.GRANT, CONTEXT, _flipped(SEALED_TO, bit))


@given(st.integers(0, len(SEALED) - 1))
def test_an_envelope_cut_short_or_lengthened_is_shut(size: int) -> None:
    for raw in (SEALED[:size], SEALED + SEALED[:1]):
        with pytest.raises(Unreadable):
            primitives.unseal(KEY, Purpose.DRAFT, CONTEXT, raw)
    for raw in (SEALED_TO[: size % len(SEALED_TO)], SEALED_TO + b"\x00"):
        with pytest.raises(Unreadable):
            primitives.unseal_with(PRIVATE, Purpose.GRANT, CONTEXT, raw)


@pytest.mark.parametrize("purpose", [p for p in Purpose if p is not Purpose.DRAFT])
def test_an_envelope_serves_one_purpose(purpose: Purpose) -> None:
    with pytest.raises(Unreadable):
        primitives.unseal(KEY, purpose, CONTEXT, SEALED)
    # Neither does it when a writer to the database changes the byte as well.
    with pytest.raises(Unreadable):
        primitives.unseal(KEY, purpose, CONTEXT, SEALED[:5] + bytes([purpose]) + SEALED[6:])


@pytest.mark.parametrize("suite", [0, 2, 255])
def test_an_unknown_suite_fails_closed(suite: int) -> None:
    with pytest.raises(Unreadable):
        primitives.unseal(KEY, Purpose.DRAFT, CONTEXT, SEALED[:4] + bytes([suite]) + SEALED[5:])


def test_no_two_seals_share_salt_nonce_or_ciphertext() -> None:
    seals = [primitives.seal(KEY, Purpose.DRAFT, CONTEXT, b"same") for _ in range(200)]
    for part in (slice(6, 38), slice(38, 70), slice(70, 82), slice(82, None)):
        assert len({raw[part] for raw in seals}) == len(seals)


PLACE = RevisionPlace(UUID(int=1), UUID(int=2), UUID(int=3), "identity", 4, 1, 1, UUID(int=5))
PLACES = st.builds(
    RevisionPlace,
    st.sampled_from([UUID(int=1), UUID(int=11)]),
    st.sampled_from([UUID(int=2), UUID(int=12)]),
    st.sampled_from([UUID(int=3), UUID(int=13)]),
    st.sampled_from(["identity", "needs"]),
    st.sampled_from([4, 5]),
    st.sampled_from([1, 2]),
    st.sampled_from([1, 2]),
    st.sampled_from([UUID(int=5), UUID(int=15)]),
)


@pytest.mark.promise("changed-record-is-not-shown")
@given(PLACES, PLACES)
@settings(max_examples=300)
def test_a_revision_opens_only_where_it_was_written(
    written: RevisionPlace, read: RevisionPlace
) -> None:
    sealed = seal_revision(KEY, written, {"name": "Lan"})
    if written == read:
        opened = open_revision(KEY, read, sealed.body, commitment=sealed.commitment)
        assert opened == {"name": "Lan"}
        return
    with pytest.raises(Unreadable):
        open_revision(KEY, read, sealed.body, commitment=sealed.commitment)


def test_a_body_under_another_key_is_not_what_the_strand_committed_to() -> None:
    honest = seal_revision(KEY, PLACE, {"name": "Lan"})
    other = seal_revision(new_section_key(), PLACE, {"name": "Mai"})
    with pytest.raises(NotVerified):
        open_revision(KEY, PLACE, other.body, commitment=honest.commitment)


def _multiply(left: int, right: int) -> int:
    """Product in the field of GHASH (NIST SP 800-38D, 6.3)."""
    product = 0
    for bit in range(127, -1, -1):
        if right >> bit & 1:
            product ^= left
        left = left >> 1 ^ (0xE1 << 120 if left & 1 else 0)
    return product


def _inverse(value: int) -> int:
    result = 1 << 127  # one, in the bit order of GHASH
    for bit in range(128):
        result = _multiply(result, result)
        if bit < 127:  # the exponent is 2^128 - 2
            result = _multiply(result, value)
    return result


def _blocks(raw: bytes) -> list[int]:
    filled = raw + bytes(-len(raw) % 16)
    return [int.from_bytes(filled[i : i + 16], "big") for i in range(0, len(filled), 16)]


def _two_faced(keys: tuple[bytes, bytes], nonce: bytes, aad: bytes) -> bytes:
    """A ciphertext and tag that AES-GCM accepts under both keys."""
    start = b"what A is shown!"
    lengths = (len(aad) * 8 << 64) | 256
    sums, squares = [], []
    for key in keys:
        block = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
        h = int.from_bytes(block.update(bytes(16)), "big")
        mask = int.from_bytes(block.update(nonce + b"\x00\x00\x00\x01"), "big")
        total = 0
        for value in [*_blocks(aad), *_blocks(start), 0, lengths]:
            total = _multiply(total ^ value, h)
        sums.append(total ^ mask)
        squares.append(_multiply(h, h))
    free = _multiply(sums[0] ^ sums[1], _inverse(squares[0] ^ squares[1]))
    tag = sums[0] ^ _multiply(free, squares[0])
    return start + free.to_bytes(16, "big") + tag.to_bytes(16, "big")


@pytest.mark.promise("changed-record-is-not-shown")
def test_an_envelope_that_opens_under_two_keys_is_shut_by_the_commitment() -> None:
    """AES-GCM alone lets one agency be shown another text than the next one."""
    ours, theirs, nonce, header = KEY, primitives.random_key(), SEALED[70:82], SEALED[:70]
    salt = header[6:38]
    children = tuple(primitives.derive(k, "encrypt", salt=salt) for k in (ours, theirs))
    bound = pack([header, CONTEXT])
    body = _two_faced(children, nonce, bound)
    texts = [AESGCM(child).decrypt(nonce, body, bound) for child in children]
    assert texts[0] != texts[1]  # the attack itself works
    raw = header + nonce + body
    assert primitives.unseal(ours, Purpose.DRAFT, CONTEXT, raw) == texts[0]
    with pytest.raises(Unreadable):
        primitives.unseal(theirs, Purpose.DRAFT, CONTEXT, raw)


def test_cards_of_one_key_share_its_child_and_never_a_nonce() -> None:
    """What a list opens by the thousand; a card with a salt of its own opens as ever."""
    circle, here, case_id = boxes.new_circle_secret(uuid4()), uuid4(), uuid4()
    newer = boxes.new_circle_secret(circle.circle_id, 2)
    cards = [boxes.seal_in_circle(circle, Purpose.CARD, here, case_id, b"{}") for _ in range(200)]
    assert len({raw[:70] for raw in cards}) == 1
    assert len({raw[70:82] for raw in cards}) == len({raw[82:] for raw in cards}) == len(cards)
    assert primitives.salt_in(cards[0]) != newer.cards.salt
    context = (here, circle.circle_id, circle.generation, case_id)
    own_salt = primitives.seal(
        circle.card_key, Purpose.CARD, context, primitives.padded(b'{"alias": "x"}')
    )
    assert boxes.open_in_circle(circle, Purpose.CARD, here, case_id, own_salt) == b'{"alias": "x"}'
    for purpose in (Purpose.SITE, Purpose.STAY):
        sealed = boxes.seal_in_circle(circle, purpose, here, case_id, b"{}")
        assert primitives.salt_in(sealed) != circle.cards.salt


@given(at=st.integers(0, 610), bit=st.integers(0, 7))
def test_a_card_with_one_bit_changed_does_not_open(at: int, bit: int) -> None:
    circle, here, case_id = boxes.new_circle_secret(uuid4()), uuid4(), uuid4()
    raw = bytearray(boxes.seal_in_circle(circle, Purpose.CARD, here, case_id, b"{}"))
    assert boxes.open_in_circle(circle, Purpose.CARD, here, case_id, bytes(raw)) == b"{}"
    raw[at % len(raw)] ^= 1 << bit
    with pytest.raises(Unreadable):
        boxes.open_in_circle(circle, Purpose.CARD, here, case_id, bytes(raw))


def test_named_seals_open_for_their_circle_object_and_purpose_alone() -> None:
    world, referral_id = shared_world(), uuid4()
    hospital = world.agencies["hospital"].agency_id
    seals = {
        boxes.seal_summary: boxes.open_summary,
        boxes.seal_fact: boxes.open_fact,
    }
    for seal in seals:
        raw = seal(world.key("H1"), referral_id, b"needs a bed")
        for other, opens in seals.items():
            tries = [
                (world.circle("H1"), world.deployment, hospital, referral_id),
                (world.circle("H2"), world.deployment, hospital, referral_id),
                (world.circle("H1"), uuid4(), hospital, referral_id),
                (world.circle("H1"), world.deployment, uuid4(), referral_id),
                (world.circle("H1"), world.deployment, hospital, uuid4()),
            ]
            right = tries.pop(0) if other is seal else None
            if right:
                assert opens(*right, raw) == b"needs a bed"
            for wrong in tries:
                with pytest.raises(Unreadable):
                    opens(*wrong, raw)


def test_cards_open_for_their_generation_object_and_purpose_alone() -> None:
    world, card_id = shared_world(), uuid4()
    secret, here = world.circle("P1"), world.deployment
    raw = boxes.seal_in_circle(secret, Purpose.CARD, here, card_id, b"code 17")
    assert boxes.open_in_circle(secret, Purpose.CARD, here, card_id, raw) == b"code 17"
    wrong = [
        (world.circle("P2"), Purpose.CARD, here, card_id),
        (boxes.new_circle_secret(secret.circle_id, 2), Purpose.CARD, here, card_id),
        (secret, Purpose.STAY, here, card_id),
        (secret, Purpose.CARD, uuid4(), card_id),
        (secret, Purpose.CARD, here, uuid4()),
    ]
    for place in wrong:
        with pytest.raises(Unreadable):
            boxes.open_in_circle(*place, raw)
    with pytest.raises(ValueError, match="card key"):
        boxes.seal_in_circle(secret, Purpose.SESSION, here, card_id, b"x")


def test_a_payload_needs_the_right_release_key_referral_and_deployment() -> None:
    key, here, referral_id = new_release_key(), uuid4(), uuid4()
    raw = seal_release(key, here, referral_id, b"bundle")
    assert open_release(key, here, referral_id, raw) == b"bundle"
    wrong = [
        (new_release_key(), here, referral_id),
        (b"short", here, referral_id),
        (key, uuid4(), referral_id),
        (key, here, uuid4()),
    ]
    for place in wrong:
        with pytest.raises(Unreadable):
            open_release(*place, raw)
