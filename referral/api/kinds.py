"""Which sections a client may write by themselves."""

from collections.abc import Iterable

from referral.cases.forms.messages import Message
from referral.cases.forms_in_force import OF_THEIR_OWN_OPERATION, shelf
from referral.kernel.errors import InvalidInput


def refuse_unwritable(kinds: Iterable[str], *, field: str) -> None:
    """`InvalidInput` on `field` for a kind without a form, or with an operation of its own."""
    writable = set(shelf.all()) - OF_THEIR_OWN_OPERATION
    if not set(kinds) <= writable:
        raise InvalidInput({field: [str(Message.NOT_LISTED)]})
