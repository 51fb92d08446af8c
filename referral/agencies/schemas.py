"""What is taken in about agencies and circles."""

from marshmallow import Schema, fields, validate

from referral.agencies.kinds import AgencyKind
from referral.agencies.states import AgencyState, CirclePurpose

NAME = validate.Length(min=1, max=200)
UNIT_CODE = validate.Regexp(r"^\d{2,5}\Z")
PLACE = validate.Regexp(r"^([0-9]{1,2}:[0-9a-f]{32})?\Z")
PHONE = validate.Regexp(r"^[0-9+ .()-]{0,30}\Z")


class AgencySchema(Schema):
    """A new agency of the directory, with its unit and the days on which it exists."""

    kind = fields.String(required=True, validate=validate.OneOf([str(k) for k in AgencyKind]))
    name_vi = fields.String(required=True, validate=NAME)
    name_en = fields.String(required=True, validate=NAME)
    unit_code = fields.String(required=True, validate=UNIT_CODE)
    unit_valid_from = fields.Date(required=True)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(load_default=None, allow_none=True)
    phone = fields.String(load_default="", validate=PHONE)


class CircleSchema(Schema):
    """A new circle; `unit_codes` are the units that a shelter circle serves."""

    purpose = fields.Enum(CirclePurpose, by_value=True, required=True)
    name_vi = fields.String(required=True, validate=NAME)
    name_en = fields.String(required=True, validate=NAME)
    unit_codes = fields.List(
        fields.String(validate=UNIT_CODE), load_default=list, validate=validate.Length(max=200)
    )


class NamedCircleSchema(Schema):
    """For whom a named circle is made. Its code name is drawn, never typed."""

    member_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(min=1, max=30))


class CircleMemberSchema(Schema):
    """Who is admitted to a circle."""

    member_id = fields.UUID(required=True)


class RewrapSchema(Schema):
    """Where sealing anew goes on: what the round before gave, empty to begin."""

    after = fields.String(
        load_default="", validate=validate.Regexp(r"^([0-9]{1,2}:[0-9a-f]{32})?\Z")
    )


class RecipientsQuery(Schema):
    """Which circles may receive: for what, and serving which unit."""

    purpose = fields.Enum(
        CirclePurpose,
        by_value=True,
        load_default=CirclePurpose.CASES,
        validate=validate.NoneOf([CirclePurpose.STATISTICS]),
    )
    unit_code = fields.String(load_default="", validate=validate.Regexp(r"^(\d{2,5})?\Z"))


class AgenciesQuery(Schema):
    """Agencies in one state, all when none is named; those with a name in theirs."""

    state = fields.String(
        load_default=None, validate=validate.OneOf([str(state) for state in AgencyState])
    )
    name = fields.String(load_default="", validate=validate.Length(max=100))


class HeirSchema(Schema):
    """Which circle of another agency acts for a circle after the end."""

    circle_id = fields.UUID(required=True)
    heir_circle_id = fields.UUID(required=True)


class SuccessionSchema(Schema):
    """The plan: from which day on, and who succeeds each circle of the agency."""

    on = fields.Date(required=True)
    successors = fields.List(
        fields.Nested(HeirSchema), required=True, validate=validate.Length(min=1, max=200)
    )
