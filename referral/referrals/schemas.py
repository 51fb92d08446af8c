"""What is taken in about referrals. The summary is judged by its form's schema in the operation."""

from marshmallow import Schema, fields, validate

from referral.cases.schemas import KIND, answers
from referral.referrals.states import DECLINE_REASONS, ReferralKind, ReferralState, Urgency


class SendSchema(Schema):
    """What is asked of which circle, how soon, and which sections go with it."""

    kind = fields.String(required=True, validate=validate.OneOf([str(k) for k in ReferralKind]))
    circle_id = fields.UUID(required=True)
    urgency = fields.String(required=True, validate=validate.OneOf([str(u) for u in Urgency]))
    kinds = fields.List(
        fields.String(validate=KIND), load_default=list, validate=validate.Length(max=30)
    )
    summary = answers("referral_summary", required=True)


class WorkerSchema(Schema):
    """Who sees to it."""

    worker_id = fields.UUID(required=True)


class AcceptSchema(WorkerSchema):
    """Who will make the first contact, and when."""

    first_contact_at = fields.AwareDateTime(required=True)


class DeclineSchema(Schema):
    """Why this circle cannot."""

    reason = fields.String(required=True, validate=validate.OneOf(DECLINE_REASONS))


class PassOnSchema(Schema):
    """To which circle of the same agency; without one, away from who passes it on."""

    circle_id = fields.UUID(load_default=None, allow_none=True)


class MoveSchema(PassOnSchema):
    """To which circle of the same agency.

    Without one, where a case had left its circle before a restore: away from who was left out.
    """


class ConflictSchema(PassOnSchema):
    """Who is left out of a case and why; without a circle, a new one of all the others."""

    member_id = fields.UUID(required=True)
    relation = fields.String(required=True, validate=validate.Regexp(r"^[a-z_]{1,40}\Z"))


class ReferralsQuery(Schema):
    """What was received or what was sent, in one state; by default all that is not over."""

    box = fields.String(load_default="inbox", validate=validate.OneOf(["inbox", "outbox"]))
    state = fields.String(
        load_default=None, validate=validate.OneOf([str(state) for state in ReferralState])
    )
