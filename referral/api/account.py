"""One's own sessions, passphrase, PIN and printed codes; and those of a colleague's lost phone."""

from typing import Any
from uuid import UUID

from flask import request
from marshmallow import Schema, fields

from referral.accounts import parking, proof, session_list, sheets
from referral.accounts.queries import oneself, visible_member
from referral.accounts.schemas import PassphraseSchema, PinSchema, ProofSchema
from referral.api.gate import bearer_token, current_actor, room
from referral.api.shapes import page_schema, whole
from referral.kernel import db
from referral.kernel.errors import StateConflict

blueprint = room("account", "One's own sessions, passphrase and codes")


class TokenShape(Schema):
    """A token, shown this once and kept nowhere."""

    token = fields.String(required=True)


class SessionLineShape(Schema):
    """One session of one's own, as much as is held of it."""

    id = fields.String(required=True)
    begun_at = fields.AwareDateTime(required=True)
    seen_at = fields.AwareDateTime(required=True)
    until = fields.AwareDateTime(required=True)
    is_here = fields.Boolean(required=True)
    is_locked = fields.Boolean(required=True)


class SheetShape(Schema):
    """How many codes of the printed sheet are left; null where there is none."""

    left = fields.Integer(required=True, allow_none=True)


class CodesShape(Schema):
    """The codes of a new sheet, shown this once."""

    codes = fields.List(fields.String(), required=True)


@blueprint.route("/sessions", methods=["GET"])
@blueprint.response(200, page_schema(SessionLineShape, "SessionLinePage"))
def list_sessions() -> dict[str, Any]:
    """List one's own sessions, open and locked; this one first."""
    return whole(session_list.own_sessions(current_actor()))


@blueprint.route("/sessions", methods=["DELETE"])
@blueprint.response(204)
def end_other_sessions() -> None:
    """End every session of one's own but this one."""
    actor = current_actor()
    with db.unit_of_work():
        session_list.end_other_sessions(actor, oneself(actor))


@blueprint.route("/sessions/<string:session_id>", methods=["DELETE"])
@blueprint.response(204)
def end_own_session(session_id: str) -> None:
    """End one session of one's own, open or locked."""
    actor = current_actor()
    with db.unit_of_work():
        session_list.end_own_session(actor, oneself(actor), session_id=session_id)


@blueprint.route("/sessions/current/proof", methods=["POST"])
@blueprint.arguments(ProofSchema)
@blueprint.response(200, TokenShape)
def prove(sent: dict[str, Any]) -> dict[str, str]:
    """Give the passphrase again; the session goes on under another token."""
    token = proof.prove(current_actor(), sent["passphrase"], address=request.remote_addr or "")
    return {"token": token}


@blueprint.route("/sessions/current/pin", methods=["PUT"])
@blueprint.arguments(PinSchema)
@blueprint.response(200, TokenShape)
def choose_pin(sent: dict[str, Any]) -> dict[str, str]:
    """Choose six digits that take this session up after it was locked, with the token given."""
    actor = current_actor()
    prepared = parking.prepare_pin(actor, sent["pin"])
    with db.unit_of_work():
        token = parking.choose_pin(actor, oneself(actor), prepared=prepared)
    return {"token": token}


@blueprint.route("/sessions/current/parking", methods=["POST"])
@blueprint.response(204)
def park() -> None:
    """Lock this session; its token opens nothing any more. 409 where no PIN was chosen."""
    if not parking.park(current_actor()):
        raise StateConflict("without_pin", "park")


@blueprint.route("/sessions/taking-up", methods=["POST"])
@blueprint.arguments(PinSchema)
@blueprint.response(201, TokenShape)
def take_up(sent: dict[str, Any]) -> dict[str, str]:
    """Open a locked session again: its own token as bearer, and the PIN."""
    return {"token": parking.take_up(bearer_token(), sent["pin"])}


@blueprint.route("/passphrase", methods=["PUT"])
@blueprint.arguments(PassphraseSchema)
@blueprint.response(204)
def change_passphrase(sent: dict[str, Any]) -> None:
    """Change one's passphrase; every other session ends."""
    actor = current_actor()
    prepared = proof.prepare_passphrase(actor, **sent, address=request.remote_addr or "")
    with db.unit_of_work():
        proof.change_passphrase(actor, oneself(actor), prepared=prepared)


@blueprint.route("/code-sheet", methods=["GET"])
@blueprint.response(200, SheetShape)
def show_code_sheet() -> dict[str, int | None]:
    """Tell how many codes of one's printed sheet are left."""
    actor = current_actor()
    with db.unit_of_work():
        return {"left": sheets.count_codes(actor, oneself(actor))}


@blueprint.route("/code-sheet", methods=["POST"])
@blueprint.response(201, CodesShape)
def make_code_sheet() -> dict[str, list[str]]:
    """Make ten one-time codes to print; the sheet from before is good no more."""
    actor = current_actor()
    with db.unit_of_work():
        return {"codes": sheets.make_code_sheet(actor, oneself(actor))}


@blueprint.route("/members/<uuid:member_id>/sessions", methods=["DELETE"])
@blueprint.response(204)
def end_sessions_for(member_id: UUID) -> None:
    """A colleague's phone is lost: end all their sessions, reading nothing."""
    actor = current_actor()
    with db.unit_of_work():
        session_list.end_sessions_for(actor, visible_member(actor, member_id))
