"""What the form engine says when an answer is refused: one fixed list, in English.

The members are gettext msgids; the edge translates them. None carries a value, so that a message
never repeats what a survivor said into a log or a response.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


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
    BEFORE_TODAY = "Choose today or a later day."
    AFTER_TODAY = "Choose today or an earlier day."
    TOO_EARLY = "This is earlier than is possible here."
    TOO_LATE = "This is later than is possible here."
    NOT_LISTED = "Choose from the answers listed."
    NOT_ALONE = "This answer cannot stand beside another. Keep one."
    NOT_UNIT = "Choose an administrative unit from the list."
    NOT_SHEET = "This is not the number of a sheet. Compare it letter by letter."
    SHEET_OF_OTHERS = "Our agency has not printed this sheet. Leave the number out."
    TAKEN_LATER = "This lies ahead: the paper was written before it is typed in."
    TAKEN_TOO_EARLY = "This is more than a year ago. Compare the date with the paper."
    TAKEN_BY_ONE = "Say who wrote it: a colleague from the list, or a name."
    TAKEN_BY_OTHER = "Choose a colleague of our agency, or write the name."
    SAID_OTHERWISE_SINCE = "Since this paper was written something else was agreed. Ask her anew."
    SHEET_TYPED = "This sheet has been typed in already."
    TOO_FEW_ROWS = "There are fewer lines than are needed here."
    TOO_MANY_ROWS = "There are more lines than this question takes."
    NOT_ROWS = "Send the lines as a list of objects."
    CONTRADICTS = "This contradicts another answer. Keep one."
    ONLY_HIGHER = "The level may be raised here; only a supervisor lowers it."
    NO_SUCH_QUESTION = "This form has no such question."
    NOT_ANSWERS = "Send the answers as one object."


def by_field(messages: Any, path: str = "") -> dict[str, list[str]]:
    """The messages of a marshmallow ``ValidationError`` by field id.

    A question within a group stands under group, row counted from 0, and id: ``children.2.age``.
    """
    if not isinstance(messages, Mapping):
        texts = messages if isinstance(messages, list | tuple) else [messages]
        return {path or "_schema": [str(text) for text in texts]}
    found: dict[str, list[str]] = {}
    for step, inner in messages.items():
        within = path if step == "_schema" else f"{path}.{step}".lstrip(".")
        for name, texts in by_field(inner, within).items():
            found.setdefault(name, []).extend(texts)
    return found
