"""What a request may carry that nothing may ever tell: one list, by the names of the fields.

A new secret is a line here; the sweep then sends it to every route.
"""

MARK = "Canary"
TYPED = (
    "passphrase", "again", "old_passphrase", "new_passphrase", "root_passphrase", "code", "pin",
    "new_pin", "second_factor", "recovery_code", "kit", "sheet_code",
)  # fmt: skip
"""Fields of pages and of the API in which a person types a secret, in use or still to come."""
HEADERS = ("Authorization", "X-Told")
COOKIES = ("session", "parked")


def canary(name: str) -> str:
    """A word that stands nowhere but in the secret of this name."""
    return f"{MARK}{name.title().replace('_', '').replace('-', '')}7731"


TYPED_CANARIES = {name: canary(name) for name in TYPED}
HEADER_CANARIES = {name: canary(name) for name in HEADERS}
COOKIE_CANARIES = {name: canary(f"cookie_{name}") for name in COOKIES}
ALL = {**TYPED_CANARIES, **HEADER_CANARIES, **COOKIE_CANARIES}


def leaks(text: str) -> set[str]:
    """The names of the secrets whose canary stands in a text."""
    return {name for name, word in ALL.items() if word in text}
