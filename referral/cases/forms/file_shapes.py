"""What a form file and a file of code lists may say: their keys, and the type of each value."""

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from referral.cases.forms.definition import FieldType, Offered
from referral.cases.forms.risk import Level, Missing

_FIELD_ID = validate.Regexp(re.compile(r"[a-z][a-z0-9_]{0,39}\Z"))
_CODE = validate.Regexp(re.compile(r"[a-z0-9][a-z0-9_]{0,39}\Z"))
_UNIT = validate.Length(min=1, max=20)
_LABEL = validate.Length(min=1, max=300)


class _OptionEntry(Schema):
    id = fields.String(required=True, validate=_CODE)
    vi = fields.String(required=True, validate=_LABEL)
    en = fields.String(required=True, validate=_LABEL)
    gbvims = fields.String()
    source = fields.String()
    alone = fields.Boolean()
    paper_vi = fields.String(validate=_LABEL)
    paper_en = fields.String(validate=_LABEL)


class _CodeListEntry(Schema):
    source = fields.String(required=True, validate=_LABEL)
    options = fields.List(
        fields.Nested(_OptionEntry), required=True, validate=validate.Length(min=1)
    )


class CodesShape(Schema):
    """A ``codes.toml``."""

    lists = fields.Dict(
        keys=fields.String(validate=_FIELD_ID), values=fields.Nested(_CodeListEntry), required=True
    )


class _ConditionEntry(Schema):
    field = fields.String(required=True)
    any_of = fields.List(fields.String(), validate=validate.Length(min=1))
    none_of = fields.List(fields.String(), validate=validate.Length(min=1))

    @validates_schema
    def say_one_of_both(self, condition: Any, **_: Any) -> None:
        if ("any_of" in condition) is ("none_of" in condition):
            raise ValidationError("Give one of both: any_of or none_of.", "any_of")


class _CalculationEntry(Schema):
    rows = fields.String()
    years_since = fields.String()
    sum = fields.List(fields.String(), validate=validate.Length(min=1))

    @validates_schema
    def say_one(self, calculation: Any, **_: Any) -> None:
        if len(calculation) != 1:
            raise ValidationError("Give one function: rows, sum or years_since.")


class _FieldEntry(Schema):
    id = fields.String(required=True, validate=_FIELD_ID)
    type = fields.Enum(
        FieldType,
        by_value=True,
        required=True,
        validate=validate.NoneOf(
            [FieldType.MEMBER, FieldType.SHEET], error="Every form asks it by itself."
        ),
    )
    vi = fields.String(required=True, validate=_LABEL)
    en = fields.String(required=True, validate=_LABEL)
    hint_vi = fields.String()
    hint_en = fields.String()
    options = fields.String()
    required = fields.Boolean()
    core = fields.Boolean()
    decline = fields.Boolean()
    unknown_ = fields.Boolean(data_key="unknown", attribute="unknown")
    fact = fields.Boolean()
    max_length = fields.Integer(strict=True, validate=validate.Range(1, 20_000))
    minimum = fields.Integer(strict=True)
    maximum = fields.Integer(strict=True)
    least = fields.Integer(strict=True, validate=validate.Range(0, 50))
    most = fields.Integer(strict=True, validate=validate.Range(1, 50))
    fields_ = fields.List(
        fields.Nested(lambda: _FieldEntry()),  # noqa: PLW0108 - the class is not there yet
        data_key="fields",
        attribute="fields",
        validate=validate.Length(min=1),
    )
    unit_vi = fields.String(validate=_UNIT)
    unit_en = fields.String(validate=_UNIT)
    paper_vi = fields.String(validate=_LABEL)
    paper_en = fields.String(validate=_LABEL)
    not_before = fields.String()
    not_after = fields.String()
    calculated = fields.Nested(_CalculationEntry)
    shown_when = fields.Nested(_ConditionEntry)
    required_when = fields.Nested(_ConditionEntry)
    copied_from = fields.String(
        validate=validate.Regexp(re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\Z"))
    )
    gbvims = fields.String()
    source = fields.String()


class _ChangesEntry(Schema):
    since = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    renamed = fields.Dict(keys=fields.String(), values=fields.String(validate=_FIELD_ID))
    removed = fields.List(fields.String())
    codes = fields.Dict(
        keys=fields.String(), values=fields.Dict(keys=fields.String(), values=fields.String())
    )


class _BandEntry(Schema):
    level = fields.Enum(Level, by_value=True, required=True)
    vi = fields.String(required=True, validate=_LABEL)
    en = fields.String(required=True, validate=_LABEL)
    any_of = fields.List(fields.String(), validate=validate.Length(min=1))
    least = fields.Integer(strict=True)
    among = fields.List(fields.String(), validate=validate.Length(min=1))
    most_common = fields.String()


class _RiskEntry(Schema):
    licence = fields.String(required=True, validate=_LABEL)
    validated = fields.Boolean(required=True)
    missing = fields.Enum(Missing, by_value=True, required=True)
    items = fields.List(fields.String(), required=True, validate=validate.Length(min=1))
    weights = fields.Dict(keys=fields.String(), values=fields.Integer(strict=True))
    exclusions = fields.List(fields.List(fields.String(), validate=validate.Length(min=2)))
    bands = fields.List(fields.Nested(_BandEntry), required=True, validate=validate.Length(min=2))


class FormShape(Schema):
    """One form."""

    id = fields.String(required=True, validate=_FIELD_ID)
    version = fields.Integer(required=True, strict=True, validate=validate.Range(1, 9999))
    title_vi = fields.String(required=True, validate=_LABEL)
    title_en = fields.String(required=True, validate=_LABEL)
    asked_of_survivor = fields.Boolean(load_default=True)
    sheet = fields.Boolean(load_default=True)
    many = fields.Boolean(load_default=False)
    shared = fields.Boolean(load_default=True)
    offered_to = fields.List(fields.Enum(Offered, by_value=True), validate=validate.Length(min=1))
    source = fields.String()
    changes = fields.Nested(_ChangesEntry)
    risk = fields.Nested(_RiskEntry)
    fields_ = fields.List(
        fields.Nested(_FieldEntry),
        required=True,
        data_key="fields",
        attribute="fields",
        validate=validate.Length(min=1),
    )
