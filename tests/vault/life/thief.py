"""Somebody who has private keys and a copy of what is stored at every moment."""

from collections.abc import Mapping
from uuid import UUID

from tests.vault.life import raw


class Stored:
    """Wraps and bundles, with where their rows stand."""

    def __init__(
        self, deployment: UUID, wraps: Mapping, bundles: list[tuple[tuple, bytes]]
    ) -> None:
        self.deployment, self.wraps, self.bundles = deployment, wraps, bundles


class Thief:
    """Somebody's private keys, and all they ever opened. What was tried is not tried again."""

    def __init__(self, private: bytes) -> None:
        self.privates = [private]
        self.secrets: set[tuple[bytes, int]] = set()
        self.keys: set[bytes] = set()
        self._wraps: dict[tuple[bytes, bytes], bytes | None] = {}
        self._bundles: dict[tuple[bytes, bytes], frozenset[bytes]] = {}
        self._texts: dict[tuple[bytes, bytes], str | None] = {}

    def opens(self, stored: Stored) -> tuple[set[bytes], set[bytes]]:
        """Section keys: with the present key out of what is stored; and all that ever were."""
        mine = self._unwrapped(stored, self.privates[-1])
        for private in self.privates:
            self.secrets |= self._unwrapped(stored, private)
        now: set[bytes] = set()
        for place, body in stored.bundles:
            for secret, generation in self.secrets:
                found = self._bundle(secret, generation, place, body)
                self.keys |= found
                now |= found if (secret, generation) in mine else frozenset()
        return now, self.keys

    def _unwrapped(self, stored: Stored, private: bytes) -> set[tuple[bytes, int]]:
        found = set()
        for place, body in stored.wraps.items():
            if (private, body) not in self._wraps:
                self._wraps[private, body] = raw.wrap(private, stored.deployment, place, body)
            secret = self._wraps[private, body]
            if secret is not None:
                found.add((secret, place[1]))
        return found

    def _bundle(
        self, secret: bytes, generation: int, place: tuple, body: bytes
    ) -> frozenset[bytes]:
        tried = (secret, body)
        if tried not in self._bundles:
            opened = raw.bundle(secret, generation, place, body)
            self._bundles[tried] = frozenset((opened or {}).values())
        return self._bundles[tried]

    def reads(self, keys: set[bytes], body: tuple) -> str | None:
        """The text of a revision, by whichever of some keys opens it."""
        for key in keys:
            if (key, body[2]) not in self._texts:
                self._texts[key, body[2]] = raw.revision(key, body[1], body[2])
            if self._texts[key, body[2]] is not None:
                return self._texts[key, body[2]]
        return None
