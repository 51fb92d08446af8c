"""Schemas that several rooms share: pages of a list, problems, one-time codes."""

from typing import Any

from marshmallow import Schema, validate
from marshmallow import fields as f

from referral.kernel.paging import PAGE_SIZE, Page


class ProblemShape(Schema):
    """A refusal (RFC 9457)."""

    type = f.String(required=True)
    title = f.String(required=True)
    status = f.Integer(required=True)
    detail = f.String(required=True)
    errors = f.Dict(
        keys=f.String(),
        values=f.List(f.String()),
        metadata={"description": "Per field, why it cannot be taken."},
    )
    missing = f.List(
        f.String(), metadata={"description": "Section kinds that no consent or basis covers."}
    )
    state = f.String(metadata={"description": "The state in which the object is now."})
    place = f.String(metadata={"description": "The code of the bed or room that is taken."})
    reference = f.String(metadata={"description": "To be given when reporting a failure."})


class CursorQuery(Schema):
    """Where a list goes on."""

    cursor = f.String(
        load_default=None,
        validate=validate.Length(max=200),
        metadata={"description": "`next` of the page before."},
    )


class SizedCursorQuery(CursorQuery):
    """Where a list goes on, and how many of it are wanted."""

    size = f.Integer(load_default=PAGE_SIZE, validate=validate.Range(min=1, max=PAGE_SIZE))


def page_schema(item: type[Schema], name: str) -> type[Schema]:
    """A page of a list: `items`, and `next`, null on the last page."""
    return Schema.from_dict(
        {
            "items": f.List(f.Nested(item), required=True),
            "next": f.String(required=True, allow_none=True),
        },
        name=name,
    )


def as_page(page: Page[Any]) -> dict[str, Any]:
    """A page as its schema dumps it."""
    return {"items": page.rows, "next": page.next_cursor}


def whole(rows: Any) -> dict[str, Any]:
    """A list that fits one page."""
    return {"items": rows, "next": None}
