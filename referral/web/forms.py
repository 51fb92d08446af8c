"""The one way a page turns a posted form into answers and shows what cannot be taken.

A page with a form of the shelf does this, and nothing else:

    filled = forms.blank("consent", answers)            # GET; `answers` of a section, or none
    filled = forms.posted("consent")                    # POST; typed values and parsed answers
    try:
        with db.unit_of_work():
            record_consent(actor, case, answers=filled.answers, …)
    except InvalidInput as refusal:
        return render_template(…, filled=filled.refused(refusal)), 422

and before it, for a form may have a group of which a line was asked for or taken out:

    if filled.is_reshaped:
        return render_template(…, filled=filled)

and its template draws the questions with `_partials/forms_questions.html`. Nothing typed is
judged here: the operation checks the answers, the page and the API alike.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property, lru_cache
from itertools import count, islice
from typing import Any, cast
from uuid import UUID

from flask import g, request
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from referral.accounts.queries import colleagues, names_in
from referral.agencies import geography
from referral.cases.forms.calculations import with_calculated
from referral.cases.forms.definition import BY_ITSELF, Field, FieldType
from referral.cases.forms.form import Form
from referral.cases.forms.lines import Reader, numbered
from referral.cases.forms.page import MOVED, VERSION, read_inputs, row_marks
from referral.cases.forms_in_force import shelf
from referral.kernel import clock
from referral.kernel.errors import InvalidInput, NotFound
from referral.kernel.folding import Collation, collation
from referral.vault.keys import Keyring
from referral.web.actor import current_actor
from referral.web.conditions import conditions_of
from referral.web.format import language
from referral.web.rows import ADD, DROP, Row, reshaped

Choice = dict[str, str]
"""One option of a select, as the field macros take it: `value` and `label`."""

NOT_TYPED = frozenset({"csrf_token", "once", ADD, DROP})


@dataclass(frozen=True)
class Former:
    """An answer that the form in force has no place for: as lines, and as its hidden inputs."""

    id: str
    lines: list[tuple[str, str]]
    boxes: Mapping[str, list[str]]


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
    is_reshaped: bool = False
    """A line of a group was asked for or taken out: nothing is to be written yet."""
    fresh: str = ""
    """Before the input names of the line that was asked for."""
    stray: Sequence[tuple[str, str]] = field(default=(), repr=False)
    """Answers to questions that no version known here has asked, as lines."""

    @property
    def title(self) -> str:
        """The form's title in the reader's language."""
        return self.form.title(language())

    @property
    def first_fields(self) -> list[Field]:
        """What is asked at once: on the way to a referral its core and required questions.

        Elsewhere all of the form; where it comes from a sheet of paper may wait.
        """
        asked = [item for item in self.form.fields if item not in BY_ITSELF]
        if self.form.core_fields:
            return [item for item in asked if item.core or item.is_always_required]
        return asked

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
        asked = {name.partition("-")[0] for name in used}
        wrong = {path.partition(".")[0] for path in self.errors}
        return bool(ids & (asked | wrong))

    def offered(self, item: Field, prefix: str) -> list[Choice]:
        """Options of a question for a commune or colleague; what was answered stays one.

        A commune may have ended since, a program may have named a whole district, and a colleague
        may have left.
        """
        if item.type not in _OFFERS:
            return []
        choices, name_of = _OFFERS[item.type]
        offered = choices()
        given = (self.values.get(f"{prefix}{item.id}") or [""])[0]
        if not given or any(choice["value"] == given for choice in offered):
            return offered
        return [*offered, {"value": given, "label": name_of(given)}]

    def rows(self, item: Field) -> list[Row]:
        """The lines of a group as they stand on the page; as many blank ones as it needs."""
        name = f"{self.prefix}{item.id}"
        marks = row_marks(self.values.get(f"{name}-row", ()))
        unused = (str(number) for number in count() if str(number) not in marks)
        marks += list(islice(unused, max(0, item.least - len(marks))))
        label = item.label(language())
        return [
            Row(mark, f"{name}-{mark}-", f"{item.id}.{place}.", numbered(label, place + 1))
            for place, mark in enumerate(marks)
        ]

    def worked_out(self, item: Field, path: str = "") -> str:
        """What is worked out so far, of a line when `path` leads to one; empty for nothing."""
        within = self._line(path) if path else self._so_far
        found = within.get(item.id)
        return "" if found is None else f"{found} {item.unit(language())}".rstrip()

    def _line(self, path: str) -> Mapping[str, Any]:
        """What stands in the boxes of a line; nothing in a line that the page adds by itself."""
        group, place, _ = path.split(".")
        rows = self._so_far.get(group, [])
        return rows[int(place)] if int(place) < len(rows) else {}

    @property
    def former(self) -> list[Former]:
        """What earlier versions asked and this one has no place for, where it was answered."""
        reader = _reader()
        found = []
        for item in self.form.former:
            boxes = {
                name: given
                for name, given in self.values.items()
                if name.removeprefix(self.prefix).partition("-")[0] == item.id
            }
            read = read_inputs([item], _as_sent(boxes), prefix=self.prefix, zone=clock.clock.zone)
            if read:
                found.append(Former(item.id, reader.lines([item], read), boxes))
        return found

    @property
    def moved(self) -> list[str]:
        """Which of them somebody has ticked as moved."""
        return list(self.values.get(f"{self.prefix}{MOVED}", []))

    @property
    def marks(self) -> dict[str, str]:
        """Input names of the page itself: its version, and the boxes of what has been moved."""
        return {"version": f"{self.prefix}{VERSION}", "moved": f"{self.prefix}{MOVED}"}

    @cached_property
    def _so_far(self) -> dict[str, Any]:
        """What stands in the boxes as answers, not judged yet, with what is worked out from it."""
        typed = _as_sent(self.values)
        read = self.form.parse_form(typed, prefix=self.prefix, zone=clock.clock.zone)
        return with_calculated(self.form.fields, read)

    def conditions(self, item: Field, beside: Sequence[Field] | None = None) -> list[str]:
        """What the question depends on, in sentences; `beside`: the questions of its line."""
        return conditions_of(item, beside or self.form.fields)

    def refused(self, refusal: InvalidInput) -> "FilledForm":
        """The same form with the refusal's sentences beside the questions."""
        return replace(self, errors=sentences(refusal))

    def summary(self, labels: Mapping[str, str] | None = None) -> list[tuple[str, str, str]]:
        """(input name, label, sentence) of every error, in the order of the form.

        `labels` names inputs of the page that the form does not have; they come first.
        """
        places = [(name, name, text) for name, text in (labels or {}).items()]
        places += self._places()
        known = {path for path, _, _ in places}
        places += [(path, path, self.title) for path in self.errors if path not in known]
        return [
            (name, label, " ".join(self.errors[path]))
            for path, name, label in places
            if path in self.errors
        ]

    def _places(self) -> Iterator[tuple[str, str, str]]:
        """Path of an error, input name and label of each question, those in lines too."""
        for item in self.form.all_fields:
            yield item.id, f"{self.prefix}{item.id}", item.label(language())
            for row in self.rows(item) if item.fields else ():
                for sub in item.fields:
                    label = f"{row.label}: {sub.label(language())}"
                    yield f"{row.path}{sub.id}", f"{row.prefix}{sub.id}", label


def blank(kind: str, answers: Mapping[str, Any] | None = None, *, prefix: str = "") -> FilledForm:
    """A form to be filled, showing the answers of a section (none for a new one); `NotFound`."""
    form = shelf.form(kind)
    given = answers or {}
    values = form.page_values(given, prefix=prefix, zone=clock.clock.zone)
    known = {item.id for item in form.all_fields}
    stray = {name: answer for name, answer in given.items() if name not in known}
    reader = _reader()
    return FilledForm(form, values, prefix=prefix, stray=reader.lines((), stray))


def posted(kind: str, *, prefix: str = "") -> FilledForm:
    """The form as this request posted it; `NotFound` for a kind that is not on the shelf."""
    return posted_to(shelf.form(kind), prefix=prefix)


def posted_to(form: Form, *, prefix: str = "") -> FilledForm:
    """What this request posted to a form that need not be in force.

    A page that was opened under an earlier version of the form is taken as it stood.
    """
    typed = form.migrated_inputs(typed_values(), prefix=prefix)
    answers = form.parse_form(_as_sent(typed), prefix=prefix, zone=clock.clock.zone)
    filled = FilledForm(form, typed, answers, prefix=prefix)
    if ADD not in request.form and DROP not in request.form:
        return filled
    values, fresh = reshaped(form, prefix, request.form, filled.values)
    return replace(filled, values=values, fresh=fresh, is_reshaped=True)


def _as_sent(values: Mapping[str, list[str]]) -> MultiDict[str, str]:
    return MultiDict((name, one) for name, given in values.items() for one in given)


def resumed(
    kind: str, typed: Mapping[str, list[str]], saved_at: datetime, *, prefix: str = ""
) -> FilledForm:
    """The form as a draft kept it; one of an earlier version has lost nothing."""
    form = shelf.form(kind)
    values = form.migrated_inputs(typed, prefix=prefix)
    return FilledForm(form, values, prefix=prefix, draft_at=saved_at)


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
    kind: str,
    answers: Mapping[str, Any],
    *,
    version: int | None = None,
    without: Collection[str] = (),
) -> list[tuple[str, str]]:
    """Answers as (label, value) lines in the reader's language, for page and print.

    `version`: of the form that was answered, whose words are used; the one in force if none.
    `without` names questions that are left out (a phone number behind its button, a name on paper).
    """
    kept = {name: value for name, value in answers.items() if name not in without}
    reader = _reader()
    form = shelf.all().get(kind)
    if form is None:
        # The form is gone from this installation, and what was written under it is not.
        return reader.lines((), kept)
    asked = form if version is None else form.as_of(version)
    return reader.lines(asked.all_fields, kept)


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
    """A unit's name, with its district while there were districts; the code if it is unknown.

    One that had ended by the day is called as it was last.
    """
    try:
        unit, day = geography.last_known(code, on or clock.today())
    except geography.UnknownUnit:
        return code
    return _full_name(unit, day, language())


def member_name(member_id: str) -> str:
    """The name of a member of our agency, left or not; the id of anybody else stays what it is."""
    try:
        return _our_names().get(UUID(member_id), member_id)
    except ValueError:
        return member_id


def _our_names() -> dict[UUID, str]:
    """By one query a page, however many papers it shows."""
    if "our_names" not in g:
        actor = current_actor()
        ours = actor.keys.agency_ids if isinstance(actor.keys, Keyring) else {actor.agency_id}
        g.our_names = names_in(ours)
    return cast("dict[UUID, str]", g.our_names)


def _colleague_choices() -> list[Choice]:
    found = colleagues(current_actor())
    return [{"value": str(member.id), "label": member.display_name} for member in found]


def _reader() -> Reader:
    return Reader(language(), clock.clock.zone, unit_name, member_name)


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


def _sort_key(label: str) -> tuple[Collation, Collation]:
    own, _, district = label.partition(", ")
    return collation(district), collation(own)


_OFFERS: Mapping[FieldType, tuple[Callable[[], list[Choice]], Callable[[str], str]]] = {
    FieldType.MEMBER: (_colleague_choices, member_name),
    FieldType.UNIT: (unit_choices, unit_name),
}
"""What a select offers that no code list has, and how one of it is called."""
