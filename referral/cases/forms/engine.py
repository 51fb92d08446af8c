"""The forms of an installation: those built in, and its own beside or instead of them."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import MappingProxyType

from marshmallow import ValidationError

from referral.cases.forms.definition import Answers
from referral.cases.forms.form import Form
from referral.cases.forms.form_file import open_file
from referral.cases.forms.reading import (
    CODES_FILE,
    CodeLists,
    check_copies,
    read_codes,
    read_form,
)

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


def load_forms(extra: Path | None = None) -> Mapping[str, Form]:
    """Every form by id: the built-in ones, with those of the directory ``extra`` added.

    A file of ``extra`` replaces the built-in form of its name and must carry another version, for
    what is stored names the version it answers. Its ``codes.toml`` adds lists. A directory that is
    not there adds nothing. Raises ``FormError`` naming file, line, field and reason.
    """
    if extra is None or not extra.is_dir():
        return _built_in_forms()
    codes = _joined_codes(extra / CODES_FILE)
    own = [read_form(open_file(path, is_own=True), codes) for path in _form_files(extra)]
    forms = {**_built_in_forms(), **{form.id: form for form in own}}
    for form in own:
        _refuse_same_version(form)
    _check_all_copies(forms)
    return MappingProxyType(forms)


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
    codes = _built_in_codes()
    forms = {
        path.stem: read_form(open_file(path, is_own=False), codes)
        for path in _form_files(_BUILT_IN)
    }
    _check_all_copies(forms)
    return MappingProxyType(forms)


@cache
def _built_in_codes() -> CodeLists:
    return read_codes(open_file(_BUILT_IN / CODES_FILE, is_own=False))


def _form_files(directory: Path) -> Iterable[Path]:
    return (path for path in sorted(directory.glob("*.toml")) if path.name != CODES_FILE)


def _joined_codes(path: Path) -> CodeLists:
    if not path.exists():
        return _built_in_codes()
    file = open_file(path, is_own=True)
    own = read_codes(file)
    for list_id in own:
        if list_id in _built_in_codes():
            raise file.error(("lists", list_id), "is a built-in list: give yours another name")
    return {**_built_in_codes(), **own}


def _refuse_same_version(form: Form) -> None:
    replaced = _built_in_forms().get(form.id)
    if replaced is not None and replaced.version == form.version:
        raise form.file.error(
            ("version",), f"version {form.version} is that of the built-in form: raise it"
        )


def _check_all_copies(forms: Mapping[str, Form]) -> None:
    for form in forms.values():
        check_copies(form, forms)
