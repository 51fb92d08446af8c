"""Beds out of use, on the board of their site."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from marshmallow import Schema
from werkzeug.wrappers import Response as BaseResponse

from referral.kernel import db
from referral.kernel.errors import InvalidInput, StateConflict
from referral.shelters import service
from referral.shelters.errors import BedTaken
from referral.shelters.queries import visible_site
from referral.shelters.schemas import BlockSchema, UnblockSchema
from referral.web import forms
from referral.web.actor import current_actor
from referral.web.inputs import loaded, typed_for
from referral.web.shelters import board_page, bp


@bp.post("/places/<uuid:site_id>/blocks")
def block_bed(site_id: UUID) -> BaseResponse | tuple[str, int]:
    """Take a bed out of use for some nights."""
    actor = current_actor()
    site = visible_site(actor, site_id)
    try:
        taken = _typed(BlockSchema())
        with db.unit_of_work():
            service.block_bed(actor, site, **taken)
    except InvalidInput as refusal:
        errors = {name: " ".join(said) for name, said in forms.sentences(refusal).items()}
        return board_page(actor, str(site_id), errors), 422
    except BedTaken:
        db.rollback()
        said = gettext("Somebody has it on one of these nights.")
        return board_page(actor, str(site_id), {"bed_id": said}), 409
    flash(gettext("Out of use. Nobody is offered it on these nights."), "done")
    return _back(site_id)


@bp.post("/places/<uuid:site_id>/unblocking")
def unblock_bed(site_id: UUID) -> BaseResponse:
    """Use a bed again."""
    actor = current_actor()
    site = visible_site(actor, site_id)
    try:
        taken = _typed(UnblockSchema())
        with db.unit_of_work():
            service.unblock_bed(actor, site, **taken)
        flash(gettext("In use again from tonight."), "done")
    except (InvalidInput, StateConflict):
        db.rollback()
        flash(gettext("It is in use already."), "soon")
    return _back(site_id)


def _typed(schema: Schema) -> dict[str, Any]:
    return loaded(schema, typed_for(schema, request.form))


def _back(site_id: UUID) -> BaseResponse:
    return redirect(url_for("shelters.show_board", site=site_id), 303)
