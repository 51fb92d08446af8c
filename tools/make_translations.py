"""Brings the Vietnamese catalogue up to date with the message ids in pages and modules.

    python tools/make_translations.py            extract, update messages.po, compile messages.mo
    python tools/make_translations.py --compile  compile only (what set-up does)

Message ids are English. They are found in `_()`, `gettext()` and `lazy_gettext()`, in the
templates, and in every string enum of a module called `messages.py` (lower layers know no gettext:
they name the message, and the edge translates it). What has no Vietnamese yet is listed, and the
exit is 1.
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


def found_messages(root: Path = ROOT) -> dict[str, list[str]]:
    """Every message id with the files that use it."""
    found: dict[str, list[str]] = {}
    for message, file in [*_called(root), *_listed(root)]:
        files = found.setdefault(message, [])
        if file not in files:
            files.append(file)
    return found


def _called(root: Path) -> Iterator[tuple[str, str]]:
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
            for text in message if isinstance(message, tuple) else (message,):
                yield text, f"{folder}/{file}"


def _listed(root: Path) -> Iterator[tuple[str, str]]:
    for path in sorted((root / "referral").rglob("messages.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            value = node.value if isinstance(node, ast.Assign) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value, str(path.relative_to(root))


def read_catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="vi")


def update() -> Catalog:
    """The catalogue of what is used now: new ids stand untranslated, old ones are dropped."""
    known = read_catalogue() if CATALOGUE.exists() else Catalog(locale="vi")
    fresh = Catalog(locale="vi", project="referral", charset="utf-8", fuzzy=False)
    fresh.header_comment = "# Vietnamese of every message id; kept by tools/make_translations.py."
    for message, files in sorted(found_messages().items()):
        before = known.get(message)
        fresh.add(message, before.string if before else "", locations=[(f, None) for f in files])
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
    missing = [] if "--compile" in sys.argv else [m.id for m in update() if m.id and not m.string]
    compile_catalogue()
    for message in missing:
        print(f"no Vietnamese yet: {message!r}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
