"""The forms of an installation: those built in, and its own beside or instead of them."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

from marshmallow import ValidationError

from referral.cases.forms.definition import Answers
from referral.cases.forms.form import Form
from referral.cases.forms.form_file import FormError, open_file
from referral.cases.forms.reading import (
    CODES_FILE,
    CodeLists,
    check_copies,
    read_codes,
    read_form,
)
from referral.cases.forms.versions import faults

_BUILT_IN = Path(__file__).parent

REFERRAL_PATH = (
    "incident_report",
    "identity",
    "safe_contact",
    "incident",
    "needs",
    "consent",
    "referral_summary",
)
"""The forms on the way to a first referral, in the order in which they are asked."""


OWN_VERSIONS = 101
"""From here on an installation counts the versions of a form that replaces a built-in one, so that
a later version of the product never takes a number that sections here were written under."""

Pool = Mapping[tuple[str, int], Form]
"""Forms in every version that is known, by id and version."""


def load_forms(extra: Path | None = None) -> Mapping[str, Form]:
    """Every form by id: the built-in ones, with those of the directory ``extra`` added.

    A file of ``extra`` replaces the built-in form of its name; ``needs.1.toml`` is kept for what
    was written under version 1. Its ``codes.toml`` adds lists. A directory that is not there adds
    nothing. Raises ``FormError`` naming file, line, field and reason.
    """
    if extra is None or not extra.is_dir():
        return _built_in_forms()
    own = _read_all(extra, _joined_codes(extra / CODES_FILE), is_own=True)
    _refuse_numbers_taken(own)
    return _in_force({**_built_in_pool(), **{(form.id, form.version): form for form in own}})


def wrong_files(extra: Path) -> list[FormError]:
    """Of the files of ``extra`` those that are wrong by themselves, each with its first fault."""
    try:
        codes = _joined_codes(extra / CODES_FILE)
    except FormError as fault:
        return [fault]
    found = []
    for path in _form_files(extra):
        try:
            read_form(open_file(path, is_own=True), codes)
        except FormError as fault:
            found.append(fault)
    return found


def copy_answers(
    forms: Mapping[str, Form], form_id: str, sections: Mapping[str, Answers]
) -> Answers:
    """What a form can take over from sections already filled (answers by form id), by field id.

    What the question here does not accept, such as a declined answer, is left to be asked.
    """
    found: Answers = {}
    schema = forms[form_id].schema()
    for field in forms[form_id].fields:
        source_id, _, field_id = (field.copied_from or "").partition(".")
        if field_id in sections.get(source_id, {}):
            with suppress(ValidationError):
                taken = {field.id: sections[source_id][field_id]}
                found |= schema(only=[field.id], partial=True).load(taken)
    return found


@cache
def _built_in_forms() -> Mapping[str, Form]:
    return _in_force(_built_in_pool())


@cache
def _built_in_pool() -> Pool:
    forms = _read_all(_BUILT_IN, _built_in_codes(), is_own=False)
    return {(form.id, form.version): form for form in forms}


@cache
def _built_in_codes() -> CodeLists:
    return read_codes(open_file(_BUILT_IN / CODES_FILE, is_own=False))


def _read_all(directory: Path, codes: CodeLists, *, is_own: bool) -> list[Form]:
    return [read_form(open_file(path, is_own=is_own), codes) for path in _form_files(directory)]


def _form_files(directory: Path) -> list[Path]:
    return [path for path in sorted(directory.glob("*.toml")) if path.name != CODES_FILE]


def _in_force(pool: Pool) -> Mapping[str, Form]:
    """Of each form the version that is asked now, tied to those before it."""
    linked: dict[tuple[str, int], Form] = {}
    for key in sorted(pool):
        linked[key] = _tied(pool[key], linked)
    forms: dict[str, Form] = {}
    for form in sorted(linked.values(), key=lambda one: one.is_own):
        if not form.is_earlier:
            versions = {v: other for (name, v), other in linked.items() if name == form.id}
            forms[form.id] = replace(form, versions=versions)
    for form in linked.values():
        if form.id not in forms:
            raise form.file.error(("id",), f"there is no {form.id}.toml, only an earlier version")
    for form in forms.values():
        check_copies(form, forms)
    return MappingProxyType(forms)


def _tied(form: Form, earlier: Mapping[tuple[str, int], Form]) -> Form:
    """The form with the version that it was made from; refused where answers would be lost."""
    known = [version for name, version in earlier if name == form.id]
    if form.changes is None:
        if known:
            raise form.file.error(
                ("version",),
                f"version {known[-1]} is known: say under [changes] what is other since then",
            )
        return form
    previous = earlier.get((form.id, form.changes.since))
    if previous is None:
        raise form.file.error(
            ("changes", "since"), f"there is no {form.id}.{form.changes.since}.toml"
        )
    for where, reason in faults(form.changes, previous.fields, previous.former, form.fields):
        raise form.file.error(("changes", *where), reason)
    return replace(form, previous=previous)


def _refuse_numbers_taken(own: Iterable[Form]) -> None:
    names = {name for name, _ in _built_in_pool()}
    seen: set[tuple[str, int]] = set()
    for form in own:
        if form.id in names and form.version < OWN_VERSIONS:
            raise form.file.error(
                ("version",),
                f"this form comes with the product: count your versions from {OWN_VERSIONS} on",
            )
        if (form.id, form.version) in seen:
            raise form.file.error(("version",), f"version {form.version} stands in two files")
        seen.add((form.id, form.version))


def _joined_codes(path: Path) -> CodeLists:
    if not path.exists():
        return _built_in_codes()
    file = open_file(path, is_own=True)
    own = read_codes(file)
    for list_id in own:
        if list_id in _built_in_codes():
            raise file.error(("lists", list_id), "is a built-in list: give yours another name")
    return {**_built_in_codes(), **own}
