"""Reads form files and code lists, and refuses a wrong one by file, line, field and reason."""

import re
from collections.abc import Iterator, Mapping, Sequence
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
from referral.cases.forms.form_file import FormFile, Steps

CodeLists = Mapping[str, tuple[Option, ...]]

CODES_FILE = "codes.toml"

_FIELD_ID = validate.Regexp(re.compile(r"[a-z][a-z0-9_]{0,39}\Z"))
_CODE = validate.Regexp(re.compile(r"[a-z0-9][a-z0-9_]{0,39}\Z"))
_LABEL = validate.Length(min=1, max=300)
_LENGTHS = {FieldType.TEXT: 200, FieldType.LONG_TEXT: 4000}
_YES_NO = (YES, NO)


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


def read_codes(file: FormFile) -> CodeLists:
    """The code lists of one ``codes.toml``, by id; raises ``FormError``."""
    entries = _load(file, _CodesFile())["lists"]
    for list_id, entry in entries.items():
        place: Steps = ("lists", list_id, "options")
        _refuse_repeats(file, place, entry["options"])
        for position, option in enumerate(entry["options"]):
            if option["id"] in {UNKNOWN.id, DECLINED.id}:
                raise file.error(
                    (*place, position, "id"),
                    f"'{option['id']}' is kept for the answer that every question has",
                )
    return {
        list_id: tuple(
            Option(**{"source": entry["source"], **option}) for option in entry["options"]
        )
        for list_id, entry in entries.items()
    }


def read_form(file: FormFile, codes: CodeLists) -> Form:
    """The form of one file, its lists taken from ``codes``; raises ``FormError``."""
    entry = _load(file, _FormFile())
    if entry["id"] != file.path.stem:
        raise file.error(("id",), f"the id '{entry['id']}' must be the name of the file")
    _refuse_repeats(file, ("fields",), entry["fields"])
    form = Form(
        id=entry["id"],
        version=entry["version"],
        title_vi=entry["title_vi"],
        title_en=entry["title_en"],
        source=entry.get("source"),
        fields=tuple(
            _field(file, position, field, codes, asked_of_survivor=entry["asked_of_survivor"])
            for position, field in enumerate(entry["fields"])
        ),
        file=file,
    )
    for position, field in enumerate(form.fields):
        _check_shown_when(file, position, field, form.fields[:position])
    return form


def check_copies(form: Form, forms: Mapping[str, Form]) -> None:
    """Refuse a field that is to be copied from a question that does not exist or does not fit."""
    for position, field in enumerate(form.fields):
        if field.copied_from is None:
            continue
        place = ("fields", position, "copied_from")
        source = _find(forms, field.copied_from)
        if source is None:
            raise form.file.error(place, f"no question '{field.copied_from}' to copy from")
        if (source.type, source.options) != (field.type, field.options):
            raise form.file.error(place, f"'{field.copied_from}' is of another type or code list")


def _find(forms: Mapping[str, Form], path_of_field: str) -> Field | None:
    form_id, _, field_id = path_of_field.partition(".")
    asked = forms[form_id].fields if form_id in forms else ()
    return next((field for field in asked if field.id == field_id), None)


def _load(file: FormFile, schema: Schema) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(file.content)
    except ValidationError as problem:
        steps, reason = next(_problems(problem.messages))
        # marshmallow tells apart the key and the value of a table with free keys.
        is_list = steps[:1] == ("lists",)
        raise file.error((*steps[:2], *steps[3:]) if is_list else steps, reason) from problem
    return loaded


def _problems(messages: Any, steps: Steps = ()) -> Iterator[tuple[Steps, str]]:
    """Each message of a nested marshmallow error with the way to it."""
    if isinstance(messages, Mapping):
        for step, nested in messages.items():
            yield from _problems(nested, (*steps, step))
    else:
        key = next((step for step in reversed(steps) if isinstance(step, str)), "")
        yield steps, f"{key}: {messages[0]}"


def _refuse_repeats(file: FormFile, place: Steps, entries: Sequence[Mapping[str, Any]]) -> None:
    seen: set[str] = set()
    for position, entry in enumerate(entries):
        if entry["id"] in seen:
            raise file.error((*place, position, "id"), f"'{entry['id']}' stands twice")
        seen.add(entry["id"])


def _field(
    file: FormFile,
    position: int,
    entry: dict[str, Any],
    codes: CodeLists,
    *,
    asked_of_survivor: bool,
) -> Field:
    place: Steps = ("fields", position)
    kind: FieldType = entry["type"]
    made = {"decline": asked_of_survivor, "max_length": _LENGTHS.get(kind, 200), **entry}
    made["options"] = _options(file, place, entry, codes)
    if kind is FieldType.YES_NO_UNKNOWN:
        made["unknown"] = True
    if "shown_when" in entry:
        shown = entry["shown_when"]
        made["shown_when"] = ShownWhen(shown["field"], tuple(shown["any_of"]))
    field = Field(**made)
    _check_fit(file, place, field, entry)
    return field


def _options(
    file: FormFile, place: Steps, entry: dict[str, Any], codes: CodeLists
) -> tuple[Option, ...]:
    kind: FieldType = entry["type"]
    if kind is FieldType.YES_NO_UNKNOWN:
        return _YES_NO
    if kind not in LISTED_TYPES:
        return ()
    if "options" not in entry:
        raise file.error(place, f"a {kind} needs options, the name of a code list")
    if entry["options"] not in codes:
        raise file.error((*place, "options"), f"there is no code list '{entry['options']}'")
    return codes[entry["options"]]


def _check_fit(file: FormFile, place: Steps, field: Field, entry: dict[str, Any]) -> None:
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
            raise file.error((*place, key), f"a {field.type} takes no {key}")
    if field.fact and field.type not in CODED_TYPES:
        raise file.error((*place, "fact"), f"a {field.type} is not coded: no fact may carry it")
    if field.minimum > field.maximum:
        raise file.error((*place, "minimum"), "minimum is above maximum")
    if bool(field.hint_vi) != bool(field.hint_en):
        raise file.error(place, "the hint must be in both languages")


def _check_shown_when(
    file: FormFile, position: int, field: Field, before: tuple[Field, ...]
) -> None:
    if field.shown_when is None:
        return
    place = ("fields", position, "shown_when")
    leading = next((other for other in before if other.id == field.shown_when.field), None)
    if leading is None:
        raise file.error(place, f"shown_when: no question '{field.shown_when.field}' before it")
    missing = set(field.shown_when.any_of) - {option.id for option in leading.choices}
    if missing:
        raise file.error(place, f"shown_when: '{leading.id}' has no answer '{min(missing)}'")
