"""What is taken in about how a member is told outside."""

from marshmallow import Schema, fields, validate

from referral.notices.kinds import Medium

HOUR = validate.Range(min=0, max=23)


class ChannelSchema(Schema):
    """An address, and by what it is reached."""

    medium = fields.Enum(Medium, by_value=True, required=True)
    address = fields.String(required=True, validate=validate.Length(min=1, max=254))


class ChannelCodeSchema(Schema):
    """The code that was sent there."""

    code = fields.String(required=True, validate=validate.Length(max=20))


class QuietHoursSchema(Schema):
    """Full local hours; two equal ones mean that there are no quiet hours."""

    from_hour = fields.Integer(required=True, strict=True, validate=HOUR)
    until_hour = fields.Integer(required=True, strict=True, validate=HOUR)
