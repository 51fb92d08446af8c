"""Named seals, one a purpose: every use of public-key sealing but the grant itself.

A section key leaves its holder only through `grants.seal_grant`.
"""

from uuid import UUID

from referral.vault import primitives
from referral.vault.codec import Value
from referral.vault.directory import VerifiedKey, VerifiedMember, require_key_holder
from referral.vault.keys import CircleSecret, wrap_context
from referral.vault.primitives import Purpose


def new_circle_secret(circle_id: UUID, generation: int = 1) -> CircleSecret:
    """A fresh secret for one generation of a circle."""
    return CircleSecret(circle_id, generation, primitives.random_key())


def seal_circle_secret(secret: CircleSecret, member: VerifiedMember) -> bytes:
    """The circle's secret to one member; `NotPermitted` for roles that hold no keys."""
    require_key_holder(member)
    context = wrap_context(member.deployment, secret.circle_id, secret.generation, member.member_id)
    return primitives.seal_to(member.exchange_public, Purpose.CIRCLE_SECRET, context, secret.secret)


def _to_circle(key: VerifiedKey, object_id: UUID) -> Value:
    return ("to circle", key.deployment, key.agency_id, key.circle_id, key.generation, object_id)


def _in_circle(deployment: UUID, agency_id: UUID, secret: CircleSecret, object_id: UUID) -> Value:
    return (
        "to circle", deployment, agency_id, secret.circle_id, secret.generation, object_id,
    )  # fmt: skip


def seal_summary(key: VerifiedKey, referral_id: UUID, plaintext: bytes) -> bytes:
    """A referral's summary to the receiving circle; readable before acceptance."""
    body = primitives.padded(plaintext)
    return primitives.seal_to(key.public, Purpose.SUMMARY, _to_circle(key, referral_id), body)


def open_summary(
    secret: CircleSecret, deployment: UUID, agency_id: UUID, referral_id: UUID, raw: bytes
) -> bytes:
    """What `seal_summary` sealed to this circle and generation."""
    context = _in_circle(deployment, agency_id, secret, referral_id)
    return primitives.unpadded(
        primitives.unseal_with(secret.exchange, Purpose.SUMMARY, context, raw)
    )


def seal_fact(key: VerifiedKey, fact_id: UUID, plaintext: bytes) -> bytes:
    """A coded fact to the statistics circle."""
    body = primitives.padded(plaintext)
    return primitives.seal_to(key.public, Purpose.FACT, _to_circle(key, fact_id), body)


def open_fact(
    secret: CircleSecret, deployment: UUID, agency_id: UUID, fact_id: UUID, raw: bytes
) -> bytes:
    """What `seal_fact` sealed to this circle and generation."""
    context = _in_circle(deployment, agency_id, secret, fact_id)
    return primitives.unpadded(primitives.unseal_with(secret.exchange, Purpose.FACT, context, raw))


def seal_audit_detail(key: VerifiedKey, entry_id: UUID, plaintext: bytes) -> bytes:
    """The detail of an audit entry to a circle of the agency concerned."""
    body = primitives.padded(plaintext)
    return primitives.seal_to(key.public, Purpose.AUDIT_DETAIL, _to_circle(key, entry_id), body)


def open_audit_detail(
    secret: CircleSecret, deployment: UUID, agency_id: UUID, entry_id: UUID, raw: bytes
) -> bytes:
    """What `seal_audit_detail` sealed to this circle and generation."""
    context = _in_circle(deployment, agency_id, secret, entry_id)
    return primitives.unpadded(
        primitives.unseal_with(secret.exchange, Purpose.AUDIT_DETAIL, context, raw)
    )


SHARED_PURPOSES = frozenset({Purpose.CARD, Purpose.SITE, Purpose.STAY})


def seal_in_circle(
    secret: CircleSecret, purpose: Purpose, deployment: UUID, object_id: UUID, plaintext: bytes
) -> bytes:
    """A card, site or stay under the circle's own symmetric key (30 µs for fifty)."""
    if purpose not in SHARED_PURPOSES:
        raise ValueError("not a purpose of the card key")
    context = (deployment, secret.circle_id, secret.generation, object_id)
    return primitives.seal(secret.card_key, purpose, context, primitives.padded(plaintext))


def open_in_circle(
    secret: CircleSecret, purpose: Purpose, deployment: UUID, object_id: UUID, raw: bytes
) -> bytes:
    """What `seal_in_circle` sealed with the same generation, purpose and object."""
    context = (deployment, secret.circle_id, secret.generation, object_id)
    return primitives.unpadded(primitives.unseal(secret.card_key, purpose, context, raw))
