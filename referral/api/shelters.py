"""Places to stay: what is free, for all who refer; which and where, for those who work them."""

from typing import Any
from uuid import UUID

from marshmallow import fields

from referral.api.gate import current_actor, room
from referral.api.place_shapes import (
    BoardShape,
    NoteHeaderShape,
    OpenedSiteShape,
    OpenedStayShape,
    PlaceShape,
    SiteShape,
    StayShape,
    opened_site,
)
from referral.api.repeats import PARAMETER, create_once
from referral.api.shapes import CursorQuery, as_page, page_schema, whole
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.referrals import queries as referrals
from referral.shelters import queries, service
from referral.shelters.schemas import (
    ArrivalSchema,
    BlockSchema,
    BoardQuery,
    DepartureSchema,
    HoldSchema,
    PlacesQuery,
    SiteSchema,
    StayNoteSchema,
    UnblockSchema,
)

blueprint = room("shelters", "Places and stays")


class StaysQuery(CursorQuery):
    """Stays of one place, or of all that the session's circles work."""

    site_id = fields.UUID(load_default=None)


@blueprint.route("/places", methods=["GET"])
@blueprint.arguments(PlacesQuery, location="query")
@blueprint.response(200, page_schema(PlaceShape, "PlacePage"))
def list_places(sent: dict[str, Any]) -> dict[str, Any]:
    """List the circles whose places serve a unit, those with free places first."""
    on = sent["on"] or clock.today()
    return whole(queries.places_near(current_actor(), unit_code=sent["unit_code"], on=on))


@blueprint.route("/sites", methods=["GET"])
@blueprint.response(200, page_schema(SiteShape, "SitePage"))
def list_sites() -> dict[str, Any]:
    """List the places that the session's circles work."""
    return whole(queries.visible_sites(current_actor()))


@blueprint.route("/sites", methods=["POST"])
@blueprint.doc(parameters=[PARAMETER])
@blueprint.arguments(SiteSchema)
@blueprint.response(201, SiteShape)
def register_site(sent: dict[str, Any]) -> Any:
    """Register a place under a code name."""
    actor = current_actor()
    return create_once(
        lambda: service.register_site(actor, None, **sent),
        lambda site_id: queries.visible_site(actor, site_id),
        object_id=lambda site: site.id,
    )


@blueprint.route("/sites/<uuid:site_id>", methods=["GET"])
@blueprint.response(200, OpenedSiteShape)
def show_site(site_id: UUID) -> dict[str, Any]:
    """Open a place: where it is, whose it is, whom it takes."""
    actor = current_actor()
    with db.unit_of_work():
        found = service.read_site(actor, queries.visible_site(actor, site_id))
    return opened_site(found)


@blueprint.route("/sites/<uuid:site_id>/board", methods=["GET"])
@blueprint.arguments(BoardQuery, location="query")
@blueprint.response(200, BoardShape)
def show_board(sent: dict[str, Any], site_id: UUID) -> Any:
    """Show the beds of a place against the nights."""
    actor = current_actor()
    site = queries.visible_site(actor, site_id)
    return queries.board(actor, site, sent["from_on"] or clock.today(), sent["nights"])


@blueprint.route("/sites/<uuid:site_id>/confirmation", methods=["POST"])
@blueprint.response(200, SiteShape)
def confirm_places(site_id: UUID) -> Any:
    """Give one's word that the board is right now; it is good for twelve hours."""
    actor = current_actor()
    with db.unit_of_work():
        return service.confirm_places(actor, queries.visible_site(actor, site_id))


@blueprint.route("/sites/<uuid:site_id>/closing", methods=["POST"])
@blueprint.response(200, SiteShape)
def close_site(site_id: UUID) -> Any:
    """Take nobody in any more."""
    actor = current_actor()
    with db.unit_of_work():
        return service.close_site(actor, queries.visible_site(actor, site_id))


@blueprint.route("/sites/<uuid:site_id>/opening", methods=["POST"])
@blueprint.response(200, SiteShape)
def open_site(site_id: UUID) -> Any:
    """Take people in again."""
    actor = current_actor()
    with db.unit_of_work():
        return service.open_site(actor, queries.visible_site(actor, site_id))


@blueprint.route("/sites/<uuid:site_id>/blocks", methods=["POST"])
@blueprint.arguments(BlockSchema)
@blueprint.response(200, SiteShape)
def block_bed(sent: dict[str, Any], site_id: UUID) -> Any:
    """Take a bed out of use for some nights; refused when somebody has it."""
    actor = current_actor()
    with db.unit_of_work():
        site = queries.visible_site(actor, site_id)
        service.block_bed(actor, site, **sent)
        return site


@blueprint.route("/sites/<uuid:site_id>/unblocking", methods=["POST"])
@blueprint.arguments(UnblockSchema)
@blueprint.response(200, SiteShape)
def unblock_bed(sent: dict[str, Any], site_id: UUID) -> Any:
    """Use a bed again from tonight on."""
    actor = current_actor()
    with db.unit_of_work():
        return service.unblock_bed(actor, queries.visible_site(actor, site_id), **sent)


@blueprint.route("/stays", methods=["GET"])
@blueprint.arguments(StaysQuery, location="query")
@blueprint.response(200, page_schema(StayShape, "StayPage"))
def list_stays(sent: dict[str, Any]) -> dict[str, Any]:
    """List the stays that are not over, what changed last first."""
    return as_page(queries.visible_stays(current_actor(), **sent))


@blueprint.route("/sites/<uuid:site_id>/stays", methods=["POST"])
@blueprint.doc(parameters=[PARAMETER])
@blueprint.arguments(HoldSchema)
@blueprint.response(201, OpenedStayShape)
def hold_beds(sent: dict[str, Any], site_id: UUID) -> Any:
    """Hold beds for a referral that this circle received; the hold runs out by itself."""
    actor = current_actor()
    stay = create_once(
        lambda: _held(actor, site_id, sent),
        lambda stay_id: queries.visible_stay(actor, stay_id),
        object_id=lambda held: held.id,
    )
    return _opened(actor, stay.id)


def _held(actor: Actor, site_id: UUID, sent: dict[str, Any]) -> Any:
    asked = referrals.line_of(actor, referrals.visible_referral(actor, sent["referral_id"]))
    site = queries.visible_site(actor, site_id)
    return service.hold_beds(actor, site, case_id=asked.case_id, case_code=asked.case_code, **sent)


def _opened(actor: Actor, stay_id: UUID) -> Any:
    with db.unit_of_work():
        return service.read_stay(actor, queries.visible_stay(actor, stay_id))


@blueprint.route("/stays/<uuid:stay_id>", methods=["GET"])
@blueprint.response(200, OpenedStayShape)
def show_stay(stay_id: UUID) -> Any:
    """Open a stay and its house log."""
    return _opened(current_actor(), stay_id)


@blueprint.route("/stays/<uuid:stay_id>/confirmation", methods=["POST"])
@blueprint.response(200, OpenedStayShape)
def confirm_stay(stay_id: UUID) -> Any:
    """Promise the place that is held."""
    actor = current_actor()
    with db.unit_of_work():
        service.confirm_stay(actor, queries.visible_stay(actor, stay_id))
    return _opened(actor, stay_id)


@blueprint.route("/stays/<uuid:stay_id>/release", methods=["POST"])
@blueprint.response(204)
def release_stay(stay_id: UUID) -> None:
    """Give back what was held or promised."""
    actor = current_actor()
    with db.unit_of_work():
        service.release_stay(actor, queries.visible_stay(actor, stay_id))


@blueprint.route("/stays/<uuid:stay_id>/arrival", methods=["POST"])
@blueprint.arguments(ArrivalSchema)
@blueprint.response(200, OpenedStayShape)
def check_in(sent: dict[str, Any], stay_id: UUID) -> Any:
    """She has arrived."""
    actor = current_actor()
    with db.unit_of_work():
        service.check_in(actor, queries.visible_stay(actor, stay_id), **sent)
    return _opened(actor, stay_id)


@blueprint.route("/stays/<uuid:stay_id>/departure", methods=["POST"])
@blueprint.arguments(DepartureSchema)
@blueprint.response(200, OpenedStayShape)
def check_out(sent: dict[str, Any], stay_id: UUID) -> Any:
    """She has left; the beds are free from that day on."""
    actor = current_actor()
    with db.unit_of_work():
        service.check_out(actor, queries.visible_stay(actor, stay_id), **sent)
    return _opened(actor, stay_id)


@blueprint.route("/stays/<uuid:stay_id>/notes", methods=["POST"])
@blueprint.doc(parameters=[PARAMETER])
@blueprint.arguments(StayNoteSchema)
@blueprint.response(201, NoteHeaderShape)
def write_stay_note(sent: dict[str, Any], stay_id: UUID) -> Any:
    """Add a line to the house log."""
    actor = current_actor()
    return create_once(
        lambda: service.write_stay_note(
            actor, queries.visible_stay(actor, stay_id), answers=sent["answers"]
        ),
        lambda note_id: _note(actor, stay_id, note_id),
        object_id=lambda note: note.id,
    )


def _note(actor: Actor, stay_id: UUID, note_id: UUID) -> Any:
    log = service.read_stay(actor, queries.visible_stay(actor, stay_id)).notes
    return next(note for note in log if note.id == note_id)
