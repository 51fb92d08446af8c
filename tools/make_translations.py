"""Brings the Vietnamese catalogue up to date with the message ids in pages and modules.

    python tools/make_translations.py            extract, update messages.po, compile messages.mo
    python tools/make_translations.py --compile  compile only (what set-up does)

Message ids are English. They are found in `_()`, `gettext()`, `lazy_gettext()` and `ngettext()`, in
the templates, and in every string enum of a module called `messages.py` (lower layers know no
gettext: they name the message, and the edge translates it). What has no Vietnamese yet is listed,
and the exit is 1.
"""

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "referral/web/translations/vi/LC_MESSAGES/messages.po"
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}


Message = str | tuple[str, ...]
"""A message id; singular and plural together where English has two."""


def found_messages(root: Path = ROOT) -> dict[Message, list[str]]:
    """Every message id with the files that use it."""
    found: dict[Message, list[str]] = {}
    for message, file in [*_called(root), *_listed(root)]:
        files = found.setdefault(message, [])
        if file not in files:
            files.append(file)
    return found


def _called(root: Path) -> Iterator[tuple[Message, str]]:
    for folder, methods in (
        ("referral", [("**.py", "python")]),
        ("templates", [("**.html", "jinja2"), ("**.txt", "jinja2")]),
    ):
        options = {"**.html": {"silent": "false"}, "**.txt": {"silent": "false"}}
        for file, _line, message, *_ in extract_from_dir(
            root / folder,
            methods,
            options,
            keywords=KEYWORDS,
            directory_filter=lambda _folder: True,  # Babel would pass over _macros and _partials
        ):
            yield message, f"{folder}/{file}"


def _listed(root: Path) -> Iterator[tuple[Message, str]]:
    for path in sorted((root / "referral").rglob("messages.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            value = node.value if isinstance(node, ast.Assign) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value, str(path.relative_to(root))


def read_catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="vi")


def first_form(message: Message) -> str:
    """The message itself, or the first of its forms."""
    return message if isinstance(message, str) else message[0]


def update() -> Catalog:
    """The catalogue of what is used now: new ids stand untranslated, old ones are dropped."""
    known = read_catalogue() if CATALOGUE.exists() else Catalog(locale="vi")
    fresh = Catalog(locale="vi", project="referral", charset="utf-8", fuzzy=False)
    fresh.header_comment = "# Vietnamese of every message id; kept by tools/make_translations.py."
    for message, files in sorted(found_messages().items(), key=lambda item: first_form(item[0])):
        before = known.get(message)
        text = first_form(before.string) if before else ""
        string = text if isinstance(message, str) else (text,)  # Vietnamese has one form
        fresh.add(message, string, locations=[(f, None) for f in files])
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as file:
        write_po(file, fresh, width=100, omit_header=False, include_lineno=False)
    text = CATALOGUE.read_text(encoding="utf-8")
    # dates and tool versions would change the file on every run
    volatile = ("POT-", "PO-Revision", "Generated-By", "Last-Tr", "Report-Msgid", "Language-Team")
    lines = [
        line
        for line in text.splitlines()
        if not line.startswith(tuple(f'"{name}' for name in volatile))
    ]
    CATALOGUE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return fresh


def compile_catalogue() -> None:
    """Write `messages.mo` beside the source, whole or not at all."""
    target = CATALOGUE.with_suffix(".mo")
    partial = target.with_suffix(f".{os.getpid()}.part")
    with partial.open("wb") as file:
        write_mo(file, read_catalogue())
    partial.replace(target)


def main() -> int:
    missing = (
        []
        if "--compile" in sys.argv
        else [m.id for m in update() if m.id and not first_form(m.string)]
    )
    compile_catalogue()
    for message in missing:
        print(f"no Vietnamese yet: {message!r}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
