"""The pages: thin edges, one module a capability, over one frame."""

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from referral.kernel import deployment
from referral.kernel.errors import NotFound
from referral.kernel.settings import Settings
from referral.web import (
    account,
    accounts,
    agencies,
    assets,
    audit,
    blocks,
    cases,
    channels,
    circle_keys,
    circles,
    drafts,
    errors,
    followup,
    form_pages,
    frame,
    i18n,
    intake,
    jobs,
    locking,
    members,
    notices,
    proof,
    recovery,
    reenrolment,
    referrals,
    reporting,
    security,
    sending,
    session,
    shelters,
    stays,
    succession,
    today,
)

csrf = CSRFProtect()
ON_THE_BLUEPRINT_OF_ANOTHER = (
    blocks,
    circle_keys,
    members,
    recovery,
    reenrolment,
    sending,
    stays,
    succession,
)
"""Rooms whose pages stand on the blueprint of another room; importing adds them."""
OTHER_ROOMS = (
    referrals,
    shelters,
    followup,
    reporting,
    agencies,
    audit,
    notices,
    circles,
    form_pages,
    jobs,
)
OWN_ROOMS = (account, channels, locking, proof)
"""What everybody has of their own: sessions, passphrase, codes, channels, the lock."""


def register(app: Flask, settings: Settings) -> None:
    """Install the frame and every page."""
    intake.init_app(app)
    assets.init_app(app)
    csrf.init_app(app)
    i18n.init_app(app, time_zone=settings.time_zone)
    session.init_app(app)
    proof.init_app(app)
    security.init_app(app)
    frame.init_app(app, is_demo=_is_demo, end_session=session.leave)
    errors.init_app(app)
    for room in (accounts, today, cases, drafts):
        app.register_blueprint(room.bp)
    for page in (*OTHER_ROOMS, *OWN_ROOMS):
        app.register_blueprint(page.bp)
    # The locked screen stands for hours, longer than a form's token is good. What it sends is worth
    # nothing without a cookie that no other site's form brings along (SameSite=Strict).
    csrf.exempt(locking.unlock)


def _is_demo() -> bool:
    """Whether every page must say that nothing here is real."""
    try:
        return deployment.current().is_demo
    except NotFound:
        return False
