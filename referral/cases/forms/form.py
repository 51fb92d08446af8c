"""A form: its fields in one version, and everything that is made from them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from referral.cases.forms.definition import Answer, Answers, Field, is_english
from referral.cases.forms.describing import describe_all
from referral.cases.forms.form_file import FormFile
from referral.cases.forms.lines import Line, Reader
from referral.cases.forms.page import HANOI_TIME, SentInputs, fill_inputs, read_inputs
from referral.cases.forms.schema import AnswersSchema, build_schema


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

    def title(self, locale: str) -> str:
        """The title in the reader's language."""
        return self.title_en if is_english(locale) else self.title_vi

    @property
    def is_own(self) -> bool:
        """Whether it is the installation's own and not one that came with the product."""
        return self.file.is_own

    def field(self, field_id: str) -> Field:
        """The question with this id; raises ``KeyError`` when the form does not ask it."""
        return self._by_id[field_id]

    def schema(self) -> type[AnswersSchema]:
        """The marshmallow schema class; ``load`` returns answers in the one form they are kept."""
        return self._schema

    def parse_form(
        self, sent: SentInputs, *, prefix: str = "", zone: ZoneInfo = HANOI_TIME
    ) -> dict[str, object]:
        """What an HTML form sent, ready for ``schema().load``; other inputs are passed over."""
        return read_inputs(self.fields, sent, prefix=prefix, zone=zone)

    def page_values(
        self, answers: Mapping[str, Answer], *, prefix: str = "", zone: ZoneInfo = HANOI_TIME
    ) -> dict[str, list[str]]:
        """The values of the HTML inputs that show these answers, by input name."""
        return fill_inputs(self.fields, answers, prefix=prefix, zone=zone)

    def display(
        self,
        answers: Answers,
        locale: str,
        *,
        zone: ZoneInfo = HANOI_TIME,
        unit_name: Callable[[str], str] = str,
    ) -> list[Line]:
        """Label and value of each answer given, for page and print; times in ``zone``."""
        return Reader(locale, zone, unit_name).lines(self.fields, answers)

    def openapi(self) -> dict[str, Any]:
        """The answers as an OpenAPI 3.1 object schema."""
        return {
            "title": self.title_en,
            "x-title-vi": self.title_vi,
            "x-form": {"id": self.id, "version": self.version},
            **describe_all(self.fields),
        }

    def facts(self, answers: Mapping[str, Answer]) -> Answers:
        """The answers that a statistics fact may carry: codes only, never words."""
        return {field.id: answers[field.id] for field in self.fact_fields if field.id in answers}

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
        return build_schema(f"{name}V{self.version}", self.fields)
