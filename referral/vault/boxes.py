"""Named seals, one a purpose: every use of public-key sealing but the grant itself.

A section key leaves its holder only through `grants.seal_grant`.
"""

from collections.abc import Callable
from uuid import UUID

from referral.kernel.errors import NotPermitted, NotVerified
from referral.vault import primitives
from referral.vault.codec import Value, digest, pack
from referral.vault.directory import (
    AgencyDirectory,
    Successor,
    VerifiedKey,
    VerifiedMember,
    require_key_holder,
)
from referral.vault.keys import CircleSecret, PassedPlace, wrap_context
from referral.vault.primitives import Purpose


def new_circle_secret(circle_id: UUID, generation: int = 1) -> CircleSecret:
    """A fresh secret for one generation of a circle."""
    return CircleSecret(circle_id, generation, primitives.random_key())


def seal_circle_secret(secret: CircleSecret, member: VerifiedMember) -> bytes:
    """The circle's secret to one member; `NotPermitted` for roles that hold no keys."""
    require_key_holder(member)
    context = wrap_context(member.deployment, secret.circle_id, secret.generation, member.member_id)
    return primitives.seal_to(member.exchange_public, Purpose.CIRCLE_SECRET, context, secret.secret)


def seal_to_successor(log: AgencyDirectory, secret: CircleSecret, heir: VerifiedKey) -> bytes:
    """A circle's secret to the circle that acts for it once its agency has ended.

    `NotVerified` unless the agency's log names a successor and the root countersigned it,
    `NotPermitted` for the key of any other circle.
    """
    named = log.plan.successor_of(secret.circle_id)
    if named != Successor(heir.agency_id, heir.circle_id):
        raise NotPermitted("another circle succeeds")
    place = PassedPlace(log.agency_id, secret.circle_id, secret.generation, *_circle_of(heir))
    context = place.context(heir.deployment)
    return primitives.seal_to(heir.public, Purpose.SUCCESSION, context, secret.secret)


def _circle_of(key: VerifiedKey) -> tuple[UUID, UUID, int]:
    return (key.agency_id, key.circle_id, key.generation)


def _context(deployment: UUID, agency_id: UUID, circle: tuple[UUID, int], object_id: UUID) -> Value:
    return ("to circle", deployment, agency_id, *circle, object_id)


def _seal_for(key: VerifiedKey, purpose: Purpose, object_id: UUID, plaintext: bytes) -> bytes:
    circle = (key.circle_id, key.generation)
    context = _context(key.deployment, key.agency_id, circle, object_id)
    return primitives.seal_to(key.public, purpose, context, primitives.padded(plaintext))


def _open_for(secret: CircleSecret, purpose: Purpose, context: Value, raw: bytes) -> bytes:
    return primitives.unpadded(primitives.unseal_with(secret.exchange, purpose, context, raw))


def seal_summary(key: VerifiedKey, referral_id: UUID, plaintext: bytes) -> bytes:
    """A referral's summary to the receiving circle; readable before acceptance."""
    return _seal_for(key, Purpose.SUMMARY, referral_id, plaintext)


def open_summary(
    secret: CircleSecret, deployment: UUID, agency_id: UUID, referral_id: UUID, raw: bytes
) -> bytes:
    """What `seal_summary` sealed to this circle and generation."""
    circle = (secret.circle_id, secret.generation)
    context = _context(deployment, agency_id, circle, referral_id)
    return _open_for(secret, Purpose.SUMMARY, context, raw)


def content_of_summary(deployment: UUID, referral_id: UUID, plaintext: bytes) -> bytes:
    """The digest by which a strand vouches for what a summary says, whatever it is sealed to.

    The text itself must carry random bytes (`new_salt`): few words could be guessed from a digest.
    """
    return digest(pack(("summary content", deployment, referral_id, plaintext)))


def new_salt() -> str:
    """256 random bits in hex."""
    return primitives.random_key().hex()


def rewrap_summary(
    old: CircleSecret, receiver: VerifiedKey, referral_id: UUID, raw: bytes, *, vouched: bytes
) -> bytes:
    """The same summary for a newer generation; `NotVerified` unless its sender vouches for it."""
    require_newer(old, receiver)
    here = receiver.deployment
    said = open_summary(old, here, receiver.agency_id, referral_id, raw)
    if content_of_summary(here, referral_id, said) != vouched:
        raise NotVerified("no strand vouches for what this summary says")
    return seal_summary(receiver, referral_id, said)


def seal_fact(key: VerifiedKey, fact_id: UUID, plaintext: bytes) -> bytes:
    """A coded fact to the statistics circle."""
    return _seal_for(key, Purpose.FACT, fact_id, plaintext)


def open_fact(
    secret: CircleSecret, deployment: UUID, agency_id: UUID, fact_id: UUID, raw: bytes
) -> bytes:
    """What `seal_fact` sealed to this circle and generation."""
    circle = (secret.circle_id, secret.generation)
    context = _context(deployment, agency_id, circle, fact_id)
    return _open_for(secret, Purpose.FACT, context, raw)


def rewrap_fact(old: CircleSecret, receiver: VerifiedKey, fact_id: UUID, raw: bytes) -> bytes:
    """The same fact for a newer generation; its author's signature stays inside."""
    require_newer(old, receiver)
    said = open_fact(old, receiver.deployment, receiver.agency_id, fact_id, raw)
    return seal_fact(receiver, fact_id, said)


def require_newer(old: CircleSecret, receiver: VerifiedKey) -> None:
    """`NotPermitted` unless `receiver` is the same circle's key of a newer generation."""
    if receiver.circle_id != old.circle_id or receiver.generation <= old.generation:
        raise NotPermitted("not a newer key of this circle")


SHARED_PURPOSES = frozenset({Purpose.CARD, Purpose.DRAWER, Purpose.SITE, Purpose.STAY})


def seal_in_circle(
    secret: CircleSecret, purpose: Purpose, deployment: UUID, object_id: UUID, plaintext: bytes
) -> bytes:
    """A card, drawer, site or stay under the circle's own symmetric key (30 µs for fifty)."""
    if purpose not in SHARED_PURPOSES:
        raise ValueError("not a purpose of the card key")
    context = (deployment, secret.circle_id, secret.generation, object_id)
    padded = primitives.padded(plaintext)
    if purpose is Purpose.CARD:
        return primitives.seal_under(secret.cards, purpose, context, padded)
    return primitives.seal(secret.card_key, purpose, context, padded)


def open_in_circle(
    secret: CircleSecret, purpose: Purpose, deployment: UUID, object_id: UUID, raw: bytes
) -> bytes:
    """What `seal_in_circle` sealed with the same generation, purpose and object."""
    if purpose is Purpose.CARD and primitives.salt_in(raw) == secret.cards.salt:
        return card_opener(secret, deployment)(object_id.bytes, raw)
    context = (deployment, secret.circle_id, secret.generation, object_id)
    return primitives.unpadded(primitives.unseal(secret.card_key, purpose, context, raw))


def card_opener(secret: CircleSecret, deployment: UUID) -> Callable[[bytes, bytes], bytes]:
    """`open_in_circle` for very many cards of one generation.

    Takes the 16 bytes of the case's id, and the card; gives what it says.
    """
    place = (deployment, secret.circle_id, secret.generation)
    shared = primitives.opener_under(secret.cards, Purpose.CARD, place)

    def opened(case_id: bytes, raw: bytes) -> bytes:
        if primitives.salt_in(raw) != secret.cards.salt:
            return open_in_circle(secret, Purpose.CARD, deployment, UUID(bytes=case_id), raw)
        return primitives.unpadded(shared(case_id, raw))

    return opened


def rewrap_in_circle(
    old: CircleSecret,
    new: tuple[CircleSecret, VerifiedKey],
    purpose: Purpose,
    object_id: UUID,
    raw: bytes,
) -> bytes:
    """The same card, drawer, site or stay under a newer generation's key.

    `new` is the secret and the key that the verified log states for it: `NotPermitted` when they
    are not the same, or not this circle's.
    """
    secret, stated = new
    require_newer(old, stated)
    if (secret.circle_id, secret.generation, secret.exchange_public) != (
        stated.circle_id,
        stated.generation,
        stated.public,
    ):
        raise NotPermitted("not the key that the log states")
    said = open_in_circle(old, purpose, stated.deployment, object_id, raw)
    return seal_in_circle(secret, purpose, stated.deployment, object_id, said)
