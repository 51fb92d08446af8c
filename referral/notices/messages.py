"""What stands beside a field about channels; only the edge translates it."""

from enum import StrEnum


class Message(StrEnum):
    """Why an address or a code cannot be taken."""

    NO_MAIL = "This is not an e-mail address."
    NO_NUMBER = "This is not a phone number."
    NOT_SET_UP = "This installation sends nothing by this way."
    TOO_MANY = "So many codes were sent today that the next one goes out tomorrow."
    WRONG_CODE = "This code is not right, or is no longer good."
