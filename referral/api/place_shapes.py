"""How places and stays are shown to those who work them, and what anybody who refers may know."""

from typing import Any

from marshmallow import Schema, fields


class PlaceShape(Schema):
    """A circle's places: how many, never which. `free` null: unknown, ask the keepers."""

    circle_id = fields.UUID(required=True)
    name_vi = fields.String(required=True)
    name_en = fields.String(required=True)
    free = fields.Integer(required=True, allow_none=True)
    confirmed_at = fields.AwareDateTime(required=True, allow_none=True)
    pooled = fields.Boolean(required=True)


class SiteShape(Schema):
    """A place under its code name."""

    id = fields.UUID(required=True)
    circle_id = fields.UUID(required=True)
    site_class = fields.String(required=True)
    kind = fields.String(required=True)
    code_name = fields.String(required=True)
    state = fields.String(required=True)
    state_at = fields.AwareDateTime(required=True)
    confirmed_at = fields.AwareDateTime(required=True, allow_none=True)


class OpenedSiteShape(SiteShape):
    """A place with its sealed details open."""

    details = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    accepts = fields.List(fields.String(), required=True)


class CellShape(Schema):
    """One bed on one night."""

    on = fields.Date(required=True)
    state = fields.String(required=True)
    stay_id = fields.UUID(required=True, allow_none=True)
    is_overdue = fields.Boolean(required=True)


class BedShape(Schema):
    """A bed's nights."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    label = fields.String(required=True)
    is_cot = fields.Boolean(required=True)
    cells = fields.List(fields.Nested(CellShape), required=True)


class RoomShape(Schema):
    """A room's beds."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    is_shared = fields.Boolean(required=True)
    beds = fields.List(fields.Nested(BedShape), required=True)


class BoardShape(Schema):
    """A place's beds against the nights."""

    site_id = fields.UUID(required=True)
    code_name = fields.String(required=True)
    confirmed_at = fields.AwareDateTime(required=True, allow_none=True)
    is_fresh = fields.Boolean(required=True)
    nights = fields.List(fields.Date(), required=True)
    rooms = fields.List(fields.Nested(RoomShape), required=True)


class GuestsShape(Schema):
    """Whom a stay is for; null where this session has not the key."""

    referral_id = fields.UUID(required=True)
    case_id = fields.UUID(required=True, allow_none=True)
    case_code = fields.String(required=True)
    adults = fields.Integer(required=True, attribute="party.adults")
    children = fields.Integer(required=True, attribute="party.children")
    arrived_at = fields.String(required=True, allow_none=True)
    left_at = fields.String(required=True, allow_none=True)
    destination = fields.String(required=True, allow_none=True)


class StayShape(Schema):
    """A stay, from the hold to the day she leaves."""

    id = fields.UUID(required=True)
    site_id = fields.UUID(required=True)
    code_name = fields.String(required=True)
    state = fields.String(required=True)
    state_at = fields.AwareDateTime(required=True)
    from_on = fields.Date(required=True)
    to_on = fields.Date(required=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)
    is_overdue = fields.Boolean(required=True)
    bed_codes = fields.List(fields.String(), required=True)
    guests = fields.Nested(GuestsShape, attribute="facts", required=True, allow_none=True)


class NoteHeaderShape(Schema):
    """That a line of the house log was written."""

    id = fields.UUID(required=True)
    author_id = fields.UUID(required=True)
    written_at = fields.AwareDateTime(required=True)


class NoteShape(NoteHeaderShape):
    """A line of the house log."""

    form_version = fields.Integer(required=True)
    answers = fields.Dict(required=True)


class OpenedStayShape(Schema):
    """A stay with its house log, oldest line first."""

    line = fields.Nested(StayShape, required=True, data_key="stay")
    notes = fields.List(fields.Nested(NoteShape), required=True)


def opened_site(found: Any) -> dict[str, Any]:
    """An opened place as `OpenedSiteShape` dumps it."""
    site = found.site
    header = {name: getattr(site, name) for name in SiteShape().fields}
    return {**header, "details": found.details, "accepts": found.accepts}
