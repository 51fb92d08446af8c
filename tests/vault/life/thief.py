"""Somebody who has private keys and a copy of what is stored at every moment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from tests.vault.life import raw

Secrets = dict[bytes, tuple]
"""Secrets of circles, and whose each is: agency, circle, generation."""


@dataclass(frozen=True)
class Stored:
    """Wraps, bundles and what ended agencies passed on, with where their rows stand."""

    deployment: UUID
    wraps: Mapping[tuple, bytes]
    """At (agency, circle, generation, member)."""
    passed: Mapping[tuple, bytes]
    """At (agency, circle, generation) before, and the same of the successor."""
    bundles: list[tuple[tuple, tuple, bytes]]
    """With (deployment, case, grant), and with the (agency, circle) that the row names."""


class Tried:
    """What came of a key and some bytes: for all thieves of a life, and never tried again."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, bytes], object] = {}

    def once(self, key: bytes, body: bytes, opener: Callable, *how: object) -> object:
        if (key, body) not in self._known:
            self._known[key, body] = opener(key, *how, body)
        return self._known[key, body]


class Thief:
    """Somebody's private keys, and all they ever opened."""

    def __init__(self, private: bytes, tried: Tried) -> None:
        self.privates, self._tried = [private], tried
        self.secrets: Secrets = {}
        self.keys: set[bytes] = set()

    def opens(self, stored: Stored) -> tuple[set[bytes], set[bytes]]:
        """Section keys: with the present key out of what is stored; and all that ever were."""
        mine = self._with_passed(stored, self._unwrapped(stored, self.privates[-1]))
        for private in self.privates:
            self.secrets |= self._unwrapped(stored, private)
        self.secrets = self._with_passed(stored, self.secrets)
        now: set[bytes] = set()
        ended = {place[:2] for place in stored.passed}
        for secret, whose in self.secrets.items():
            for grant, receiver, body in stored.bundles:
                found = self._tried.once(secret, body, _bundled, whose, grant, receiver, ended)
                self.keys |= found
                now |= found if secret in mine else frozenset()
        return now, self.keys

    def _unwrapped(self, stored: Stored, private: bytes) -> Secrets:
        found = {}
        for place, body in stored.wraps.items():
            secret = self._tried.once(private, body, raw.wrap, stored.deployment, place[1:])
            if secret is not None:
                found[secret] = place[:3]
        return found

    def _with_passed(self, stored: Stored, secrets: Secrets) -> Secrets:
        """Those and the secrets before them, which ended agencies sealed to them."""
        known, fresh = secrets, secrets
        while fresh:
            found = {}
            for place, seal in stored.passed.items():
                for secret in fresh:
                    before = self._tried.once(secret, seal, raw.passed, stored.deployment, place)
                    if before is not None:
                        found[before] = place[:3]
            fresh = {secret: whose for secret, whose in found.items() if secret not in known}
            known = known | fresh
        return known

    def reads(self, keys: set[bytes], place: tuple, body: bytes) -> str | None:
        """The text of a revision, by whichever of some keys opens it."""
        for key in keys:
            text = self._tried.once(key, body, raw.revision, place)
            if text is not None:
                return text
        return None


def _bundled(  # noqa: PLR0917 - a key, whose it is, and where the bytes lie
    secret: bytes, whose: tuple, grant: tuple, receiver: tuple, ended: set[tuple], body: bytes
) -> frozenset[bytes]:
    """Section keys, sealed for the circle that the row names or for one that it succeeds."""
    for sealed_for in {receiver, whose[:2]} & (ended | {receiver}):
        opened = raw.bundle(secret, whose[2], (*grant, *sealed_for), body)
        if opened is not None:
            return frozenset(opened.values())
    return frozenset()
