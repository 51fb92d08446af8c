"""Rows in each other's places, and a bit flipped anywhere: nothing opens but what stands right.

Of each kind several bodies are sealed, each at a place of its own. Any permutation of them leaves
open exactly those that did not move.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral.kernel.errors import KeysMissing, NotVerified, SignInRequired, Unreadable
from referral.vault import boxes, primitives, sealed_session
from referral.vault.audit_detail import open_detail, seal_detail
from referral.vault.case_view import CaseView
from referral.vault.grants import open_grant, open_release, own_basis, seal_grant, seal_release
from referral.vault.keys import Keyring, MemberKeys
from referral.vault.primitives import Purpose
from referral.vault.sections import RevisionPlace, open_revision, seal_revision
from tests.vault.province import START, shared_world

SHUT = (Unreadable, NotVerified, KeysMissing, SignInRequired)
HERE, OTHER = uuid4(), uuid4()
KEY = bytes(range(32))


@dataclass(frozen=True)
class Kind:
    """How something is sealed at a place and opened at one; and the places to try."""

    places: tuple
    seal: Callable[..., bytes]
    opens: Callable[..., object]


def _revision_places() -> tuple[RevisionPlace, ...]:
    """One, and one more for each thing that may differ: case, section, kind, generation …"""
    first = RevisionPlace(HERE, UUID(int=2), UUID(int=3), "identity", 4, 1, 1, UUID(int=5))
    others: dict[type, Callable] = {
        UUID: lambda v: UUID(int=v.int + 1), str: lambda _: "needs", int: lambda v: v + 1
    }  # fmt: skip
    changed = [(f.name, getattr(first, f.name)) for f in fields(RevisionPlace)]
    return (first, *(replace(first, **{n: others[type(v)](v)}) for n, v in changed))


def _open_revision(place: RevisionPlace, raw: bytes) -> object:
    return open_revision(KEY, place, raw, commitment=primitives.commitment_in(raw))


def _bundle(place: tuple[str, UUID, UUID]) -> bytes:
    circle, case_id, grant_id = place
    key = shared_world().key(circle)
    basis = own_basis(CaseView(key.deployment, case_id, 1), key.circle_id, [UUID(int=9)])
    keys = {UUID(int=9): {1: KEY}}
    return seal_grant(basis, grant_id=grant_id, case_tag=bytes(16), keys=keys, receiver=key)


def _open_bundle(place: tuple[str, UUID, UUID], raw: bytes) -> object:
    circle, case_id, grant_id = place
    world = shared_world()
    agency_id = world.agency_of(circle).agency_id
    secret = world.circle(circle)
    where = {"grant_id": grant_id, "agency_id": agency_id, "raw": raw}
    return open_grant(secret, world.deployment, case_id, **where)


SECRETS = [boxes.new_circle_secret(circle, g) for circle in (HERE, OTHER) for g in (1, 2)]
MEMBERS = {n: MemberKeys(bytes([n]) * 32, bytes([n + 9]) * 32) for n in (1, 2)}


def _card(place: tuple[int, Purpose, UUID]) -> bytes:
    return boxes.seal_in_circle(SECRETS[place[0]], place[1], HERE, place[2], b"card")


def _open_card(place: tuple[int, Purpose, UUID], raw: bytes) -> object:
    return boxes.open_in_circle(SECRETS[place[0]], place[1], HERE, place[2], raw)


def _ring(member: int) -> Keyring:
    return Keyring(HERE, UUID(int=member), HERE, MEMBERS[member])


def _session(place: tuple[str, UUID, int]) -> bytes:
    token, member_id, hour = place
    where = sealed_session.SessionPlace(HERE, member_id, START, START.replace(hour=hour))
    return sealed_session.seal_session(token, where, MEMBERS[1].to_bytes())


def _open_session(place: tuple[str, UUID, int], raw: bytes) -> object:
    token, member_id, hour = place
    where = sealed_session.SessionPlace(HERE, member_id, START, START.replace(hour=hour))
    return sealed_session.open_session(token, where, raw)


def _summary(place: tuple[str, UUID]) -> bytes:
    return boxes.seal_summary(shared_world().key(place[0]), place[1], b"summary")


def _open_summary(place: tuple[str, UUID], raw: bytes) -> object:
    world = shared_world()
    agency_id = world.agency_of(place[0]).agency_id
    return boxes.open_summary(world.circle(place[0]), world.deployment, agency_id, place[1], raw)


def _detail(place: tuple[str, UUID, int]) -> bytes:
    return seal_detail([shared_world().key(place[0])], place[1:], {"count": (1,)})


def _open_detail(place: tuple[str, UUID, int], raw: bytes) -> object:
    reader = {"P1": "officer", "H1": "nurse"}[place[0]]
    return open_detail(shared_world().person(reader).ring, place[1:], raw)


def _two(*choices: tuple) -> tuple:
    """Every combination of some choices."""
    found: list[tuple] = [()]
    for options in choices:
        found = [(*before, option) for before in found for option in options]
    return tuple(found)


IDS = (UUID(int=21), UUID(int=22))
KINDS = {
    "revision": Kind(
        _revision_places(), lambda p: seal_revision(KEY, p, {"a": 1}).body, _open_revision
    ),
    "bundle": Kind(_two(("P1", "P2", "H1"), IDS, IDS), _bundle, _open_bundle),
    "card, site and stay": Kind(
        _two((0, 1, 2, 3), (Purpose.CARD, Purpose.SITE, Purpose.STAY), IDS), _card, _open_card
    ),
    "payload": Kind(
        _two((KEY, KEY[::-1]), (HERE, OTHER), IDS),
        lambda p: seal_release(*p, b"bundle"),
        lambda p, raw: open_release(*p, raw),
    ),
    "draft and memory": Kind(
        _two((1, 2), (Purpose.DRAFT, Purpose.SECOND_FACTOR, Purpose.CONFIRMED_HEADS), IDS),
        lambda p: _ring(p[0]).seal_own(p[1], p[2], b"mine"),
        lambda p, raw: _ring(p[0]).open_own(p[1], p[2], raw),
    ),
    "session": Kind(_two(("A" * 43, "B" * 43), IDS, (9, 10)), _session, _open_session),
    "summary": Kind(_two(("P1", "P2", "H1"), IDS), _summary, _open_summary),
    "detail": Kind(_two(("P1", "H1"), IDS, (1, 2)), _detail, _open_detail),
}
SEALED: dict[str, list[bytes]] = {}


def sealed(name: str) -> list[bytes]:
    kind = KINDS[name]
    if name not in SEALED:
        SEALED[name] = [kind.seal(place) for place in kind.places]
    return SEALED[name]


def does_open(kind: Kind, place: object, raw: bytes) -> bool:
    try:
        kind.opens(place, raw)
    except SHUT:
        return False
    return True


@pytest.mark.promise("changed-record-is-not-shown")
@pytest.mark.parametrize("name", KINDS)
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_of_rows_in_any_order_those_open_that_stand_right(name: str, data: st.DataObject) -> None:
    kind, bodies = KINDS[name], sealed(name)
    order = data.draw(st.permutations(range(len(bodies))))
    for place, (stands, came_from) in zip(kind.places, enumerate(order), strict=True):
        assert does_open(kind, place, bodies[came_from]) == (stands == came_from)


@pytest.mark.promise("changed-record-is-not-shown")
@pytest.mark.parametrize("name", KINDS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_bit_flipped_anywhere_in_a_row_shuts_it(name: str, data: st.DataObject) -> None:
    kind = KINDS[name]
    which = data.draw(st.integers(0, len(kind.places) - 1))
    raw = bytearray(sealed(name)[which])
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    assert does_open(kind, kind.places[which], sealed(name)[which])
    assert not does_open(kind, kind.places[which], bytes(raw))


@pytest.mark.promise("changed-record-is-not-shown")
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_bit_flipped_in_an_id_or_in_what_is_bound_shuts_it(data: st.DataObject) -> None:
    """Ids, numbers and words of the place itself, bit by bit."""
    place = KINDS["revision"].places[0]
    name = data.draw(st.sampled_from([f.name for f in fields(RevisionPlace)]))
    value = getattr(place, name)
    if isinstance(value, UUID):
        changed: object = UUID(int=value.int ^ 1 << data.draw(st.integers(0, 127)))
    elif isinstance(value, int):
        changed = value ^ 1 << data.draw(st.integers(0, 31))
    else:
        at = data.draw(st.integers(0, len(value) - 1))
        flipped = chr(ord(value[at]) ^ 1 << data.draw(st.integers(0, 6)))
        changed = value[:at] + flipped + value[at + 1 :]
    assert not does_open(
        KINDS["revision"], replace(place, **{name: changed}), sealed("revision")[0]
    )
