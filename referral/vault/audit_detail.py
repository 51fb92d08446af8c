"""The sealed detail of an audit entry: coded facts, one share for each circle that may open it.

The entry names the digest of the whole, so that a detail that was moved, changed or exchanged is
found; one that was deleted is missing, and the entry stands without it.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from referral.kernel.errors import KeysMissing, NotVerified, Unreadable
from referral.vault import primitives
from referral.vault.codec import Value, pack, unpack
from referral.vault.directory import VerifiedKey
from referral.vault.keys import Keyring
from referral.vault.primitives import Purpose

LABEL = "audit detail"
VERSION = 1
CODED = re.compile(r"[a-z0-9_+.:-]{1,80}")

Coded = str | int | UUID
Facts = Mapping[str, tuple[Coded, ...]]
Place = tuple[UUID, int]
"""Chain and sequence of the entry that the detail belongs to."""


def expect_coded(facts: Facts) -> None:
    """`ValueError` for anything that is not a code, a number or an id: no detail has words."""
    for name, values in facts.items():
        if not all(_is_coded(value) for value in (name, *values)):
            raise ValueError("a detail holds codes only")


def _is_coded(value: object) -> bool:
    if isinstance(value, str):
        return CODED.fullmatch(value) is not None
    return isinstance(value, int | UUID)


def seal_detail(keys: Iterable[VerifiedKey], place: Place, facts: Facts) -> bytes:
    """The facts of one entry, padded, sealed to each circle (HPKE, about 0.1 ms a circle)."""
    expect_coded(facts)
    plain = pack(tuple((name, facts[name]) for name in sorted(facts)))
    shares = tuple(
        (key.circle_id, key.generation, _seal(key, place, plain))
        for key in dict.fromkeys(keys)  # the custodian's own agency needs one share only
    )
    return pack((LABEL, VERSION, shares))


def _seal(key: VerifiedKey, place: Place, plain: bytes) -> bytes:
    context = _context(key.deployment, place, key.circle_id, key.generation)
    padded = primitives.padded(plain)
    return primitives.seal_to(key.public, Purpose.AUDIT_DETAIL, context, padded)


def _context(deployment: UUID, place: Place, circle_id: UUID, generation: int) -> Value:
    return (LABEL, deployment, *place, circle_id, generation)


def open_detail(keyring: Keyring, place: Place, raw: bytes) -> dict[str, tuple[Coded, ...]]:
    """The facts, by whichever share a circle of this session opens.

    `KeysMissing` when none of its circles has a share; `Unreadable` when one has and does not open.
    """
    for circle_id, generation, sealed in _shares(raw):
        try:
            secret = keyring.circle(circle_id, generation)
        except KeysMissing:
            continue
        context = _context(keyring.deployment, place, circle_id, generation)
        purpose = Purpose.AUDIT_DETAIL
        plain = primitives.unseal_with(secret.exchange, purpose, context, sealed)
        return _facts(primitives.unpadded(plain))
    raise KeysMissing


def _shares(raw: bytes) -> list[tuple[UUID, int, bytes]]:
    read: Any = _read(raw)
    try:
        label, version, shares = read
        found = [(circle_id, generation, sealed) for circle_id, generation, sealed in shares]
    except (TypeError, ValueError):
        raise Unreadable from None
    if (label, version) != (LABEL, VERSION):
        raise Unreadable
    return found


def _facts(plain: bytes) -> dict[str, tuple[Coded, ...]]:
    read: Any = _read(plain)
    try:
        facts = {str(name): tuple(values) for name, values in read}
        expect_coded(facts)
    except (TypeError, ValueError):
        raise Unreadable from None
    return facts


def _read(raw: bytes) -> Value:
    try:
        return unpack(raw)
    except NotVerified:
        raise Unreadable from None
