"""The only composition root: settings in, a wired application out."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import Migrate
from sqlalchemy import inspect
from werkzeug.middleware.proxy_fix import ProxyFix

from referral import cli, watch, web
from referral.accounts import events as account_events
from referral.accounts.attempts import blinding
from referral.accounts.handlers import bury_passphrase, part_with_members
from referral.accounts.parking import server_secret
from referral.accounts.sessions import lifetimes
from referral.accounts.signin import Gate, doorkeeper
from referral.agencies import events as agency_events
from referral.agencies import passed_keys
from referral.agencies.directory import pin
from referral.agencies.handlers import pass_areas
from referral.agencies.log_keys import log_key
from referral.agencies.rewrapping import shelves
from referral.api import wiring as api
from referral.audit.trail import trail
from referral.cases import events as case_events
from referral.cases import handlers as sharing
from referral.cases import rewrapping as sealed_cases
from referral.cases.draft_life import draft_life
from referral.cases.forms_in_force import shelf
from referral.cases.service.bases import cosign_limit
from referral.cases.windows import windows
from referral.followup import handlers as care
from referral.followup import letters
from referral.jobs.commands import jobs_commands
from referral.kernel import db, deployment, events
from referral.kernel.clock import clock
from referral.kernel.errors import HalfRestored, NotFound
from referral.kernel.instance import (
    FORM_KEY,
    ROOT_PUBLIC,
    SERVER_KEY,
    SESSION_KEY,
    instance,
    shipping,
)
from referral.kernel.settings import ROOT, Settings, read_settings
from referral.notices import events as notice_events
from referral.notices.addresses import box
from referral.notices.carriers import post_office
from referral.notices.setup import carriers_of
from referral.referrals import events as referral_events
from referral.referrals import handlers as promises
from referral.referrals import rewrapping as sealed_referrals
from referral.reporting import rewrapping as sealed_facts
from referral.reporting.compose import threshold
from referral.reporting.facts import write_fact
from referral.shelters import events as shelter_events
from referral.shelters import rewrapping as sealed_places
from referral.shelters.handlers import pass_sites
from referral.vault.passphrase import Cost, Derivation, cores
from referral.vault.primitives import derive, random_key
from referral.vault.root import ServerKey, new_server_secret
from referral.web.addresses import LateRule

PREFIX = "postgresql://"

SUBSCRIPTIONS: tuple[tuple[type[Any], Callable[[Any], None]], ...] = (
    (agency_events.AgencyEnded, pass_areas),
    (agency_events.AgencyEnded, part_with_members),
    (agency_events.AgencyEnded, sharing.close_to_ended),
    (agency_events.AgencyEnded, pass_sites),
    (agency_events.AgencyEnded, care.ask_to_reconfirm),
    (account_events.MemberRemoved, sharing.close_to_removed),
    (account_events.ReenrolmentBegun, sharing.forget_drafts),
    (account_events.CaseWorkEnded, sharing.forget_drafts),
    (account_events.CaseWorkEnded, care.give_back_to_circle),
    (account_events.CaseWorkEnded, promises.give_back_to_circle),
    (account_events.MemberRemoved, care.give_back_to_circle),
    (account_events.MemberRemoved, promises.give_back_to_circle),
    (agency_events.CircleRenewed, sharing.close_to_old_keys),
    (account_events.PassphraseChanged, bury_passphrase),
    (case_events.AccessConfirmed, care.ask_to_give_anew),
    (case_events.AccessSettled, care.settle_confirmations),
    (case_events.BasisClaimed, care.ask_for_cosignature),
    (case_events.BasisCosigned, care.settle_cosignature),
    (case_events.CaseClosed, care.drop_all),
    (case_events.CaseOpened, care.ask_for_hand_over),
    (case_events.CaseMoved, care.follow_the_case),
    (case_events.CaseReopened, care.begin_again),
    (case_events.CaseSucceeded, care.pass_tasks),
    (case_events.ConsentRecorded, care.settle_reconfirmed),
    (case_events.CustodyTaken, care.settle_hand_over),
    (case_events.GrantsEnded, promises.withdraw_with_consent),
    (case_events.GrantsEnded, care.note_grants_ended),
    (case_events.PaperGone, care.settle_paper),
    (case_events.PaperKept, care.ask_to_destroy),
    (case_events.RemainderGiven, care.settle_remainder),
    (case_events.SectionWritten, care.settle_assessment),
    (case_events.SectionWritten, write_fact),
    (case_events.WaitingGrantRenewed, promises.keep_renewed),
    (notice_events.NoticePosted, letters.write_letters),
    (shelter_events.StayHeld, promises.check_hold),
    (shelter_events.HoldLapsed, care.note_hold_lapsed),
    (shelter_events.StayConfirmed, promises.schedule_with_stay),
    (shelter_events.StayReleased, promises.unschedule_with_stay),
    (shelter_events.StayStarted, promises.start_with_stay),
    (shelter_events.StayEnded, promises.complete_with_stay),
    (referral_events.ReferralSent, care.await_answer),
    (referral_events.ReferralAccepted, care.promise_first_contact),
    (referral_events.ReferralDeclined, care.find_another),
    (referral_events.ReferralCompleted, care.settle_first_contact),
    (referral_events.ReferralEnded, care.settle_ended),
    (referral_events.WorkerLeft, care.ask_for_another_worker),
    (referral_events.WorkerNamed, care.settle_reassignment),
)


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application; `CannotStart` for a setting or form file that cannot be used."""
    settings = settings or read_settings()
    app = create_rooms(settings)
    app.url_rule_class = LateRule
    web.register(app, settings)
    api.register(app)
    watch.register(app, settings)
    cli.register(app)
    app.cli.add_command(jobs_commands)
    return app


def create_rooms(settings: Settings) -> Flask:
    """The application without its edges: every operation, no page, no API and no command.

    Building the routes and the API's document takes most of the time of a start, which whoever
    only calls operations need not spend.
    """
    app = Flask(
        "referral",
        root_path=str(ROOT / "referral"),
        instance_path=str(settings.instance_path),
        template_folder=str(ROOT / "templates"),
        static_folder=None,
    )
    app.config["REFERRAL_SETTINGS"] = settings
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database.replace(
        PREFIX, "postgresql+psycopg://"
    )
    app.config["SESSION_COOKIE_SECURE"] = settings.secure_cookies
    app.config["SESSION_COOKIE_SAMESITE"] = "Strict"
    app.config["SESSION_COOKIE_HTTPONLY"] = True
    instance.configure(settings.instance_path)
    shipping.configure(Path(settings.tombstone_path or settings.instance_path / "tombstones"))
    app.secret_key = instance.read_or_make(FORM_KEY, random_key)
    blinding.configure(derive(app.secret_key, "sign-in attempts"))
    if settings.proxies:
        behind = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)
        app.wsgi_app = behind  # type: ignore[method-assign]  # as Flask's documentation does
    db.db.init_app(app)
    Migrate(app, db.db, directory=str(ROOT / "migrations"), render_as_batch=True)
    with app.app_context():
        db.prepare_engine(db.db.engine)
        _configure_rooms(settings)
    _subscribe()
    return app


def _configure_rooms(settings: Settings) -> None:
    """Give each room what it takes from the installation."""
    pepper = Path(settings.pepper_file).read_bytes() if settings.pepper_file else b""
    doorkeeper.configure(
        Gate(
            Derivation(parallel=settings.argon2_parallel or cores(), pepper=pepper),
            Cost(settings.argon2_memory_kib, settings.argon2_passes),
            settings.second_factor,
        )
    )
    lifetimes.configure(
        idle=timedelta(minutes=settings.session_idle_minutes),
        absolute=timedelta(hours=settings.session_hours),
        park=timedelta(minutes=settings.session_park_minutes),
        parked=timedelta(hours=settings.session_parked_hours),
    )
    kept_outside = instance.read_or_make(SESSION_KEY, random_key)
    server_secret.configure(kept_outside)
    box.configure(kept_outside)
    post_office.configure(carriers_of(settings), settings.public_url)
    cosign_limit.configure(timedelta(hours=settings.cosign_hours))
    draft_life.configure(timedelta(days=settings.draft_days))
    threshold.configure(settings.statistics_threshold)
    shelves.configure(
        passed_keys.SHELVES
        + sealed_cases.SHELVES
        + sealed_places.SHELVES
        + sealed_referrals.SHELVES
        + sealed_facts.SHELVES
    )
    shelf.configure(settings.instance_path / "forms")
    windows.configure(settings.instance_path)
    trail.configure(_server_key(), log_key)
    refresh_installation(settings)


def _server_key() -> ServerKey:
    return ServerKey(instance.read_or_make(SERVER_KEY, new_server_secret))


def _subscribe() -> None:
    """Let the upper rooms hear what happens below them: the one table of subscriptions."""
    for kind, handler in SUBSCRIPTIONS:
        events.subscribe(kind, handler)


def refresh_installation(settings: Settings) -> None:
    """Take the pinned root key and the demo's clock, once they exist."""
    pinned = instance.read(ROOT_PUBLIC)
    pin.configure(bytes.fromhex(pinned.decode().strip()) if pinned else None)
    shift = timedelta(0)
    if inspect(db.db.engine).has_table(deployment.Deployment.__tablename__):
        try:
            shift = deployment.current().shift
        except (NotFound, HalfRestored):
            shift = timedelta(0)
        db.rollback()
    clock.configure(shift=shift, zone=settings.time_zone)
