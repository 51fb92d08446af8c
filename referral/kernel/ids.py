"""Random identifiers. Nothing here counts, so nothing tells how many came before."""

import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

CODE_LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0/O, no I: read aloud and hand-written


class Foretold:
    """What the next case, referral or site is to be called: said by the loader of a demo alone.

    The stories of the demo are the same after every load, so that a page and a test can name them.
    """

    def __init__(self) -> None:
        self._ids: dict[str, uuid.UUID] = {}
        self._codes: list[str] = []

    @contextmanager
    def saying(self, kind: str, object_id: uuid.UUID, code: str = "") -> Iterator[None]:
        """Within, the next object of this kind has this id, and this code; others have chance."""
        self._ids, self._codes = {kind: object_id}, [code] if code else []
        try:
            yield
        finally:
            self._ids, self._codes = {}, []

    def take_id(self, kind: str) -> uuid.UUID | None:
        """The id said for this kind, once."""
        return self._ids.pop(kind, None)

    def take_code(self) -> str | None:
        """The code said, once."""
        return self._codes.pop() if self._codes else None


foretold = Foretold()


def new_id(kind: str = "") -> uuid.UUID:
    """A random (version 4) identifier for rows and URLs."""
    return foretold.take_id(kind) or uuid.uuid4()


def new_code() -> str:
    """A code such as `7QK-4MD` that may be said on the phone; 6 of 33 letters, about 30 bits."""
    letters = [secrets.choice(CODE_LETTERS) for _ in range(6)]
    return foretold.take_code() or "".join(letters[:3]) + "-" + "".join(letters[3:])
