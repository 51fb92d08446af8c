"""Reads form files and code lists, and refuses a wrong one by file, line, field and reason."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError

from referral.cases.forms.checks import check_questions
from referral.cases.forms.definition import (
    BY_ITSELF,
    DECLINED,
    LISTED_TYPES,
    NO,
    OFFERED_OF_OWN,
    PAPER,
    SHEET,
    UNKNOWN,
    YES,
    Calculation,
    Condition,
    Field,
    FieldType,
    Function,
    Option,
)
from referral.cases.forms.file_shapes import CodesShape, FormShape
from referral.cases.forms.form import Form
from referral.cases.forms.form_file import FormFile, Steps
from referral.cases.forms.risk import Risk, missing_parts, risk_of
from referral.cases.forms.versions import Changes

CodeLists = Mapping[str, tuple[Option, ...]]

CODES_FILE = "codes.toml"

AT_ONCE = frozenset({"closure", "legal_basis", "stay_note"})
"""Forms of what is done when it is recorded, whatever a paper says of before; a log line has a time
of its own."""

_LENGTHS = {FieldType.TEXT: 200, FieldType.LONG_TEXT: 4000}
_YES_NO = (YES, NO)


def read_codes(file: FormFile) -> CodeLists:
    """The code lists of one ``codes.toml``, by id; raises ``FormError``."""
    entries = _load(file, CodesShape())["lists"]
    for list_id, entry in entries.items():
        place: Steps = ("lists", list_id, "options")
        _refuse_repeats(file, place, entry["options"])
        for position, option in enumerate(entry["options"]):
            if ("paper_vi" in option) is not ("paper_en" in option):
                raise file.error((*place, position), "the paper must be in both languages")
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
    entry = _load(file, FormShape())
    form_id, _, version = file.path.stem.partition(".")
    if entry["id"] != form_id:
        raise file.error(("id",), f"the id '{entry['id']}' must be the name of the file")
    if version and version != str(entry["version"]):
        raise file.error(("version",), f"the file is named as version {version}")
    changes = _changes(file, entry)
    questions = _Questions(file, codes, entry["asked_of_survivor"])
    return Form(
        id=entry["id"],
        version=entry["version"],
        title_vi=entry["title_vi"],
        title_en=entry["title_en"],
        source=entry.get("source"),
        many=entry["many"],
        shared=entry["shared"],
        offered_to=frozenset(entry.get("offered_to") or (OFFERED_OF_OWN if file.is_own else ())),
        fields=(
            *questions.all(("fields",), entry["fields"]),
            *((SHEET,) if entry["sheet"] else ()),
            *((PAPER,) if entry["sheet"] and form_id not in AT_ONCE else ()),
        ),
        file=file,
        risk=_risk(file, entry),
        changes=changes,
    )


def _risk(file: FormFile, entry: dict[str, Any]) -> Risk | None:
    if "risk" not in entry:
        return None
    wrong = missing_parts(entry["risk"], [field["id"] for field in entry["fields"]])
    if wrong:
        raise file.error(("risk",), wrong)
    return risk_of(entry["risk"])


def _changes(file: FormFile, entry: dict[str, Any]) -> Changes | None:
    if "changes" not in entry:
        return None
    said = entry["changes"]
    if said["since"] >= entry["version"]:
        raise file.error(("changes", "since"), "since must be an earlier version")
    return Changes(
        since=said["since"],
        renamed=said.get("renamed", {}),
        removed=tuple(said.get("removed", ())),
        codes=said.get("codes", {}),
    )


def check_copies(form: Form, forms: Mapping[str, Form]) -> None:
    """Refuse a field that is to be copied from a question that does not exist or does not fit."""
    for position, field in enumerate(form.fields):
        if field.copied_from is None:
            continue
        place = ("fields", position, "copied_from")
        source = _find(forms, field.copied_from)
        if source is None:
            raise form.file.error(place, f"no question '{field.copied_from}' to copy from")
        if _kind(source) != _kind(field):
            raise form.file.error(place, f"'{field.copied_from}' is of another type or code list")


def _kind(field: Field) -> tuple[Any, ...]:
    """What answers to a question look like, whatever words it is asked in."""
    within = tuple((question.id, _kind(question)) for question in field.fields)
    return field.type, field.options, within


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
        if place == ("fields",) and any(entry["id"] == own.id for own in BY_ITSELF):
            reason = f"'{entry['id']}' is kept for what every form asks of a sheet of paper"
            raise file.error((*place, position, "id"), reason)
        if entry["id"] in seen:
            raise file.error((*place, position, "id"), f"'{entry['id']}' stands twice")
        seen.add(entry["id"])


@dataclass(frozen=True)
class _Questions:
    """Makes the questions of one file."""

    file: FormFile
    codes: CodeLists
    asked_of_survivor: bool

    def all(self, place: Steps, entries: Sequence[dict[str, Any]]) -> tuple[Field, ...]:
        """The questions that stand at a place of the file: the form's own, or those of a group."""
        _refuse_repeats(self.file, place, entries)
        made = tuple(self._one((*place, n), entry) for n, entry in enumerate(entries))
        check_questions(self.file, place, made, entries)
        return made

    def _one(self, place: Steps, entry: dict[str, Any]) -> Field:
        kind: FieldType = entry["type"]
        made = {
            "decline": self.asked_of_survivor,
            "max_length": _LENGTHS.get(kind, 200),
            **entry,
            "options": self._options(place, entry),
        }
        if kind is FieldType.YES_NO_UNKNOWN:
            made["unknown"] = True
        for key in {"shown_when", "required_when"} & entry.keys():
            made[key] = _condition(entry[key])
        if "calculated" in entry:
            made["calculation"] = _calculation(made.pop("calculated"))
        if kind is FieldType.CALCULATED:
            made["decline"] = False
        if kind is FieldType.GROUP:
            made["fields"] = self.all((*place, "fields"), entry.get("fields", []))
        return Field(**made)

    def _options(self, place: Steps, entry: dict[str, Any]) -> tuple[Option, ...]:
        kind: FieldType = entry["type"]
        if kind is FieldType.YES_NO_UNKNOWN:
            return _YES_NO
        if kind not in LISTED_TYPES:
            return ()
        if "options" not in entry:
            raise self.file.error(place, f"a {kind} needs options, the name of a code list")
        if entry["options"] not in self.codes:
            where = (*place, "options")
            raise self.file.error(where, f"there is no code list '{entry['options']}'")
        return self.codes[entry["options"]]


def _calculation(entry: dict[str, Any]) -> Calculation:
    ((function, of),) = entry.items()
    return Calculation(Function(function), tuple(of) if isinstance(of, list) else (of,))


def _condition(entry: dict[str, Any]) -> Condition:
    codes = tuple(entry.get("any_of") or entry["none_of"])
    return Condition(entry["field"], codes, is_none_of="none_of" in entry)
