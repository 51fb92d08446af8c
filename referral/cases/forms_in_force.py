"""The forms of this installation, and the check of what somebody answered."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from marshmallow import ValidationError

from referral.cases.forms.engine import load_forms, wrong_files
from referral.cases.forms.form import Form
from referral.cases.forms.form_file import FormError
from referral.cases.forms.messages import by_field
from referral.kernel.errors import InvalidInput, NotFound

OF_THEIR_OWN_OPERATION = frozenset(
    {
        "closure",
        "conflict",
        "consent",
        "follow_up",
        "legal_basis",
        "referral_summary",
        "reopening",
        "stay_note",
    }
)
"""Kinds that come into being by another operation than writing a section."""


class FormShelf:
    """All forms by id; set once by the composition root."""

    def __init__(self) -> None:
        self._forms: Mapping[str, Form] | None = None
        self._extra: Path | None = None

    def configure(self, extra: Path | None) -> None:
        """Take the forms, with those of the installation's own folder.

        `FormError` when one of them is wrong: nothing is served with half of its forms.
        """
        self._forms = load_forms(extra)
        self._extra = extra

    def all(self) -> Mapping[str, Form]:
        """Every form by id; the built-in ones where no installation was configured."""
        if self._forms is None:
            self._forms = load_forms()
        return self._forms

    def as_written(self) -> tuple[Mapping[str, Form], list[FormError]]:
        """The forms as their files stand now, for the next start to take, and what is wrong there.

        While something is wrong, the forms are those in force.
        """
        try:
            return load_forms(self._extra), []
        except FormError as fault:
            wrong = wrong_files(self._extra) if self._extra else []
            return self.all(), wrong or [fault]

    def form(self, kind: str, version: int | None = None) -> Form:
        """One form as it is in force, or in a version that is known; `NotFound`."""
        try:
            form = self.all()[kind]
            return form if version is None else form.versions[version]
        except KeyError:
            raise NotFound("no such form") from None


shelf = FormShelf()


def current_answers(kind: str, version: int, answers: Mapping[str, Any]) -> dict[str, Any]:
    """What was written under a version of a form, as the form in force would have it.

    Nothing is dropped: an answer that has no place any more keeps its id.
    """
    form = shelf.all().get(kind)
    return form.migrated(answers, version) if form is not None else dict(answers)


def kept_here() -> frozenset[str]:
    """Kinds of section about the case's own handling: no consent names them, no referral."""
    return frozenset(kind for kind, form in shelf.all().items() if not form.shared)


def children_along(answers: Mapping[str, Any]) -> int | None:
    """How many children come along: the number given, or the lines about them if they are more."""
    count, rows = answers.get("children_count"), answers.get("children")
    known = [count] if isinstance(count, int) else []
    known += [len(rows)] if isinstance(rows, list) else []
    return max(known) if known else None


def checked(kind: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as they will be kept; `InvalidInput` names each field that cannot be taken."""
    return checked_by(shelf.form(kind), answers)


def checked_by(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The same by a form that need not be in force."""
    try:
        return dict(form.schema()().load(dict(answers)))
    except ValidationError as error:
        raise InvalidInput(by_field(error.messages)) from error
