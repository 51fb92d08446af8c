"""What is taken in about places and stays."""

from datetime import date

from marshmallow import Schema, fields, validate

from referral.agencies.schemas import UNIT_CODE
from referral.cases.schemas import answers
from referral.shelters.kinds import Accepts, Destination, SiteClass, SiteKind

LABEL = validate.Length(min=1, max=60)
NIGHT = validate.Range(max=date(2999, 12, 31))
"""The calendar of the machine ends: the nights after a day are counted from it."""


class RoomSchema(Schema):
    """A room with its beds, by what the keepers call them."""

    name = fields.String(load_default="", validate=validate.Length(max=60))
    beds = fields.List(
        fields.String(validate=LABEL), required=True, validate=validate.Length(max=50)
    )
    cots = fields.List(
        fields.String(validate=LABEL), load_default=list, validate=validate.Length(max=50)
    )
    is_shared = fields.Boolean(load_default=False)


class SiteSchema(Schema):
    """A place under a code name; `details` (where it is, whose it is) are kept sealed."""

    circle_id = fields.UUID(required=True)
    site_class = fields.String(required=True, validate=validate.OneOf([str(c) for c in SiteClass]))
    kind = fields.String(required=True, validate=validate.OneOf([str(k) for k in SiteKind]))
    code_name = fields.String(required=True, validate=LABEL)
    unit_codes = fields.List(
        fields.String(validate=UNIT_CODE), required=True, validate=validate.Length(min=1, max=200)
    )
    details = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    rooms = fields.List(
        fields.Nested(RoomSchema), required=True, validate=validate.Length(min=1, max=50)
    )
    accepts = fields.List(
        fields.String(validate=validate.OneOf([str(a) for a in Accepts])), load_default=list
    )


class PartySchema(Schema):
    """How many sleep there."""

    adults = fields.Integer(load_default=0, strict=True, validate=validate.Range(min=0, max=20))
    children = fields.Integer(load_default=0, strict=True, validate=validate.Range(min=0, max=20))


class HoldSchema(Schema):
    """Beds for the nights from a day until another (exclusive), for a referral accepted."""

    bed_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(min=1, max=40))
    from_on = fields.Date(required=True)
    to_on = fields.Date(required=True)
    referral_id = fields.UUID(required=True)
    party = fields.Nested(PartySchema, required=True)


class BlockSchema(Schema):
    """A bed out of use for the nights from a day until another (exclusive)."""

    bed_id = fields.UUID(required=True)
    from_on = fields.Date(required=True)
    to_on = fields.Date(required=True)


class UnblockSchema(BlockSchema):
    """The bed to be used again."""

    class Meta:
        """Of the block only the bed."""

        fields = ("bed_id",)


class ArrivalSchema(Schema):
    """When she arrived; `answers` (form `service`) go into the case, without kind and time."""

    at = fields.AwareDateTime(required=True)
    answers = answers(load_default=dict)


class DepartureSchema(Schema):
    """When she left, and where she went."""

    at = fields.AwareDateTime(required=True)
    destination = fields.String(
        required=True, validate=validate.OneOf([str(d) for d in Destination])
    )


class StayNoteSchema(Schema):
    """A line of the house log."""

    answers = answers("stay_note", required=True)


class PlacesQuery(Schema):
    """Places that serve a unit, on the night that begins on a day (today by default)."""

    unit_code = fields.String(required=True, validate=UNIT_CODE)
    on = fields.Date(load_default=None, validate=NIGHT)


class BoardQuery(Schema):
    """From which day (today by default), and how many nights."""

    from_on = fields.Date(load_default=None, validate=NIGHT)
    nights = fields.Integer(load_default=14, validate=validate.Range(min=1, max=62))
