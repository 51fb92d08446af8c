"""What is taken in about members and their sessions."""

from marshmallow import Schema, fields, validate

from referral.accounts.roles import Role

USERNAME = validate.Regexp(r"^[A-Za-z0-9][A-Za-z0-9._-]{1,63}\Z")
DISPLAY_NAME = validate.Length(min=1, max=120)


class SignInSchema(Schema):
    """Name, passphrase and the second factor's code (empty for a role without keys)."""

    username = fields.String(required=True, validate=validate.Length(max=200))
    passphrase = fields.String(required=True, validate=validate.Length(max=1000))
    code = fields.String(load_default="", validate=validate.Length(max=40))


PASSPHRASE = validate.Length(max=1000)


class ProofSchema(Schema):
    """The passphrase again."""

    passphrase = fields.String(required=True, validate=PASSPHRASE)


class PassphraseSchema(ProofSchema):
    """The passphrase in use, and the one that takes its place."""

    new_passphrase = fields.String(required=True, validate=PASSPHRASE)


class PinSchema(Schema):
    """Six digits that take a locked session up."""

    pin = fields.String(required=True, validate=validate.Length(max=20))


class AdministratorSchema(Schema):
    """The first administrator of an agency."""

    username = fields.String(required=True, validate=USERNAME)
    display_name = fields.String(required=True, validate=DISPLAY_NAME)


class InvitationSchema(AdministratorSchema):
    """A colleague, and the role in the agency."""

    role = fields.Enum(Role, by_value=True, required=True)


class ConfirmationSchema(Schema):
    """The digits that the administrator compared with the colleague's.

    `roles` of one who waits since a restore, where they are others than before it.
    """

    fingerprint = fields.String(required=True, validate=validate.Length(min=1, max=200))
    roles = fields.List(fields.Enum(Role, by_value=True), load_default=list)


class RolesSchema(Schema):
    """Every role that a colleague has from now on."""

    roles = fields.List(
        fields.Enum(Role, by_value=True), required=True, validate=validate.Length(min=1)
    )


class ReenrolmentSchema(Schema):
    """Whether a device or passphrase may be in wrong hands."""

    compromised = fields.Boolean(load_default=False)


class SecondAgencySchema(Schema):
    """Which agency may help when a passphrase is lost; None for none."""

    second_id = fields.UUID(load_default=None, allow_none=True)


class KitCodeSchema(Schema):
    """A recovery code as it stands on paper."""

    code = fields.String(required=True, validate=validate.Length(max=200))


class RecoverySchema(KitCodeSchema):
    """Whose code it is, and the passphrase in the place of the one that is lost."""

    username = fields.String(required=True, validate=validate.Length(max=200))
    passphrase = fields.String(required=True, validate=PASSPHRASE)
