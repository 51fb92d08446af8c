"""What a page says of the paper on which a section was written first."""

from typing import Final

from flask_babel import gettext

from referral.cases.late_entry import Paper, paper_of
from referral.cases.opening import OpenedSection
from referral.web.format import write_date, write_moment
from referral.web.forms import member_name

GUARDED_NAME: Final = "taken_by_name"
"""On paper a village head's name would tell the village; a member of staff is named."""


def is_kept(section: OpenedSection) -> bool:
    """Whether the paper is kept, and to be destroyed."""
    paper = paper_of(section.answers)
    return paper is not None and paper.kept_until is not None


def written_on_paper(section: OpenedSection, *, names_whom: bool = True, of: str = "") -> str:
    """When, by whom, when it was typed in, and what becomes of the paper; empty without one.

    `of`: the agency that holds it, if it is another, which then stands in the place of a person.
    """
    paper = paper_of(section.answers)
    if paper is None:
        return ""
    said = gettext(
        "Written on paper %(taken)s by %(who)s, typed in %(recorded)s.",
        taken=write_moment(paper.taken_at),
        who=of or _who(paper, names_whom=names_whom),
        recorded=write_moment(section.recorded_at),
    )
    return f"{said} {_fate(paper)}".rstrip()


def _who(paper: Paper, *, names_whom: bool) -> str:
    if paper.taken_by is not None:
        return member_name(str(paper.taken_by))
    return paper.taken_by_name if names_whom else gettext("somebody without an account")


def _fate(paper: Paper) -> str:
    if paper.kept_until is not None:
        return str(gettext("The paper is kept until %(day)s.", day=write_date(paper.kept_until)))
    if paper.destroyed_on is None:
        return ""
    return str(gettext("The paper was destroyed %(day)s.", day=write_date(paper.destroyed_on)))
