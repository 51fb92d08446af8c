"""What is taken in about editions."""

from marshmallow import Schema, fields, validate


class FreezeSchema(Schema):
    """The year whose tables are frozen."""

    year = fields.Integer(required=True, strict=True, validate=validate.Range(min=2008, max=2100))
