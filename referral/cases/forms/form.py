"""A form: its fields in one version, and everything that is made from them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from referral.cases.forms.definition import Answer, Answers, Field, Offered, is_english
from referral.cases.forms.describing import describe_all
from referral.cases.forms.form_file import FormFile
from referral.cases.forms.lines import Line, Reader
from referral.cases.forms.page import (
    HANOI_TIME,
    MOVED,
    VERSION,
    SentInputs,
    fill_inputs,
    is_version,
    read_inputs,
)
from referral.cases.forms.risk import Risk
from referral.cases.forms.schema import AnswersSchema, build_schema
from referral.cases.forms.versions import Changes, as_former


@dataclass(frozen=True)
class Form:
    """One section's form in one version. What was written names the form and version it answers."""

    id: str
    version: int
    title_vi: str
    title_en: str
    fields: tuple[Field, ...]
    file: FormFile = field(repr=False, compare=False)
    source: str | None = None
    many: bool = False
    """Whether a case may have several sections of it."""
    shared: bool = True
    """Whether a consent may name it and a referral carry it."""
    offered_to: frozenset[Offered] = frozenset()
    """To whom the page of an open case offers it to be written."""
    risk: Risk | None = None
    """How its answers are scored, if they are."""
    changes: Changes | None = None
    previous: "Form | None" = field(default=None, repr=False, compare=False)
    """The version that this one was made from."""
    versions: Mapping[int, "Form"] = field(default_factory=dict, repr=False, compare=False)
    """Every other version that this installation knows."""

    def title(self, locale: str) -> str:
        """The title in the reader's language."""
        return self.title_en if is_english(locale) else self.title_vi

    @property
    def is_own(self) -> bool:
        """Whether it is the installation's own and not one that came with the product."""
        return self.file.is_own

    @property
    def is_earlier(self) -> bool:
        """Whether its file is kept for what was written under it, as ``needs.1.toml`` is."""
        return "." in self.file.path.stem

    def field(self, field_id: str) -> Field:
        """The question with this id; raises ``KeyError`` when the form does not ask it."""
        return self._by_id[field_id]

    def schema(self) -> type[AnswersSchema]:
        """The marshmallow schema class; ``load`` returns answers in the one form they are kept."""
        return self._schema

    def parse_form(
        self, sent: SentInputs, *, prefix: str = "", zone: ZoneInfo = HANOI_TIME
    ) -> dict[str, object]:
        """What an HTML form sent, ready for ``schema().load``; other inputs are passed over.

        An answer to a former question is taken until its box says that it has been moved.
        """
        moved = sent.getlist(f"{prefix}{MOVED}")
        kept = [field for field in self.former if field.id not in moved]
        return read_inputs([*self.fields, *kept], sent, prefix=prefix, zone=zone)

    def page_values(
        self, answers: Mapping[str, Answer], *, prefix: str = "", zone: ZoneInfo = HANOI_TIME
    ) -> dict[str, list[str]]:
        """The values of the HTML inputs that show these answers, by input name."""
        return fill_inputs(self.all_fields, answers, prefix=prefix, zone=zone)

    def display(
        self,
        answers: Answers,
        locale: str,
        *,
        zone: ZoneInfo = HANOI_TIME,
        unit_name: Callable[[str], str] = str,
    ) -> list[Line]:
        """Label and value of each answer given, for page and print; times in ``zone``."""
        return Reader(locale, zone, unit_name).lines(self.all_fields, answers)

    def as_of(self, version: int) -> "Form":
        """This form as it was in a version; as it is now where that one is not known."""
        return self.versions.get(version, self)

    def migrated(self, answers: Mapping[str, Any], version: int) -> dict[str, Any]:
        """Answers to an older version as answers to this one; nothing is dropped."""
        moved = dict(answers)
        for changes in self._changes_since(version):
            moved = changes.of_answers(moved)
        return moved

    def migrated_inputs(
        self, typed: Mapping[str, list[str]], *, prefix: str = ""
    ) -> dict[str, list[str]]:
        """What was typed into the page of an older version, by the input names of this one.

        A page says its version by ``form-version``; one that says none is of the first version.
        """
        said = (typed.get(f"{prefix}{VERSION}") or ["1"])[0]
        moved = dict(typed)
        for changes in self._changes_since(int(said) if is_version(said) else 1):
            moved = changes.of_inputs(moved, prefix)
        return moved | {f"{prefix}{VERSION}": [str(self.version)]}

    def _changes_since(self, version: int) -> list[Changes]:
        """What has changed since a version, oldest first; nothing since one that is not known."""
        found: list[Changes] = []
        form: Form | None = self
        while form is not None and form.version != version:
            if form.changes is not None:
                found.append(form.changes)
            form = form.previous
        return found[::-1] if form is not None else []

    def openapi(self) -> dict[str, Any]:
        """The answers as an OpenAPI 3.1 object schema."""
        return {
            "title": self.title_en,
            "x-title-vi": self.title_vi,
            "x-form": {"id": self.id, "version": self.version},
            **describe_all(self.fields, self.former),
        }

    def facts(self, answers: Mapping[str, Answer]) -> Answers:
        """The answers that a statistics fact may carry: codes only, never words."""
        return {field.id: answers[field.id] for field in self.fact_fields if field.id in answers}

    @cached_property
    def former(self) -> tuple[Field, ...]:
        """The questions that earlier versions asked and this one has no place for."""
        if self.previous is None or self.changes is None:
            return ()
        removed = [as_former(self.previous.field(name)) for name in self.changes.removed]
        return (*self.previous.former, *removed)

    @property
    def all_fields(self) -> tuple[Field, ...]:
        """The questions, and after them the former ones."""
        return self.fields + self.former

    @cached_property
    def fact_fields(self) -> tuple[Field, ...]:
        """The questions whose answer a statistics fact may carry."""
        return tuple(field for field in self.fields if field.fact)

    @cached_property
    def core_fields(self) -> tuple[Field, ...]:
        """The questions asked before a first referral."""
        return tuple(field for field in self.fields if field.core)

    @cached_property
    def _by_id(self) -> dict[str, Field]:
        return {field.id: field for field in self.fields}

    @cached_property
    def _schema(self) -> type[AnswersSchema]:
        name = "".join(word.capitalize() for word in self.id.split("_"))
        return build_schema(f"{name}V{self.version}", self.all_fields)
