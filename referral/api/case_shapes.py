"""How cases, sections and bases are shown."""

from typing import Any

from marshmallow import Schema, fields

from referral.agencies.heirs import has_ended
from referral.api.detail_shapes import DetailShape
from referral.api.versions import etag_of


class CaseShape(Schema):
    """The header of a case, or of the report that may become one."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    state = fields.String(required=True)
    state_at = fields.AwareDateTime(required=True)
    opened_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)
    custodian_agency_id = fields.UUID(required=True)


class CaseLineShape(Schema):
    """A case as a list shows it; `card` holds what this circle may see at a glance."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    state = fields.String(required=True)
    state_at = fields.AwareDateTime(required=True)
    opened_at = fields.AwareDateTime(required=True)
    is_custodian = fields.Boolean(required=True)
    card = fields.Dict(required=True)


class FoundCaseShape(Schema):
    """A case that was found, and by which answer of its card, or `code`."""

    case = fields.Nested(CaseLineShape, required=True, attribute="line")
    by = fields.String(required=True)


class SearchShape(Schema):
    """The best hits, the best first; `has_more`: others answer too, say more."""

    items = fields.List(fields.Nested(FoundCaseShape), required=True, attribute="rows")
    has_more = fields.Boolean(required=True)


class CaseOpeningShape(Schema):
    """One thing done with a case, or refused; `role` is empty for who has left."""

    at = fields.AwareDateTime(required=True)
    agency_id = fields.UUID(required=True)
    member_id = fields.UUID(required=True, allow_none=True)
    role = fields.String(required=True)
    operation = fields.String(required=True)
    is_refused = fields.Boolean(required=True)
    detail = fields.Nested(DetailShape, required=True)


class CaseOpeningsShape(Schema):
    """What the chains tell of a case; of agencies in `not_verified` nothing is believed."""

    items = fields.List(fields.Nested(CaseOpeningShape), required=True, attribute="openings")
    next = fields.String(required=True, allow_none=True, dump_default=None)
    not_verified = fields.List(fields.UUID(), required=True)


class ReaderShape(Schema):
    """Who may read a section now."""

    agency_id = fields.UUID(required=True)
    circle_id = fields.UUID(required=True)


class SectionShape(Schema):
    """A section as this session may see it: `open`, `sealed` or `not_verified`."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    status = fields.String(required=True)
    holder_agency_id = fields.UUID(required=True, allow_none=True)
    holder_circle_id = fields.UUID(required=True, allow_none=True)
    revision = fields.Integer(required=True)
    etag = fields.String(required=True)
    form_version = fields.Integer(required=True)
    author_id = fields.UUID(required=True, allow_none=True)
    written_at = fields.AwareDateTime(required=True, allow_none=True)
    recorded_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When it was typed in, of what `paper` says was on paper first."},
    )
    readers = fields.List(fields.Nested(ReaderShape), required=True)
    answers = fields.Dict(
        required=True, metadata={"description": "Empty unless the status is `open`."}
    )


class RevisionShape(Schema):
    """A section as it stood once: `open` or `not_verified`."""

    revision = fields.Integer(required=True)
    written_at = fields.AwareDateTime(required=True, attribute="at")
    author_id = fields.UUID(required=True)
    form_version = fields.Integer(required=True)
    status = fields.String(required=True)
    answers = fields.Dict(
        required=True, metadata={"description": "Empty unless the status is `open`."}
    )


class HistoryShape(Schema):
    """The newest revisions of a section, newest first."""

    section_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    items = fields.List(fields.Nested(RevisionShape), required=True, attribute="revisions")
    has_more = fields.Boolean(required=True)


class OpenedCaseShape(Schema):
    """A case as this session may see it. `is_verified`: every agency's strand holds.

    `is_to_move`: it had left the session's circle before a restore, and opens there to nobody.
    """

    case = fields.Nested(CaseShape, required=True)
    sections = fields.List(fields.Nested(SectionShape), required=True)
    is_verified = fields.Boolean(required=True)
    is_to_move = fields.Boolean(required=True)


class WrittenShape(Schema):
    """The revision that was written; its answers are read back with the section."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    revision = fields.Integer(required=True)
    etag = fields.String(required=True)


class BasisShape(Schema):
    """A consent or legal basis as workflow sees it; how it was given is sealed in its section."""

    id = fields.UUID(required=True)
    case_id = fields.UUID(required=True)
    form = fields.String(required=True)
    recorded_by_agency_id = fields.UUID(required=True)
    recipient_agency_id = fields.UUID(required=True, allow_none=True)
    recipient_circle_id = fields.UUID(required=True, allow_none=True)
    kinds = fields.List(fields.String(), required=True)
    purpose = fields.String(required=True)
    receipt_section_id = fields.UUID(required=True, allow_none=True)
    recorded_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)
    cosign_by = fields.AwareDateTime(required=True, allow_none=True)
    cosigned_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    is_carried = fields.Function(
        lambda row: has_ended(row.recipient_agency_id, row.recipient_circle_id),
        metadata={
            "type": "boolean",
            "description": "The recipient has ended; by law it goes on for the successor.",
        },
    )


class DraftShape(Schema):
    """That something has been typed at a place and not been written yet."""

    place = fields.String(required=True)
    saved_at = fields.AwareDateTime(required=True)
    kept_until = fields.AwareDateTime(
        required=True, metadata={"description": "Then it is deleted, unless it is saved again."}
    )


def opened(case: Any) -> dict[str, Any]:
    """An opened case as `OpenedCaseShape` dumps it."""
    return {
        "case": case.case,
        "sections": [section(each) for each in case.sections],
        "is_verified": not case.opening.view.faults,
        "is_to_move": bool(case.opening.left_circles),
    }


def section(seen: Any) -> dict[str, Any]:
    """One section as `SectionShape` dumps it."""
    return {
        "id": seen.section_id,
        "kind": seen.kind,
        "status": seen.status,
        "holder_agency_id": seen.holder_agency,
        "holder_circle_id": seen.holder_circle,
        "revision": seen.revision,
        "etag": etag_of(seen.section_id, seen.revision),
        "form_version": seen.form_version,
        "author_id": seen.author_id,
        "written_at": seen.written_at,
        "recorded_at": seen.recorded_at,
        "readers": [{"agency_id": a, "circle_id": c} for a, c in seen.readers],
        "answers": seen.answers,
    }


def written(header: Any) -> dict[str, Any]:
    """The header of a section that was just written."""
    return {
        "id": header.id,
        "kind": header.kind,
        "revision": header.revision,
        "etag": etag_of(header.id, header.revision),
    }
