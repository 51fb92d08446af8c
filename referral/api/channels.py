"""Where a member is told outside the system, when it stays quiet, and how that fares."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from referral.accounts.queries import oneself
from referral.api.followup import LetterShape
from referral.api.gate import current_actor, room
from referral.api.shapes import page_schema, whole
from referral.kernel import db
from referral.kernel.errors import InvalidInput
from referral.notices import channels, queries
from referral.notices.messages import Message
from referral.notices.schemas import ChannelCodeSchema, ChannelSchema, QuietHoursSchema

blueprint = room("channels", "How a member is told outside the system")


class ChannelShape(Schema):
    """An address of one's own; `code` is what came of sending its code, until it is confirmed."""

    id = fields.UUID(required=True)
    medium = fields.String(required=True)
    address = fields.String(required=True)
    is_confirmed = fields.Boolean(required=True)
    asked_at = fields.AwareDateTime(required=True)
    code = fields.Nested(LetterShape, required=True, allow_none=True)


class MediumCountShape(Schema):
    """How letters of one medium fare: counts of the last thirty days, and what went wrong last."""

    medium = fields.String(required=True)
    waiting = fields.Integer(required=True)
    sent = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    dropped = fields.Integer(required=True)
    last_sent_at = fields.AwareDateTime(required=True, allow_none=True)
    last_fault = fields.String(required=True, allow_none=True)
    last_fault_at = fields.AwareDateTime(required=True, allow_none=True)


@blueprint.route("/channels", methods=["GET"])
@blueprint.response(200, page_schema(ChannelShape, "ChannelPage"))
def list_channels() -> dict[str, Any]:
    """List one's own addresses."""
    return whole(queries.own_channels(current_actor()))


@blueprint.route("/channels", methods=["POST"])
@blueprint.arguments(ChannelSchema)
@blueprint.response(201, ChannelShape)
def add_channel(sent: dict[str, Any]) -> Any:
    """Give an address, in the place of the one by the same way; a code is sent there."""
    actor = current_actor()
    with db.unit_of_work():
        channel = channels.add_channel(actor, oneself(actor), **sent)
        return queries.channel_line(channel)


@blueprint.route("/channels/<uuid:channel_id>/confirmation", methods=["POST"])
@blueprint.arguments(ChannelCodeSchema)
@blueprint.response(200, ChannelShape)
def confirm_channel(sent: dict[str, Any], channel_id: UUID) -> Any:
    """Type the code that was sent there; five wrong ones end it."""
    actor = current_actor()
    channel = queries.own_channel(actor, channel_id)
    with db.unit_of_work():
        is_right = channels.confirm_channel(actor, channel, **sent)
    if not is_right:
        raise InvalidInput({"code": [str(Message.WRONG_CODE)]})
    return queries.channel_line(channel)


@blueprint.route("/channels/<uuid:channel_id>", methods=["DELETE"])
@blueprint.response(204)
def remove_channel(channel_id: UUID) -> None:
    """Give an address up."""
    actor = current_actor()
    with db.unit_of_work():
        channels.remove_channel(actor, queries.own_channel(actor, channel_id))


@blueprint.route("/quiet-hours", methods=["GET"])
@blueprint.response(200, QuietHoursSchema)
def show_quiet_hours() -> Any:
    """Tell between which local hours only what cannot wait goes out."""
    return queries.hours_of(current_actor().member_id)


@blueprint.route("/quiet-hours", methods=["PUT"])
@blueprint.arguments(QuietHoursSchema)
@blueprint.response(200, QuietHoursSchema)
def choose_quiet_hours(sent: dict[str, Any]) -> Any:
    """Choose them; two equal hours mean none."""
    actor = current_actor()
    with db.unit_of_work():
        return channels.choose_quiet_hours(actor, oneself(actor), **sent)


@blueprint.route("/letters", methods=["GET"])
@blueprint.response(200, page_schema(MediumCountShape, "MediumCountPage"))
def count_letters() -> dict[str, Any]:
    """Count what was sent outside, by medium; for who runs the installation."""
    return whole(queries.visible_counts(current_actor()))
