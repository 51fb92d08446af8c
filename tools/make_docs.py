"""Make the pages of docs/ that say what the code says: permissions, states, operations and more.

python -m tools.make_docs            write the pages
python -m tools.make_docs --check    write nothing; fail where a page is out of date
"""

import argparse
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import referral
from referral import app
from referral.accounts.roles import LABELS, ROLES, ROLES_OF_KIND, Role
from referral.agencies.kinds import AgencyKind
from referral.audit.operation import OPERATIONS
from referral.jobs.schedule import HOUR, MINUTE, SCHEDULE
from referral.kernel.permissions import Permission
from referral.kernel.settings import ROOT, Settings
from referral.vault.directory import KEYLESS_ROLES

DOCS = ROOT / "docs"
MADE = "*Made by `tools/make_docs.py` from {source}; `make check` fails when it is out of date.*"
Transitions = Mapping[tuple[StrEnum, str], StrEnum]


def rooms(name: str) -> Iterator[tuple[str, ModuleType]]:
    """The module or package `name` of every capability that has one, as (capability, module)."""
    for found in pkgutil.iter_modules(referral.__path__):
        path = f"referral.{found.name}.{name}"
        if found.ispkg and find_spec(path):
            yield found.name, importlib.import_module(path)


def head(title: str, source: str, *paragraphs: str) -> list[str]:
    """A page's beginning."""
    return [f"# {title}", "", MADE.format(source=source), *_spaced(paragraphs), ""]


def _spaced(paragraphs: Iterable[str]) -> Iterator[str]:
    for paragraph in paragraphs:
        yield ""
        yield paragraph


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for row in rows:
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |")
    return [*lines, ""]


def first_line(thing: object) -> str:
    """The sentence by which something says what it is."""
    return (inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " ")


def permissions_page() -> list[str]:
    """Who may do what at all."""
    numbered = list(enumerate(Role, start=1))
    lines = head(
        "Roles and permissions",
        "`referral/accounts/roles.py`",
        "A permission says what a role may do at all. Whether it may do it to *this* case, "
        "referral or place is the rule of the operation ([operations.md](operations.md)), and "
        "what it can open is decided by keys ([vault.md](vault.md)): no circle secret is sealed "
        "to a role without keys. A member of a small station may have several roles and has the "
        "permissions of all of them, as far as the kind of the agency has the role.",
    )
    lines += table(
        ("", "Role", "English", "Vietnamese", "May hold keys"),
        (
            (
                str(number),
                f"`{role}`",
                LABELS[role][1],
                LABELS[role][0],
                "no" if role in KEYLESS_ROLES else "yes",
            )
            for number, role in numbered
        ),
    )
    lines += table(
        ("Permission", *(str(number) for number, _ in numbered)),
        (
            (f"`{name}`", *("●" if name in ROLES[role] else "" for _, role in numbered))
            for name in Permission
        ),
    )
    lines += _roles_by_kind(numbered)
    unused = sorted({*Permission} - frozenset().union(*ROLES.values()))
    names = ", ".join(f"`{name}`" for name in unused)
    return [*lines, f"In no role: {names}. Of these, the system actor (jobs) has `job:run`.", ""]


def _roles_by_kind(numbered: Sequence[tuple[int, Role]]) -> list[str]:
    words = (
        "What an agency is decides which of these roles its members may have. The founding entry "
        "in its signed log, the root's word, says what it is; a role that the kind has not gives "
        "no permission, wherever it is written."
    )
    columns = ("Kind of agency", "English", *(str(number) for number, _ in numbered))
    rows = (
        (
            f"`{kind}`",
            kind.label_en,
            *("●" if role in ROLES_OF_KIND[kind] else "" for _, role in numbered),
        )
        for kind in AgencyKind
    )
    return [words, "", *table(columns, rows)]


def transition_tables() -> Iterator[tuple[str, type[StrEnum], Transitions]]:
    """Every transition table of the product with its room and its states."""
    for room, module in rooms("states"):
        for value in vars(module).values():
            if is_transitions(value):
                yield room, type(next(iter(value))[0]), value


def is_transitions(value: object) -> bool:
    """Whether this is a table {(state, event): state}."""
    return (
        isinstance(value, dict)
        and bool(value)
        and all(isinstance(k, tuple) and len(k) == 2 and isinstance(k[0], StrEnum) for k in value)
    )


def states_page() -> list[str]:
    """One diagram a transition table."""
    lines = head(
        "States",
        "the transition tables of each `states.py`",
        "Only `kernel.states.advance` moves a state, by compare-and-set: of two at once one wins. "
        "What no arrow leaves is final.",
    )
    for room, kind, transitions in transition_tables():
        name = re.sub(r"State$", "", kind.__name__)
        lines += [f"## {name}", "", f"`referral/{room}/states.py`. {first_line(kind)}", ""]
        lines += ["```mermaid", "stateDiagram-v2", *_arrows(transitions), "```", ""]
    return lines


def _arrows(transitions: Transitions) -> Iterator[str]:
    ways: dict[tuple[str, str], list[str]] = {}
    for (before, event), after in transitions.items():
        ways.setdefault((before, after), []).append(event)
    for (source, target), events in ways.items():
        yield f"    {source} --> {target}: {', '.join(events)}"


def settings_page() -> list[str]:
    """Every environment variable that the product reads."""
    lines = head(
        "Settings",
        "`referral/kernel/settings.py`",
        "Taken from the environment. A wrong value stops the start and is named; an empty one "
        "counts as not set.",
    )
    return lines + table(
        ("Variable", "Default", "Meaning"),
        (
            (f"`{item.name.upper()}`", _default(item.default), item.metadata["about"])
            for item in fields(Settings)
        ),
    )


def _default(value: object) -> str:
    if isinstance(value, bool):
        return f"`{int(value)}`"
    if isinstance(value, Path):
        return f"`{value.relative_to(ROOT)}/` of the project"
    return f"`{value}`" if value != "" else "(empty)"


def jobs_page() -> list[str]:
    """The schedule."""
    lines = head(
        "Jobs",
        "`referral/jobs/schedule.py`",
        "Run by `flask --app wsgi jobs run`; of several such processes one holds the lease and "
        "works. A job is an operation that the system actor performs. The system actor has no "
        "keys; its connection reads no table of ciphertexts, on PostgreSQL by the role that "
        "`JOBS_DATABASE_URL` names, on SQLite by an authorizer. A run that finds nothing to do "
        "leaves no entry in the access log.",
    )
    return lines + table(
        ("Job", "Every", "What it does", "Vietnamese"),
        ((f"`{job.id}`", _period(job.every), job.en, job.vi) for job in SCHEDULE),
    )


def _period(seconds: int) -> str:
    for length, word in ((HOUR, "h"), (MINUTE, "min")):
        if seconds % length == 0:
            return f"{seconds // length} {word}"
    return f"{seconds} s"


def events_page() -> list[str]:
    """What the upper rooms hear of the lower ones."""
    heard: dict[str, list[Callable[..., None]]] = {}
    for kind, handler in app.SUBSCRIPTIONS:
        heard.setdefault(f"{kind.__module__}.{kind.__name__}", []).append(handler)
    lines = head(
        "Events",
        "`SUBSCRIPTIONS` in `referral/app.py`",
        "A lower room publishes; the handlers of the upper ones run at once, in this order, in the "
        "publisher's transaction. An exception in one undoes everything.",
    )
    for room, module in rooms("events"):
        for kind in _events_of(module):
            lines += [f"## {kind.__name__}", "", f"`referral/{room}/events.py`. {first_line(kind)}"]
            lines += ["", f"Carries {', '.join(f'`{item.name}`' for item in fields(kind))}.", ""]
            handlers = heard.get(f"{kind.__module__}.{kind.__name__}", [])
            lines += [f"- `{_place(handler)}`: {first_line(handler)}" for handler in handlers]
            lines += [""] if handlers else ["Nobody listens yet.", ""]
    return lines


def _events_of(module: ModuleType) -> Iterator[type]:
    for value in vars(module).values():
        if is_dataclass(value) and isinstance(value, type) and value.__module__ == module.__name__:
            yield value


def _place(function: Callable[..., object]) -> str:
    return f"{function.__module__.removeprefix('referral.')}.{function.__name__}"


def operations_page() -> list[str]:
    """Every operation with its permission and rule, and what the rules say."""
    lines = head(
        "Operations",
        "`audit.operation.OPERATIONS`, which the decorator `@operation` fills",
        "What a page, the API, a command or a job can do. Each checks the permission, then the "
        "rule on its object, both under the write lock, and where *passphrase* is said that it was "
        "given in this session within ten minutes; then it acts, and where *logged* it leaves "
        "a signed entry in the access log. A refusal leaves one too.",
    )
    ordered = sorted(OPERATIONS.values(), key=lambda item: item.name)
    for room in sorted({item.name.partition(".")[0] for item in ordered}):
        lines += [f"## {room}", ""]
        lines += table(
            ("Operation", "Permission", "Rule", "Passphrase", "Logged", "What it does"),
            (
                (
                    f"`{item.name.partition('.')[2]}`",
                    f"`{item.permission}`",
                    f"`{item.rule}`",
                    "again" if item.proof else "",
                    "yes" if item.audited else "no",
                    item.about,
                )
                for item in ordered
                if item.name.startswith(f"{room}.")
            ),
        )
    return [*lines, "## What the rules say", "", *_rules()]


def _rules() -> list[str]:
    used = {item.rule for item in OPERATIONS.values()}
    rows = [("`anyone`", "The permission alone decides; there is no object.")]
    for room, module in rooms("policy"):
        for name, rule in inspect.getmembers(module, inspect.isfunction):
            if name in used and rule.__module__ == module.__name__:
                rows.append((f"`{room}.policy.{name}`", first_line(rule)))
    return table(("Rule", "Holds when"), rows)


PAGES: Mapping[str, Callable[[], list[str]]] = {
    "permissions.md": permissions_page,
    "states.md": states_page,
    "settings.md": settings_page,
    "jobs.md": jobs_page,
    "events.md": events_page,
    "operations.md": operations_page,
}


def texts() -> dict[str, str]:
    """Every generated page by its file name."""
    dict(rooms("service"))  # an operation is known once its room is loaded
    return {name: "\n".join(make()).rstrip() + "\n" for name, make in PAGES.items()}


def out_of_date(folder: Path) -> list[str]:
    """Names of generated pages that `folder` lacks, or that say something else there."""
    return [
        name
        for name, text in texts().items()
        if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != text
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if out of date")
    if parser.parse_args(arguments).check:
        stale = out_of_date(DOCS)
        for name in stale:
            print(f"docs/{name} is out of date: run python -m tools.make_docs", file=sys.stderr)
        return 1 if stale else 0
    for name, text in texts().items():
        (DOCS / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
