"""What is taken in about cases. Answers are judged by their form's own schema in the operation."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, fields, validate

from referral.cases.search import LONGEST
from referral.cases.states import LEGAL_REASONS, PURPOSES, CaseState

KIND = validate.Regexp(r"^[a-z][a-z0-9_]{0,40}\Z")


def answers(form_id: str | None = None, **also: Any) -> fields.Dict:
    """Answers by field id; the API document points to the form's schema."""
    shape = {} if form_id is None else {"allOf": [{"$ref": answers_reference(form_id)}]}
    return fields.Dict(
        keys=fields.String(), values=fields.Raw(allow_none=True), metadata=shape, **also
    )


def answers_name(form_id: str) -> str:
    """What the API document calls the answers of a form."""
    return "".join(word.capitalize() for word in form_id.split("_")) + "Answers"


def answers_reference(form_id: str) -> str:
    """Where the API document describes the answers of a form."""
    return f"#/components/schemas/{answers_name(form_id)}"


def made_id() -> fields.UUID:
    """The id of what is created, if the client has made it."""
    return fields.UUID(
        load_default=None,
        allow_none=True,
        validate=_is_random,
        metadata={
            "description": "A UUID (version 4 or 7) that the client has made. The same request "
            "sent again makes nothing and is answered with 200, for as long as it stands; another "
            "request under the same id with 409. A version 7 tells everybody when it was made."
        },
    )


def _is_random(given: UUID) -> None:
    if given.version not in {4, 7}:
        raise ValidationError("Not a valid UUID.")


class ReportSchema(Schema):
    """A first word of violence (Art. 19), before she has been met."""

    id = made_id()
    answers = answers("incident_report", required=True)


class CaseSchema(Schema):
    """A case opened at once, with the sections known so far, by their form's id."""

    id = made_id()
    sections = fields.Dict(keys=fields.String(validate=KIND), values=answers(), required=True)


class SectionSchema(Schema):
    """A section as it shall stand: its form and all its answers."""

    kind = fields.String(required=True, validate=KIND)
    answers = answers(required=True)


class NewSectionSchema(SectionSchema):
    """A section that is begun."""

    id = made_id()


class PaperSchema(Schema):
    """When a paper was destroyed, a local day."""

    destroyed_on = fields.Date(required=True)


class SharingSchema(Schema):
    """What is shared with whom: one agency, or one circle."""

    kinds = fields.List(
        fields.String(validate=KIND), required=True, validate=validate.Length(min=1, max=30)
    )
    agency_id = fields.UUID(load_default=None, allow_none=True)
    circle_id = fields.UUID(load_default=None, allow_none=True)


class ConsentSchema(SharingSchema):
    """What she agreed to, what for and until when; how it was given is in `answers`."""

    purpose = fields.String(required=True, validate=validate.OneOf(PURPOSES))
    expires_at = fields.AwareDateTime(required=True)
    answers = answers("consent", required=True)


class LegalBasisSchema(SharingSchema):
    """Why the law allows sharing without her consent, in a sentence."""

    reason = fields.String(required=True, validate=validate.OneOf(LEGAL_REASONS))
    account = fields.String(required=True, validate=validate.Length(min=10, max=2000))
    sheet = fields.String(
        load_default=None,
        validate=validate.Length(max=20),
        metadata={"description": "Number of the paper sheet that this was typed in from."},
    )


class ClosureSchema(Schema):
    """Why the case is closed, and which consents and legal bases stay in force all the same."""

    answers = answers("closure", required=True)
    keeping = fields.List(fields.UUID(), load_default=list)


class ReopeningSchema(Schema):
    """Why a closed case is open again, and the day of the next contact."""

    answers = answers("reopening", required=True)


class CasesQuery(Schema):
    """Cases in one state; all when none is named."""

    state = fields.String(
        load_default=None, validate=validate.OneOf([str(state) for state in CaseState])
    )


class SearchSchema(Schema):
    """What a case is looked for by: a name with or without tones, a number, a code."""

    words = fields.String(required=True, validate=validate.Length(max=LONGEST))
