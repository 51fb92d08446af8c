"""The forms of this installation, and the check of what somebody answered."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from marshmallow import ValidationError

from referral.cases.forms.engine import load_forms
from referral.cases.forms.form import Form
from referral.cases.forms.messages import by_field
from referral.kernel.errors import InvalidInput, NotFound

OF_THEIR_OWN_OPERATION = frozenset(
    {"closure", "conflict", "consent", "follow_up", "legal_basis", "referral_summary", "stay_note"}
)
"""Kinds that come into being by another operation than writing a section."""

MANY = frozenset({"conflict", "consent", "follow_up", "legal_basis", "service", "stay_note"})


class FormShelf:
    """All forms by id; set once by the composition root."""

    def __init__(self) -> None:
        self._forms: Mapping[str, Form] | None = None

    def configure(self, extra: Path | None) -> None:
        """Take the forms, with those of the installation's own folder.

        `FormError` when one of them is wrong: nothing is served with half of its forms.
        """
        self._forms = load_forms(extra)

    def all(self) -> Mapping[str, Form]:
        """Every form by id; the built-in ones where no installation was configured."""
        if self._forms is None:
            self._forms = load_forms()
        return self._forms

    def form(self, kind: str) -> Form:
        """One form; `NotFound`."""
        try:
            return self.all()[kind]
        except KeyError:
            raise NotFound("no such form") from None


shelf = FormShelf()


def checked(kind: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as they will be kept; `InvalidInput` names each field that cannot be taken."""
    try:
        return dict(shelf.form(kind).schema()().load(dict(answers)))
    except ValidationError as error:
        raise InvalidInput(by_field(error.messages)) from error
