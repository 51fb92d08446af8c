"""The blueprint of all pages about cases, and how an address names a form without its subject."""

import hashlib
from typing import Final

from flask import Blueprint
from werkzeug.routing import BaseConverter, ValidationError

from referral.cases.forms_in_force import shelf

bp = Blueprint("cases", __name__)

_LENGTH: Final = 8


def code_of(kind: str) -> str:
    """What stands for a form in an address, where a shoulder may read it."""
    return hashlib.sha256(kind.encode()).hexdigest()[:_LENGTH]


class FormConverter(BaseConverter):
    """`<form:kind>`: the form's id in code, its code in the address."""

    regex = r"[0-9a-f]{8}|[a-z_]+"

    def to_python(self, value: str) -> str:
        """The form that an address means; no page for any other word."""
        for kind in shelf.all():
            if value in {code_of(kind), kind}:
                return kind
        raise ValidationError

    def to_url(self, value: str) -> str:
        """The code of a form."""
        return code_of(value)


@bp.record_once
def _install(state: "object") -> None:
    app = getattr(state, "app")  # noqa: B009 - Flask gives no type for the set-up state here
    app.url_map.converters["form"] = FormConverter
