"""What was written on paper first and typed in later: by whom, when, and what becomes of the paper.

It stands among the answers (`PAPER`), sealed with them. Who recorded it and when is the server's to
say. What counts from the hour in which somebody was heard counts from when the paper was written;
what anybody may do with it begins when it is recorded, and never before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from referral.accounts.queries import is_of_agency
from referral.audit.trail import trail
from referral.cases.forms.definition import PAPER, SHEET
from referral.cases.forms.limits import taken_at
from referral.cases.forms.messages import Message
from referral.cases.forms.sheets import Printer, is_printed_by
from referral.kernel import clock
from referral.kernel.errors import InvalidInput
from referral.vault.codec import digest, pack
from referral.vault.keys import Keyring

LONGEST: Final = timedelta(days=366)
"""A paper older than this is a date that was mistyped."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that was typed in; `taken_by` is a member of staff, else a name stands alone."""

    taken_at: datetime
    taken_by: UUID | None
    taken_by_name: str
    destroyed_on: date | None
    kept_until: date | None


def paper_of(answers: Mapping[str, Any]) -> Paper | None:
    """The paper that answers were typed in from; none for what was typed at once."""
    written = taken_at(answers)
    if written is None:
        return None
    row = answers[PAPER.id][0]
    is_kept = row.get("fate") == "kept"
    return Paper(
        datetime.fromisoformat(written),
        UUID(row["taken_by"]) if "taken_by" in row else None,
        row.get("taken_by_name", ""),
        None if is_kept else _day(row.get("destroyed_on")),
        _day(row.get("kept_until")) if is_kept else None,
    )


def _day(said: str | None) -> date | None:
    return date.fromisoformat(said) if said else None


def heard_at(answers: Mapping[str, Any]) -> datetime:
    """When she was heard: when the paper was written, else now."""
    paper = paper_of(answers)
    return paper.taken_at if paper else clock.now()


def expect_true(
    keyring: Keyring, answers: Mapping[str, Any], before: Mapping[str, Any] | None
) -> None:
    """`InvalidInput` for a sheet or a paper that cannot be as it is said to be.

    What stood so in the revision `before` is not asked again: who wrote it may have left since.
    """
    wrong = _wrong_paper(keyring, answers, before or {})
    number, stood = answers.get(SHEET.id), (before or {}).get(SHEET.id)
    if number is not None and number != stood and not _is_own(keyring, number):
        wrong[SHEET.id] = [str(Message.SHEET_OF_OTHERS)]
    if wrong:
        raise InvalidInput(wrong)


def _is_own(keyring: Keyring, number: str) -> bool:
    """Whether the session's agency, or one that it succeeds, has printed the sheet."""
    return any(is_printed_by(number, printer(agency_id)) for agency_id in keyring.agency_ids)


def _wrong_paper(
    keyring: Keyring, answers: Mapping[str, Any], before: Mapping[str, Any]
) -> dict[str, list[str]]:
    paper, stood = paper_of(answers), paper_of(before)
    if paper is None or (stood is not None and _origin(stood) == _origin(paper)):
        return {}
    wrong = {}
    if paper.taken_at > clock.now():
        wrong["taken_at"] = Message.TAKEN_LATER
    elif paper.taken_at < clock.now() - LONGEST:
        wrong["taken_at"] = Message.TAKEN_TOO_EARLY
    if (paper.taken_by is None) == (not paper.taken_by_name):
        wrong["taken_by"] = Message.TAKEN_BY_ONE
    elif paper.taken_by and not is_of_agency(paper.taken_by, keyring.agency_ids):
        wrong["taken_by"] = Message.TAKEN_BY_OTHER
    return {f"{PAPER.id}.0.{name}": [str(said)] for name, said in wrong.items()}


def _origin(paper: Paper) -> tuple[datetime, UUID | None, str]:
    return paper.taken_at, paper.taken_by, paper.taken_by_name


def recorded_at(
    answers: Mapping[str, Any], before: Mapping[str, Any], recorded_before: datetime | None
) -> datetime | None:
    """When what was on the paper was first typed in: a correction keeps it."""
    paper, stood = paper_of(answers), paper_of(before)
    if paper is None:
        return None
    is_same = stood is not None and stood.taken_at == paper.taken_at
    return recorded_before if is_same and recorded_before else clock.now()


def destroyed(answers: Mapping[str, Any], on: date) -> dict[str, Any]:
    """The answers with their paper as destroyed."""
    row = {name: said for name, said in answers[PAPER.id][0].items() if name != "kept_until"}
    gone = row | {"fate": "destroyed", "destroyed_on": on.isoformat()}
    return {**answers, PAPER.id: [gone]}


def printer(agency_id: UUID) -> Printer:
    """By what an agency knows its own sheets again: a digest that only this server works out."""

    def mark(letters: str) -> bytes:
        return digest(trail.server.sign_as("sheet", pack((agency_id, letters))))

    return mark
