"""What the form engine says when an answer is refused: one fixed list, in English.

The members are gettext msgids; the edge translates them. None carries a value, so that a message
never repeats what a survivor said into a log or a response.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum


class Message(StrEnum):
    """Every refusal of an answer, worded as what to do next."""

    REQUIRED = "This answer is needed."
    NOT_TEXT = "Enter text."
    TOO_LONG = "The text is too long. Shorten it."
    UNPRINTABLE = "The text holds a character that cannot be printed. Remove it."
    NOT_DATE = "Enter a date as dd/mm/yyyy."
    NOT_TIME = "Enter a time from 00:00 to 23:59."
    NOT_DATETIME = "Enter both the date and the time."
    NOT_NUMBER = "Enter a whole number."
    OUT_OF_RANGE = "The number is outside the range allowed here."
    NOT_LISTED = "Choose from the answers listed."
    NOT_ALONE = "This answer cannot stand beside another. Keep one."
    NOT_UNIT = "Choose an administrative unit from the list."
    NO_SUCH_QUESTION = "This form has no such question."
    NOT_ANSWERS = "Send the answers as one object."


def translate(
    errors: Mapping[str, Sequence[str]], gettext: Callable[[str], str]
) -> dict[str, list[str]]:
    """The messages of a marshmallow ``ValidationError`` in the reader's language, by field id."""
    return {field_id: [gettext(text) for text in texts] for field_id, texts in errors.items()}
