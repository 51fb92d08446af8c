"""The sealed detail of an audit entry opens for its circles, at its place, and nowhere else."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.kernel.errors import KeysMissing, Unreadable
from referral.vault.audit_detail import open_detail, seal_detail
from referral.vault.codec import pack, unpack
from tests.vault.province import shared_world

FACTS = {"opened": ("identity", "needs"), "count": (3,), "recipient": (uuid4(),)}
PLACE = (uuid4(), 7)


@pytest.fixture(scope="module")
def sealed() -> bytes:
    world = shared_world()
    return seal_detail([world.key("P1"), world.key("H1"), world.key("P1")], PLACE, FACTS)


def test_each_circle_opens_its_share_and_no_other_circle_any(sealed: bytes) -> None:
    world = shared_world()
    assert len(unpack(sealed)[2]) == 2  # a circle named twice has one share
    for name in ("officer", "lead", "nurse", "doctor"):
        assert open_detail(world.person(name).ring, PLACE, sealed) == FACTS
    for name in ("worker", "chief", "desk", "admin"):
        with pytest.raises(KeysMissing):
            open_detail(world.person(name).ring, PLACE, sealed)


def test_a_detail_opens_at_its_own_place_alone(sealed: bytes) -> None:
    ring = shared_world().person("officer").ring
    for place in ((PLACE[0], 8), (uuid4(), 7)):
        with pytest.raises(Unreadable):
            open_detail(ring, place, sealed)


@given(data=st.data())
def test_flipping_any_bit_of_a_detail_shuts_it_or_hides_its_share(data: st.DataObject) -> None:
    world = shared_world()
    raw = bytearray(seal_detail([world.key("P1")], PLACE, FACTS))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises((Unreadable, KeysMissing)):
        open_detail(world.person("officer").ring, PLACE, bytes(raw))


@pytest.mark.parametrize("raw", [b"", b"x", pack(()), pack("audit detail"), pack((1, 2, 3))])
def test_what_is_no_detail_is_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        open_detail(shared_world().person("officer").ring, PLACE, raw)


@pytest.mark.parametrize("value", ["Lan", "two words", "", b"raw", None, 1.5, ("a",)])
def test_nothing_but_codes_numbers_and_ids_is_sealed(value: object) -> None:
    with pytest.raises(ValueError, match="codes only"):
        seal_detail([shared_world().key("P1")], PLACE, {"opened": (value,)})
