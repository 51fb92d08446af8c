"""Languages: Vietnamese unless the person chose English. Message ids are English."""

from pathlib import Path
from typing import Final

from flask import Flask, request
from flask_babel import Babel

LANGUAGES: Final = ("vi", "en")
LANGUAGE_COOKIE: Final = "lang"
TRANSLATIONS: Final = Path(__file__).parent / "translations"


def chosen_language() -> str:
    """The language of this request: the cookie's when it is one of ours, else Vietnamese."""
    asked = request.cookies.get(LANGUAGE_COOKIE, "")
    return asked if asked in LANGUAGES else LANGUAGES[0]


def init_app(app: Flask, *, time_zone: str = "Asia/Ho_Chi_Minh") -> None:
    """Install Flask-Babel with the catalogues that lie beside this module."""
    Babel(
        app,
        default_locale="vi",
        default_timezone=time_zone,
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=chosen_language,
    )
