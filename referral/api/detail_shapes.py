"""The sealed detail of an entry of the access log, as a session may see it."""

from marshmallow import Schema, fields, validate

from referral.audit.opening import DetailState


class FactShape(Schema):
    """One thing that a detail says: codes, numbers and ids."""

    name = fields.String(required=True)
    values = fields.List(fields.String(), required=True)


class DetailShape(Schema):
    """`open` with its facts; `sealed` to circles that this session is not in; else without."""

    state = fields.String(required=True, validate=validate.OneOf([str(s) for s in DetailState]))
    facts = fields.List(fields.Nested(FactShape), required=True, attribute="lines")
