"""The keys of a circle: how far it has come with its newest one, and carrying the rest over."""

import time
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as BaseResponse

from referral.agencies import queries, rewrapping, service
from referral.agencies.rewrapping import Round
from referral.audit.operation import may
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, StateConflict
from referral.web.actor import current_actor
from referral.web.agencies import bp
from referral.web.format import language
from referral.web.once import write_once

ROUNDS_OF_A_PRESS = 5
BREATH = 0.06
"""Seconds between two rounds: on SQLite, where one writes at a time, others get their turn."""


@bp.get("/circles/<uuid:circle_id>/keys")
def show_circle_keys(circle_id: UUID) -> str:
    """Which generation is the newest, and what is still under an older one."""
    actor = current_actor()
    circle = queries.managed_circle(actor, circle_id)
    return render_template(
        "agencies/show_circle_keys.html",
        circle=circle,
        name=circle.name_en if language() == "en" else circle.name_vi,
        report=rewrapping.key_report(circle),
        may_rewrap=may(actor, rewrapping.rewrap_circle, circle),
        may_renew=may(actor, service.renew_circle, circle),
    )


@bp.post("/circles/<uuid:circle_id>/keys/rewrap")
def rewrap_circle(circle_id: UUID) -> BaseResponse:
    """Some rounds of sealing anew, each in a transaction of its own; ends what nothing names."""
    actor = current_actor()
    queries.managed_circle(actor, circle_id)
    after, carried, passed_over = request.form.get("after", ""), 0, 0
    for number in range(ROUNDS_OF_A_PRESS):
        time.sleep(BREATH if number else 0)
        try:
            done = _one_round(actor, circle_id, after)
        except InvalidInput:
            db.rollback()
            after = ""
            continue
        carried, passed_over = carried + done.carried, passed_over + done.passed_over
        after = done.after
        if not after:
            break
    flash(gettext("Sealed anew: %(num)s.", num=carried), "done")
    if passed_over:
        flash(gettext("Some could not be carried over now and stay where they are."), "soon")
    if not after:
        _end(actor, circle_id)
    return redirect(url_for("agencies.show_circle_keys", circle_id=circle_id), 303)


def _one_round(actor: Actor, circle_id: UUID, after: str) -> Round:
    with db.unit_of_work():
        return rewrapping.rewrap_circle(
            actor, queries.managed_circle(actor, circle_id), after=after
        )


def _end(actor: Actor, circle_id: UUID) -> None:
    """An older key that nothing names any more ends, where this member may say so."""
    circle = queries.managed_circle(actor, circle_id)
    may_end = may(actor, rewrapping.end_generations, circle)
    if not (may_end and rewrapping.key_report(circle).can_end):
        return
    db.rollback()
    try:
        with db.unit_of_work():
            rewrapping.end_generations(actor, queries.managed_circle(actor, circle_id))
    except StateConflict:  # something has come under it meanwhile: the next press sees to it
        db.rollback()
        return
    flash(gettext("The older key has ended: nothing is under it any more."), "done")


@bp.post("/circles/<uuid:circle_id>/keys/share")
def share_key(circle_id: UUID) -> BaseResponse:
    """Seal the key to colleagues of the circle who have new keys of their own."""
    actor = current_actor()
    with db.unit_of_work():
        given = rewrapping.share_key(actor, queries.managed_circle(actor, circle_id))
    flash(ngettext("Given to %(num)s colleague.", "Given to %(num)s colleagues.", given), "done")
    return redirect(url_for("agencies.show_circle_keys", circle_id=circle_id), 303)


@bp.post("/circles/<uuid:circle_id>/keys/renew")
def renew_circle(circle_id: UUID) -> BaseResponse:
    """Give the circle a new key: the old one may be in wrong hands."""
    actor = current_actor()
    circle = queries.managed_circle(actor, circle_id)
    write_once(actor, lambda: service.renew_circle(actor, circle).id)
    flash(gettext("The circle has a new key. Now seal what it has to the new one."), "done")
    return redirect(url_for("agencies.show_circle_keys", circle_id=circle_id), 303)
