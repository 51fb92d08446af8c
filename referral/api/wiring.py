"""The one place where the API's blueprints meet the application."""

from typing import Final

from flask import Flask

from referral.api import (
    access,
    account,
    accounts,
    agencies,
    audit,
    bases,
    cases,
    channels,
    circle_keys,
    errors,
    followup,
    forms,
    health,
    jobs,
    recovery,
    referrals,
    reporting,
    sections,
    sessions,
    shelters,
    succession,
)
from referral.api.document import CONFIGURATION, SiteApi

ROOMS: Final = (
    sessions,
    account,
    recovery,
    cases,
    sections,
    bases,
    access,
    forms,
    referrals,
    shelters,
    followup,
    channels,
    jobs,
    reporting,
    agencies,
    circle_keys,
    accounts,
    audit,
    succession,
)


def register(app: Flask) -> None:
    """Add the API and the health checks; call it after the forms in force are known.

    Where Flask-WTF's protection is installed already, the API is exempt: it takes no cookie.
    """
    for name, value in CONFIGURATION.items():
        app.config.setdefault(name, value)
    errors.register(app)
    app.register_blueprint(health.blueprint)
    api = SiteApi(app)
    csrf = app.extensions.get("csrf")
    for room in ROOMS:
        api.register_blueprint(room.blueprint)
        if csrf is not None:
            csrf.exempt(room.blueprint)
