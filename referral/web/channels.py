"""Where one is told outside the system: addresses, the codes that confirm them, quiet hours."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from referral.accounts.queries import oneself
from referral.kernel import db
from referral.kernel.errors import InvalidInput
from referral.notices import channels
from referral.notices.carriers import post_office
from referral.notices.messages import Message
from referral.notices.queries import hours_of, own_channel, own_channels
from referral.notices.schemas import ChannelCodeSchema, ChannelSchema, QuietHoursSchema
from referral.web import forms
from referral.web.actor import current_actor
from referral.web.format import language
from referral.web.inputs import loaded, typed_for

bp = Blueprint("channels", __name__)


@bp.get("/channels")
def list_channels() -> str:
    """One's own addresses and quiet hours."""
    return _page()


def _page(errors: Mapping[str, str] | None = None) -> str:
    actor = current_actor()
    hours = hours_of(actor.member_id)
    asked = {"from_hour": hours.from_hour, "until_hour": hours.until_hour}
    names = ("medium", "address", *asked)
    typed = asked | {name: request.form[name] for name in names if name in request.form}
    media = [{"value": str(one), "label": one.label(language())} for one in post_office.media]
    return render_template(
        "channels/list_channels.html",
        channels=own_channels(actor),
        media=media,
        typed={"medium": media[0]["value"] if media else "", "address": "", **typed},
        errors=errors or {},
    )


def _back(words: str) -> BaseResponse:
    flash(words, "done")
    return redirect(url_for("channels.list_channels"), 303)


def _again(refusal: InvalidInput) -> tuple[str, int]:
    db.rollback()
    return _page(forms.joined(refusal)), 422


@bp.post("/channels")
def add_channel() -> BaseResponse | tuple[str, int]:
    """Give an address; a code is sent there."""
    actor = current_actor()
    try:
        sent: dict[str, Any] = loaded(ChannelSchema(), request.form)
        with db.unit_of_work():
            channels.add_channel(actor, oneself(actor), **sent)
    except InvalidInput as refusal:
        return _again(refusal)
    return _back(gettext("A code is on its way there."))


@bp.post("/channels/<uuid:channel_id>/confirm")
def confirm_channel(channel_id: UUID) -> BaseResponse | tuple[str, int]:
    """Type the code that was sent there."""
    actor = current_actor()
    channel = own_channel(actor, channel_id)
    name = f"code-{channel.medium}"
    try:
        sent = loaded(ChannelCodeSchema(), {"code": request.form.get(name, "")})
    except InvalidInput as refusal:
        return _again(InvalidInput({name: refusal.fields["code"]}))
    with db.unit_of_work():
        is_right = channels.confirm_channel(actor, channel, **sent)
    if not is_right:
        return _again(InvalidInput({name: [str(Message.WRONG_CODE)]}))
    return _back(gettext("Confirmed. Notices go there from now on."))


@bp.post("/channels/<uuid:channel_id>/remove")
def remove_channel(channel_id: UUID) -> BaseResponse:
    """Give an address up."""
    actor = current_actor()
    channel = own_channel(actor, channel_id)
    with db.unit_of_work():
        channels.remove_channel(actor, channel)
    return _back(gettext("Removed. Nothing goes there any more."))


@bp.post("/quiet-hours")
def choose_quiet_hours() -> BaseResponse | tuple[str, int]:
    """Choose when only what cannot wait goes out."""
    actor = current_actor()
    schema = QuietHoursSchema()
    try:
        sent = loaded(schema, typed_for(schema, request.form))
        with db.unit_of_work():
            channels.choose_quiet_hours(actor, oneself(actor), **sent)
    except InvalidInput as refusal:
        return _again(refusal)
    return _back(gettext("The quiet hours are saved."))
