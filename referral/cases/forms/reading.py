"""Reads form files and code lists, and refuses a wrong one by file, field and reason."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from referral.cases.forms.definition import (
    CODED_TYPES,
    DECLINED,
    LISTED_TYPES,
    NO,
    TEXT_TYPES,
    UNKNOWN,
    YES,
    Field,
    FieldType,
    Option,
    ShownWhen,
)
from referral.cases.forms.form import Form

CodeLists = Mapping[str, tuple[Option, ...]]

CODES_FILE = "codes.toml"

_FIELD_ID = validate.Regexp(re.compile(r"[a-z][a-z0-9_]{0,39}\Z"))
_CODE = validate.Regexp(re.compile(r"[a-z0-9][a-z0-9_]{0,39}\Z"))
_LABEL = validate.Length(min=1, max=300)
_LENGTHS = {FieldType.TEXT: 200, FieldType.LONG_TEXT: 4000}
_YES_NO = (YES, NO)


class FormError(ValueError):
    """A form file that cannot be used; ``file``, ``field`` ("" for the file) and ``reason``."""

    def __init__(self, file: str, field: str, reason: str) -> None:
        where = f"{file}, field '{field}'" if field else file
        super().__init__(f"{where}: {reason}")
        self.file = file
        self.field = field
        self.reason = reason


class _OptionEntry(Schema):
    id = fields.String(required=True, validate=_CODE)
    vi = fields.String(required=True, validate=_LABEL)
    en = fields.String(required=True, validate=_LABEL)
    gbvims = fields.String()
    source = fields.String()
    alone = fields.Boolean()


class _CodeListEntry(Schema):
    source = fields.String(required=True, validate=_LABEL)
    options = fields.List(
        fields.Nested(_OptionEntry), required=True, validate=validate.Length(min=1)
    )


class _CodesFile(Schema):
    lists = fields.Dict(
        keys=fields.String(validate=_FIELD_ID), values=fields.Nested(_CodeListEntry), required=True
    )


class _ShownWhenEntry(Schema):
    field = fields.String(required=True)
    any_of = fields.List(fields.String(), required=True, validate=validate.Length(min=1))


class _FieldEntry(Schema):
    id = fields.String(required=True, validate=_FIELD_ID)
    type = fields.Enum(FieldType, by_value=True, required=True)
    vi = fields.String(required=True, validate=_LABEL)
    en = fields.String(required=True, validate=_LABEL)
    hint_vi = fields.String()
    hint_en = fields.String()
    options = fields.String()
    required = fields.Boolean()
    core = fields.Boolean()
    decline = fields.Boolean()
    unknown_ = fields.Boolean(data_key="unknown", attribute="unknown")
    fact = fields.Boolean()
    max_length = fields.Integer(strict=True, validate=validate.Range(1, 20_000))
    minimum = fields.Integer(strict=True)
    maximum = fields.Integer(strict=True)
    shown_when = fields.Nested(_ShownWhenEntry)
    copied_from = fields.String(
        validate=validate.Regexp(re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\Z"))
    )
    gbvims = fields.String()
    source = fields.String()


class _FormFile(Schema):
    id = fields.String(required=True, validate=_FIELD_ID)
    version = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    title_vi = fields.String(required=True, validate=_LABEL)
    title_en = fields.String(required=True, validate=_LABEL)
    asked_of_survivor = fields.Boolean(load_default=True)
    source = fields.String()
    fields_ = fields.List(
        fields.Nested(_FieldEntry),
        required=True,
        data_key="fields",
        attribute="fields",
        validate=validate.Length(min=1),
    )


def read_codes(path: Path) -> CodeLists:
    """The code lists of one ``codes.toml``, by id; raises ``FormError``."""
    entries = _load(path, _CodesFile())["lists"]
    for list_id, entry in entries.items():
        _refuse_repeats(path, list_id, (option["id"] for option in entry["options"]))
        _refuse_reserved(path, list_id, (option["id"] for option in entry["options"]))
    return {
        list_id: tuple(
            Option(**{"source": entry["source"], **option}) for option in entry["options"]
        )
        for list_id, entry in entries.items()
    }


def read_form(path: Path, codes: CodeLists) -> Form:
    """The form of one file, its lists taken from ``codes``; raises ``FormError``."""
    entry = _load(path, _FormFile())
    if entry["id"] != path.stem:
        raise FormError(path.name, "", f"the id '{entry['id']}' must be the name of the file")
    _refuse_repeats(path, "", (field["id"] for field in entry["fields"]))
    form = Form(
        id=entry["id"],
        version=entry["version"],
        title_vi=entry["title_vi"],
        title_en=entry["title_en"],
        source=entry.get("source"),
        fields=tuple(
            _field(path, field, codes, asked_of_survivor=entry["asked_of_survivor"])
            for field in entry["fields"]
        ),
    )
    for position, field in enumerate(form.fields):
        _check_shown_when(path, field, form.fields[:position])
    return form


def check_copies(path: Path, form: Form, forms: Mapping[str, Form]) -> None:
    """Refuse a field that is to be copied from a question that does not exist or does not fit."""
    for field in form.fields:
        if field.copied_from is None:
            continue
        source = _find(forms, field.copied_from)
        if source is None:
            raise FormError(path.name, field.id, f"no question '{field.copied_from}' to copy from")
        if (source.type, source.options) != (field.type, field.options):
            raise FormError(
                path.name, field.id, f"'{field.copied_from}' is of another type or code list"
            )


def _find(forms: Mapping[str, Form], path_of_field: str) -> Field | None:
    form_id, _, field_id = path_of_field.partition(".")
    asked = forms[form_id].fields if form_id in forms else ()
    return next((field for field in asked if field.id == field_id), None)


def _load(path: Path, schema: Schema) -> dict[str, Any]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise FormError(path.name, "", str(problem)) from problem
    try:
        loaded: dict[str, Any] = schema.load(raw)
    except ValidationError as problem:
        steps, reason = next(_problems(problem.messages))
        raise FormError(path.name, _named(raw, steps), reason) from problem
    return loaded


def _problems(messages: Any, steps: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Each message of a nested marshmallow error with the way to it."""
    if isinstance(messages, Mapping):
        for step, nested in messages.items():
            yield from _problems(nested, (*steps, step))
    else:
        key = next((step for step in reversed(steps) if isinstance(step, str)), "")
        yield steps, f"{key}: {messages[0]}"


def _named(raw: dict[str, Any], steps: tuple[Any, ...]) -> str:
    """The id of the field or code list that the steps of an error lead through."""
    if steps[:1] == ("lists",) and len(steps) > 1:
        return str(steps[1])
    if steps[:1] != ("fields",) or len(steps) < 2 or not isinstance(steps[1], int):
        return ""
    entry = raw["fields"][steps[1]]
    return str(entry.get("id", steps[1])) if isinstance(entry, dict) else str(steps[1])


def _refuse_repeats(path: Path, field: str, ids: Iterable[str]) -> None:
    repeated = [given for given, times in Counter(ids).items() if times > 1]
    if repeated:
        raise FormError(path.name, field or repeated[0], f"'{repeated[0]}' stands twice")


def _refuse_reserved(path: Path, field: str, ids: Iterable[str]) -> None:
    reserved = {UNKNOWN.id, DECLINED.id} & set(ids)
    if reserved:
        raise FormError(
            path.name, field, f"'{min(reserved)}' is kept for the answer that every question has"
        )


def _field(
    path: Path, entry: dict[str, Any], codes: CodeLists, *, asked_of_survivor: bool
) -> Field:
    kind: FieldType = entry["type"]
    made = {"decline": asked_of_survivor, "max_length": _LENGTHS.get(kind, 200), **entry}
    made["options"] = _options(path, entry, codes)
    if kind is FieldType.YES_NO_UNKNOWN:
        made["unknown"] = True
    if "shown_when" in entry:
        shown = entry["shown_when"]
        made["shown_when"] = ShownWhen(shown["field"], tuple(shown["any_of"]))
    field = Field(**made)
    _check_fit(path, field, entry)
    return field


def _options(path: Path, entry: dict[str, Any], codes: CodeLists) -> tuple[Option, ...]:
    kind: FieldType = entry["type"]
    if kind is FieldType.YES_NO_UNKNOWN:
        return _YES_NO
    if kind not in LISTED_TYPES:
        return ()
    if "options" not in entry:
        raise FormError(path.name, entry["id"], f"a {kind} needs options, the name of a code list")
    if entry["options"] not in codes:
        raise FormError(path.name, entry["id"], f"there is no code list '{entry['options']}'")
    return codes[entry["options"]]


def _check_fit(path: Path, field: Field, entry: dict[str, Any]) -> None:
    """Refuse what the type of the field has no use for, and figures that contradict each other."""
    listed, number = field.type in LISTED_TYPES, field.type is FieldType.NUMBER
    text = field.type in TEXT_TYPES
    misplaced = {
        "options": not listed,
        "minimum": not number,
        "maximum": not number,
        "max_length": not text,
        "unknown": text or field.type is FieldType.YES_NO_UNKNOWN,
    }
    for key, is_misplaced in misplaced.items():
        if is_misplaced and key in entry:
            raise FormError(path.name, field.id, f"a {field.type} takes no {key}")
    if field.fact and field.type not in CODED_TYPES:
        raise FormError(path.name, field.id, f"a {field.type} is not coded: no fact may carry it")
    if field.minimum > field.maximum:
        raise FormError(path.name, field.id, "minimum is above maximum")
    if bool(field.hint_vi) != bool(field.hint_en):
        raise FormError(path.name, field.id, "the hint must be in both languages")


def _check_shown_when(path: Path, field: Field, before: tuple[Field, ...]) -> None:
    if field.shown_when is None:
        return
    leading = next((other for other in before if other.id == field.shown_when.field), None)
    if leading is None:
        raise FormError(
            path.name, field.id, f"shown_when: no question '{field.shown_when.field}' before it"
        )
    missing = set(field.shown_when.any_of) - {option.id for option in leading.choices}
    if missing:
        raise FormError(
            path.name, field.id, f"shown_when: '{leading.id}' has no answer '{min(missing)}'"
        )
