"""The deployment's root key and the server's own signing key.

The root is sealed under a passphrase and kept off the server; its public half is pinned in the
installation's configuration. The server key signs what no person signs (jobs, refused sign-ins).
"""

from dataclasses import dataclass
from uuid import UUID

from referral.kernel.errors import Unreadable
from referral.vault import primitives
from referral.vault.passphrase import Cost, Derivation, open_record, seal_record
from referral.vault.primitives import Purpose


@dataclass(frozen=True, repr=False)
class RootKey:
    """Ed25519 key that founds agencies."""

    signing: bytes

    @property
    def public(self) -> bytes:
        """Public half, 32 bytes, to be pinned."""
        return primitives.signing_public(self.signing)


def new_root() -> RootKey:
    """A fresh root key."""
    return RootKey(primitives.random_key())


def seal_root(
    derivation: Derivation, root: RootKey, deployment: UUID, passphrase: str, cost: Cost
) -> bytes:
    """The root key under its passphrase, for a file kept off the server."""
    return seal_record(derivation, passphrase, cost, ("root", deployment), root.signing)


def open_root(derivation: Derivation, raw: bytes, deployment: UUID, passphrase: str) -> RootKey:
    """Inverse of `seal_root`; `Unreadable` for a wrong passphrase or another deployment."""
    return RootKey(open_record(derivation, passphrase, ("root", deployment), raw))


class ServerKey:
    """Signs audit entries where no person's key is at hand; weaker, and marked so."""

    def __init__(self, signing: bytes) -> None:
        if len(signing) != 32:
            raise Unreadable
        self._signing = signing
        self.public = primitives.signing_public(signing)

    def sign(self, message: bytes) -> bytes:
        """Audit signature of the server."""
        return self.sign_as("audit", message)

    def sign_as(self, label: str, message: bytes) -> bytes:
        """Signature of the server over `message` for one labelled use."""
        return primitives.sign(self._signing, label, message)

    def put_away(self, deployment: UUID, object_id: UUID, body: bytes) -> bytes:
        """A second wrap around what is sealed: nobody opens it who has only the database."""
        return primitives.seal(self._away, Purpose.PUT_AWAY, (deployment, object_id), body)

    def take_out(self, deployment: UUID, object_id: UUID, raw: bytes) -> bytes:
        """Inverse of `put_away`; `Unreadable` for what has no such wrap."""
        return primitives.unseal(self._away, Purpose.PUT_AWAY, (deployment, object_id), raw)

    @property
    def _away(self) -> bytes:
        return primitives.derive(self._signing, "put away")


def new_server_secret() -> bytes:
    """32 bytes for the file of a server key."""
    return primitives.random_key()
