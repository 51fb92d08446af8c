"""The guides of docs/guide/: Markdown for people, shown inside the system as it stands there."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from markdown_it import MarkdownIt
from markupsafe import Markup

from referral.accounts.roles import Role
from referral.kernel.settings import ROOT

DOCS: Final = ROOT / "docs"
FOLDER: Final = DOCS / "guide"
EVERYBODY: Final = "everybody"
"""What may be read before signing in: it says nothing of what the system is for."""
ROLES_OF: Final[dict[str, frozenset[Role]]] = {
    "police_officer": frozenset({Role.POLICE_OFFICER}),
    "health_worker": frozenset({Role.HEALTH_WORKER}),
    "social_worker": frozenset({Role.SOCIAL_WORKER, Role.CASE_WORKER}),
    "shelter_keeper": frozenset({Role.SHELTER_KEEPER, Role.NIGHT_KEEPER}),
    "supervisor": frozenset({Role.SUPERVISOR}),
    "commune_chair": frozenset({Role.COMMUNE_CHAIR}),
    "duty_officer": frozenset({Role.DUTY_OFFICER}),
    "agency_administrator": frozenset({Role.AGENCY_ADMINISTRATOR}),
    "privacy_officer": frozenset({Role.PRIVACY_OFFICER, Role.AUDITOR}),
    "statistician": frozenset({Role.STATISTICIAN, Role.APPROVER}),
    "coordinator": frozenset(
        {Role.COORDINATOR, Role.UNIT_REPORTING_OFFICER, Role.LEAD_DEPARTMENT_OFFICER}
    ),
    "system_administrator": frozenset({Role.SYSTEM_ADMINISTRATOR}),
}
"""Which roles each guide is for; an address names it by its place here, which says nothing."""
_WORDS_TITLE: Final = "## The words explained to users\n"
# No raw HTML: what looks like a tag in a file is shown as it was typed.
_markdown: Final = MarkdownIt("commonmark", {"html": False})


@dataclass(frozen=True, slots=True)
class Guide:
    """One guide in one language."""

    number: int
    roles: frozenset[Role]
    title: str
    body: Markup


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the screens, and what it means."""

    word: str
    meaning: str


def guide(number: int, language: str) -> Guide:
    """The guide with this number, from 1 on."""
    name = list(ROLES_OF)[number - 1]
    title, body = _read(name, language)
    return Guide(number, ROLES_OF[name], title, body)


def guides(language: str) -> list[Guide]:
    """All of them, in order."""
    return [guide(number, language) for number in range(1, len(ROLES_OF) + 1)]


def for_everybody(language: str) -> Markup:
    """What everybody may read."""
    return _read(EVERYBODY, language)[1]


@cache
def _read(name: str, language: str) -> tuple[str, Markup]:
    """Title and body of a file; each is read and rendered once."""
    source = (FOLDER / f"{name}.{language}.md").read_text(encoding="utf-8")
    title, _, rest = source.partition("\n")
    return title.removeprefix("# "), _rendered(rest)


def _rendered(markdown: str) -> Markup:
    return Markup(_markdown.render(markdown))  # nosec B704 # noqa: S704 - our own file, no raw HTML


@cache
def words(language: str) -> tuple[Word, ...]:
    """The words that docs/glossary.md explains to users, in one language, in its order."""
    page = (DOCS / "glossary.md").read_text(encoding="utf-8")
    table = page.partition(_WORDS_TITLE)[2].partition("\n## ")[0]
    rows = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in table.splitlines()
        if line.startswith("|")
    ]
    first = 2 * (language == "en")
    return tuple(Word(row[first], row[first + 1]) for row in rows[2:])
