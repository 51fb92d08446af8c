"""The only words that leave the system, in both languages, since a reader's is not known here.

They say that something is new, and nothing of what: no name, code, place, agency, or word of
violence; not even what the system is for.
"""

from dataclasses import dataclass

SUBJECT = "Có thông báo mới / Something is new"
WAITS = ("Có thông báo mới trong hệ thống.", "Something is new in the system.")
CODE = ("Mã xác nhận: {code}", "Code: {code}")
SIGN_IN = "/sign-in"


@dataclass(frozen=True, slots=True)
class Words:
    """What one letter says."""

    subject: str
    lines: tuple[str, ...]

    @property
    def body(self) -> str:
        """As a mail says it."""
        return "\n".join((*self.lines, ""))

    @property
    def text(self) -> str:
        """As a phone says it."""
        return " ".join(self.lines)


def words_of(code: str, public_url: str) -> Words:
    """A code to confirm a channel, if there is one; else that something is new, and where."""
    if code:
        return Words(SUBJECT, tuple(line.format(code=code) for line in CODE))
    where = (public_url.rstrip("/") + SIGN_IN,) if public_url else ()
    return Words(SUBJECT, WAITS + where)
