"""The recovery kit of an administrator: made, typed again, used when the passphrase is lost.

None of it takes an `Idempotency-Key`: a code is shown once, and a request that is sent again makes
another, which ends the one before.
"""

from typing import Any

from flask import request
from marshmallow import Schema, fields

from referral.accounts import recovery
from referral.accounts.queries import oneself
from referral.accounts.schemas import KitCodeSchema, ProofSchema, RecoverySchema
from referral.api.gate import current_actor, room
from referral.kernel import db

blueprint = room("recovery", "An administrator's way back when the passphrase is lost")


class OwnKitShape(Schema):
    """Whether there is a code on paper that counts, or one that waits to be typed from it."""

    is_confirmed = fields.Boolean(required=True)
    is_waiting = fields.Boolean(required=True)


class KitShape(Schema):
    """A new recovery code, shown this once."""

    code = fields.String(required=True)


class RecoveredShape(KitShape):
    """The new second factor and the next recovery code, shown this once."""

    factor = fields.String(
        required=True, metadata={"description": "The secret of TOTP, in base32."}
    )


@blueprint.route("/recovery-kit", methods=["GET"])
@blueprint.response(200, OwnKitShape)
def show_kit() -> Any:
    """Tell whether one's own recovery code can be counted on."""
    return recovery.own_kit(current_actor())


@blueprint.route("/recovery-kit", methods=["POST"])
@blueprint.arguments(ProofSchema)
@blueprint.response(201, KitShape)
def make_kit(sent: dict[str, Any]) -> dict[str, str]:
    """Make a recovery code; the one from before is good no more."""
    actor = current_actor()
    recovery.prove_passphrase(actor, sent["passphrase"], address=request.remote_addr or "")
    with db.unit_of_work():
        return {"code": recovery.make_kit(actor, oneself(actor))}


@blueprint.route("/recovery-kit/confirmation", methods=["POST"])
@blueprint.arguments(KitCodeSchema)
@blueprint.response(204)
def confirm_kit(sent: dict[str, Any]) -> None:
    """Take the code as it was typed from paper: from now on it counts."""
    actor = current_actor()
    with db.unit_of_work():
        recovery.confirm_kit(actor, oneself(actor), **sent)


@blueprint.route("/recovery", methods=["POST"])
@blueprint.doc(security=[])
@blueprint.arguments(RecoverySchema)
@blueprint.response(200, RecoveredShape)
def recover(sent: dict[str, Any]) -> dict[str, str]:
    """Come back with a recovery code: a new passphrase for the same keys; every session ends."""
    with db.unit_of_work():
        _, factor, code = recovery.recover(**sent, address=request.remote_addr or "")
    return {"factor": factor, "code": code}
