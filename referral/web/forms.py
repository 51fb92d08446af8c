"""The one way a page turns a posted form into answers and shows what cannot be taken.

A page with a form of the shelf does this, and nothing else:

    filled = forms.blank("consent", answers)            # GET; `answers` of a section, or none
    filled = forms.posted("consent")                    # POST; typed values and parsed answers
    try:
        with db.unit_of_work():
            record_consent(actor, case, answers=filled.answers, …)
    except InvalidInput as refusal:
        return render_template(…, filled=filled.refused(refusal)), 422

and its template draws the questions with `_partials/forms_questions.html`. Nothing typed is
judged here: the operation checks the answers, the page and the API alike.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from flask import request
from flask_babel import gettext

from referral.agencies import geography
from referral.cases.forms.definition import Field, FieldType
from referral.cases.forms.form import Form
from referral.cases.forms_in_force import shelf
from referral.kernel import clock
from referral.kernel.errors import InvalidInput, NotFound
from referral.web.format import language

Choice = dict[str, str]
"""One option of a select, as the field macros take it: `value` and `label`."""

NOT_TYPED = frozenset({"csrf_token", "once"})


@dataclass(frozen=True)
class FilledForm:
    """A form with what was typed into it, what was read out of it, and what cannot be taken.

    `values` go back into the boxes as they were typed; `answers` go to the operation; `errors`
    are ready sentences by field id.
    """

    form: Form
    values: Mapping[str, list[str]] = field(repr=False)
    answers: Mapping[str, object] = field(default_factory=dict, repr=False)
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    prefix: str = ""
    draft_at: datetime | None = None
    """When the values were saved as a draft; none when they come from anywhere else."""

    @property
    def title(self) -> str:
        """The form's title in the reader's language."""
        return self.form.title(language())

    @property
    def first_fields(self) -> list[Field]:
        """What is asked at once: core and required questions, and all where there are none."""
        first = [item for item in self.form.fields if item.core or _is_needed(item)]
        return first or list(self.form.fields)

    @property
    def further_fields(self) -> list[Field]:
        """What may wait; stands folded, and opens when it holds an answer or an error."""
        first = {item.id for item in self.first_fields}
        return [item for item in self.form.fields if item.id not in first]

    @property
    def is_further_used(self) -> bool:
        """Whether a question that may wait has been answered or refused already."""
        ids = {item.id for item in self.further_fields}
        used = {name.removeprefix(self.prefix) for name, given in self.values.items() if any(given)}
        parts = {f"{item}{end}" for item in ids for end in ("", "-exit", "-date", "-time")}
        return bool(used & parts or ids & set(self.errors))

    @property
    def units(self) -> list[Choice]:
        """Options of its questions for a commune; empty when it asks for none."""
        has_unit = any(item.type is FieldType.UNIT for item in self.form.fields)
        return unit_choices() if has_unit else []

    def condition(self, item: Field) -> str:
        """When a dependent question applies, in words; empty for one that always does."""
        if item.shown_when is None:
            return ""
        asked = self.form.field(item.shown_when.field)
        wanted = [o.label(language()) for o in asked.choices if o.id in item.shown_when.any_of]
        return str(gettext("Only if the answer is: %(answers)s", answers="; ".join(wanted)))

    def refused(self, refusal: InvalidInput) -> "FilledForm":
        """The same form with the refusal's sentences beside the questions."""
        return replace(self, errors=sentences(refusal))

    def summary(self, labels: Mapping[str, str] | None = None) -> list[tuple[str, str, str]]:
        """(input name, label, sentence) of every error, in the order of the form.

        `labels` names inputs of the page that the form does not have; they come first.
        """
        asked = {item.id: item.label(language()) for item in self.form.fields}
        known = {**(labels or {}), **{f"{self.prefix}{name}": text for name, text in asked.items()}}
        by_name = {
            f"{self.prefix}{name}" if name in asked else name: texts
            for name, texts in self.errors.items()
        }
        order = [name for name in known if name in by_name]
        order += [name for name in by_name if name not in known]
        return [(name, known.get(name, self.title), " ".join(by_name[name])) for name in order]


def _is_needed(item: Field) -> bool:
    return item.required and item.shown_when is None


def blank(kind: str, answers: Mapping[str, Any] | None = None, *, prefix: str = "") -> FilledForm:
    """A form to be filled, showing the answers of a section (none for a new one); `NotFound`."""
    form = shelf.form(kind)
    values = form.page_values(answers or {}, prefix=prefix, zone=clock.clock.zone)
    return FilledForm(form, values, prefix=prefix)


def posted(kind: str, *, prefix: str = "") -> FilledForm:
    """The form as this request posted it; `NotFound` for a kind that is not on the shelf."""
    form = shelf.form(kind)
    answers = form.parse_form(request.form, prefix=prefix, zone=clock.clock.zone)
    return FilledForm(form, typed_values(), answers, prefix=prefix)


def resumed(
    kind: str, typed: Mapping[str, list[str]], saved_at: datetime, *, prefix: str = ""
) -> FilledForm:
    """The form as a draft kept it."""
    return FilledForm(shelf.form(kind), typed, prefix=prefix, draft_at=saved_at)


def typed_values() -> dict[str, list[str]]:
    """Everything this request posted but its tokens, by input name."""
    return {
        name: values
        for name, values in request.form.to_dict(flat=False).items()
        if name not in NOT_TYPED
    }


def joined(refusal: InvalidInput) -> dict[str, str]:
    """What a refusal says beside each field, in one line."""
    return {name: " ".join(said) for name, said in sentences(refusal).items()}


def sentences(refusal: InvalidInput) -> dict[str, list[str]]:
    """The refusal's message ids in the reader's language, by field."""
    return {name: [gettext(text) for text in texts] for name, texts in refusal.fields.items()}


def shown_answers(
    kind: str, answers: Mapping[str, Any], *, without: Collection[str] = ()
) -> list[tuple[str, str]]:
    """Answers as (label, value) lines in the reader's language, for page and print.

    `without` names questions that are left out (a phone number behind its button, a name on paper).
    """
    kept = {name: value for name, value in answers.items() if name not in without}
    form = shelf.form(kind)
    return form.display(kept, language(), zone=clock.clock.zone, unit_name=unit_name)


def title_of(kind: str) -> str:
    """The name of a section kind in the reader's language; the kind itself if it has no form."""
    try:
        return shelf.form(kind).title(language())
    except NotFound:
        return kind


def titles_of(kinds: Iterable[str]) -> str:
    """Names of several kinds in one line."""
    return ", ".join(title_of(kind) for kind in kinds)


def option_label(kind: str, field_id: str, value: object) -> str:
    """The label of a coded answer in the reader's language; empty for none or an unknown one."""
    try:
        choices = shelf.form(kind).field(field_id).choices
    except (NotFound, KeyError):
        return ""
    wanted = value if isinstance(value, list) else [value]
    return "; ".join(o.label(language()) for o in choices if o.id in wanted)


def unit_name(code: str, on: date | None = None) -> str:
    """A unit's name, with its district while there were districts; the code if it is unknown."""
    day = on or clock.today()
    try:
        unit = geography.unit_at(code, day)
    except geography.UnknownUnit:
        return code
    return _full_name(unit, day, language())


def unit_choices(on: date | None = None) -> list[Choice]:
    """The communes of a day (today if none), by district and name, for a select."""
    return [dict(row) for row in _communes(on or clock.today(), language())]


@lru_cache(maxsize=8)
def _communes(day: date, locale: str) -> Sequence[Choice]:
    rows = [
        {"value": unit.code, "label": _full_name(unit, day, locale)}
        for unit in geography.units_on(day, "commune")
    ]
    return tuple(sorted(rows, key=lambda row: _sort_key(row["label"])))


def _full_name(unit: geography.Unit, day: date, locale: str) -> str:
    district = geography.district_of(unit, day)
    own = unit.name(locale)
    return f"{own}, {district.name(locale)}" if district and district != unit else own


def _sort_key(label: str) -> tuple[str, str]:
    own, _, district = label.partition(", ")
    return district, own
