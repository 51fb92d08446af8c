"""Random identifiers. Nothing here counts, so nothing tells how many came before."""

import secrets
import uuid

CODE_LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0/O, no I: read aloud and hand-written
CODE_LENGTH = 6


def new_id() -> uuid.UUID:
    """A random (version 4) identifier for rows and URLs."""
    return uuid.uuid4()


def new_code() -> str:
    """A code such as `7QK-4MD` that may be said on the phone; 6 of 33 letters, about 30 bits."""
    letters = [secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH)]
    return "".join(letters[:3]) + "-" + "".join(letters[3:])
