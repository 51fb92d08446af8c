"""Keys of members and circles, and the key ring of a signed-in session."""

from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from referral.kernel.actor import Actor
from referral.kernel.errors import KeysMissing, NotVerified, Unreadable
from referral.vault import primitives
from referral.vault.codec import Value
from referral.vault.primitives import Purpose


@dataclass(frozen=True, repr=False)
class MemberKeys:
    """A member's X25519 and Ed25519 private keys, 32 bytes each."""

    exchange: bytes
    signing: bytes

    @classmethod
    def generate(cls) -> "MemberKeys":
        """Fresh keys."""
        return cls(primitives.random_key(), primitives.random_key())

    @classmethod
    def from_bytes(cls, raw: bytes) -> "MemberKeys":
        """Inverse of `to_bytes`."""
        if len(raw) != 64:
            raise Unreadable
        return cls(raw[:32], raw[32:])

    def to_bytes(self) -> bytes:
        """64 bytes, to be sealed."""
        return self.exchange + self.signing

    @cached_property
    def exchange_public(self) -> bytes:
        """X25519 public key, 32 bytes."""
        return primitives.exchange_public(self.exchange)

    @cached_property
    def signing_public(self) -> bytes:
        """Ed25519 public key, 32 bytes."""
        return primitives.signing_public(self.signing)


@dataclass(frozen=True, repr=False)
class CircleSecret:
    """One numbered generation of a circle's secret, and what is derived from it."""

    circle_id: UUID
    generation: int
    secret: bytes

    @cached_property
    def exchange(self) -> bytes:
        """X25519 private key of this generation."""
        return primitives.derive(self.secret, "circle exchange")

    @cached_property
    def exchange_public(self) -> bytes:
        """X25519 public key of this generation, as the directory log states it."""
        return primitives.exchange_public(self.exchange)

    @cached_property
    def card_key(self) -> bytes:
        """Symmetric key of the circle's cards, sites and stays."""
        return primitives.derive(self.secret, "circle card")

    @cached_property
    def cards(self) -> primitives.Child:
        """The one child of the card key that all cards of this generation share.

        A list or a search opens thousands of them: to derive a child for each would take longer
        than all the rest.
        """
        return primitives.child_of(self.card_key, primitives.derive(self.secret, "card salt"))


@dataclass(frozen=True, slots=True)
class PassedPlace:
    """Which generation of a circle was sealed to which of its successor's, and what that binds."""

    agency_id: UUID
    circle_id: UUID
    generation: int
    heir_agency: UUID
    heir_circle: UUID
    heir_generation: int

    def context(self, deployment: UUID) -> Value:
        """What the seal is bound to: both circles, both agencies, both generations."""
        before = (self.agency_id, self.circle_id, self.generation)
        after = (self.heir_agency, self.heir_circle, self.heir_generation)
        return ("succession", deployment, before, after)


@dataclass(repr=False)
class Keyring:
    """What a session can open: its member's keys and, from wraps, its circles' secrets.

    Wraps are opened when first needed (about 60 µs each) and kept for this request only.
    """

    deployment: UUID
    member_id: UUID
    agency_id: UUID
    _member: MemberKeys
    _wraps: dict[tuple[UUID, int], bytes] = field(default_factory=dict)
    _secrets: dict[tuple[UUID, int], CircleSecret] = field(default_factory=dict)
    _stated: dict[tuple[UUID, int], bytes] = field(default_factory=dict)
    _passed: dict[tuple[UUID, int], tuple[PassedPlace, bytes]] = field(default_factory=dict)

    def add_wrap(self, circle_id: UUID, generation: int, wrap: bytes, *, public: bytes) -> None:
        """Give the ring a wrap of a circle secret addressed to this member.

        `public` is the key the agency's verified log states for this generation: anybody can seal
        to a member, so a wrap from a row is believed only when its secret leads to that key.
        """
        self._wraps[circle_id, generation] = wrap
        self._stated[circle_id, generation] = public

    def add_passed(self, place: PassedPlace, seal: bytes, *, public: bytes) -> None:
        """Give the ring a secret of a circle whose agency has ended, sealed to one in this ring.

        `public` is the key that the ended agency's verified log states for the generation.
        """
        key = (place.circle_id, place.generation)
        self._passed[key] = (place, seal)
        self._stated[key] = public

    def holds(self, circle_id: UUID) -> bool:
        """Whether any generation of this circle's secret is within reach."""
        return circle_id in self.circle_ids

    @property
    def circle_ids(self) -> frozenset[UUID]:
        """The circles whose secret is within reach, those of ended agencies included."""
        return frozenset(circle_id for circle_id, _ in (*self._wraps, *self._passed))

    @property
    def agency_ids(self) -> frozenset[UUID]:
        """The member's agency, and the ended ones for whose circles this ring acts."""
        passed = (place.agency_id for place, _ in self._passed.values())
        return frozenset({self.agency_id, *passed})

    def line_of(self, circle_id: UUID) -> list[tuple[UUID, UUID]]:
        """(agency, circle): a circle within reach, then every one that it succeeds."""
        owners = {place.circle_id: place.agency_id for place, _ in self._passed.values()}
        heirs = {place.circle_id: place.heir_circle for place, _ in self._passed.values()}
        line = [circle_id]
        for heir in line:
            line += [c for c, after in heirs.items() if after == heir and c not in line]
        return [(owners.get(circle, self.agency_id), circle) for circle in line]

    def generations(self, circle_id: UUID) -> list[int]:
        """Generations of a circle within reach, newest first."""
        within = {g for c, g in (*self._wraps, *self._passed) if c == circle_id}
        return sorted(within, reverse=True)

    def circle(self, circle_id: UUID, generation: int | None = None) -> CircleSecret:
        """A circle's secret, the newest generation by default; `KeysMissing` when not held."""
        if generation is None:
            held = self.generations(circle_id)
            if not held:
                raise KeysMissing
            generation = held[0]
        if (circle_id, generation) not in self._secrets:
            self._secrets[circle_id, generation] = self._open(circle_id, generation)
        return self._secrets[circle_id, generation]

    def _open(self, circle_id: UUID, generation: int) -> CircleSecret:
        wrap = self._wraps.get((circle_id, generation))
        if wrap is not None:
            context = wrap_context(self.deployment, circle_id, generation, self.member_id)
            key = self._member.exchange
            raw = primitives.unseal_with(key, Purpose.CIRCLE_SECRET, context, wrap)
        else:
            raw = self._open_passed(circle_id, generation)
        opened = CircleSecret(circle_id, generation, raw)
        stated = self._stated.get((circle_id, generation))
        if stated is not None and stated != opened.exchange_public:
            raise NotVerified("not the secret of this circle")
        return opened

    def _open_passed(self, circle_id: UUID, generation: int) -> bytes:
        if (circle_id, generation) not in self._passed:
            raise KeysMissing
        place, seal = self._passed[circle_id, generation]
        heir = self.circle(place.heir_circle, place.heir_generation)
        context = place.context(self.deployment)
        return primitives.unseal_with(heir.exchange, Purpose.SUCCESSION, context, seal)

    def sign(self, message: bytes) -> bytes:
        """Audit signature of this member over `message`."""
        return primitives.sign(self._member.signing, "audit", message)

    def sign_as(self, label: str, message: bytes) -> bytes:
        """Signature of this member over `message` for one labelled use."""
        return primitives.sign(self._member.signing, label, message)

    @property
    def exchange_public(self) -> bytes:
        """This member's X25519 public key."""
        return self._member.exchange_public

    @property
    def signing_public(self) -> bytes:
        """This member's Ed25519 public key."""
        return self._member.signing_public

    def seal_own(self, purpose: Purpose, context: Value, plaintext: bytes) -> bytes:
        """Seal something that only this member will read again (drafts, second factor)."""
        key = primitives.derive(self._member.exchange, f"own {purpose.name.lower()}")
        bound = (self.deployment, self.member_id, context)
        return primitives.seal(key, purpose, bound, primitives.padded(plaintext))

    def open_own(self, purpose: Purpose, context: Value, raw: bytes) -> bytes:
        """Open what `seal_own` made."""
        key = primitives.derive(self._member.exchange, f"own {purpose.name.lower()}")
        bound = (self.deployment, self.member_id, context)
        return primitives.unpadded(primitives.unseal(key, purpose, bound, raw))

    def member_secret(self) -> bytes:
        """The member's private keys, to be sealed into a session or a new password record."""
        return self._member.to_bytes()


def wrap_context(deployment: UUID, circle_id: UUID, generation: int, member_id: UUID) -> Value:
    """What a wrapped circle secret is bound to."""
    return ("wrap", deployment, circle_id, generation, member_id)


def keyring_of(actor: Actor) -> Keyring:
    """The actor's key ring; `KeysMissing` for the system and for sessions without keys."""
    if not isinstance(actor.keys, Keyring):
        raise KeysMissing
    return actor.keys
