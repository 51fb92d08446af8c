"""What stands around every page: who is here, where one may go, theme, language, quick exit."""

import calendar
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from flask import Blueprint, Flask, current_app, g, redirect, render_template, request, url_for
from flask_babel import LazyString, lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from referral.accounts.sessions import lifetimes
from referral.kernel import clock
from referral.kernel.permissions import Permission
from referral.web import format as formats
from referral.web.i18n import LANGUAGE_COOKIE, LANGUAGES
from referral.web.once import once_mark

THEMES: Final = ("system", "light", "dark")
THEME_COOKIE: Final = "theme"
_A_YEAR: Final = 365 * 24 * 3600
_TABS: Final = 4

bp = Blueprint("frame", __name__)


@dataclass(frozen=True, slots=True)
class Destination:
    """One entry of the navigation; `permission` none means everybody who is signed in."""

    endpoint: str
    icon: str
    label: LazyString
    permission: Permission | None = None
    short: LazyString | None = None
    """What the tab on a phone says, where the label is too long for it."""
    starts_group: bool = False
    """Draw a line above it in the rail."""
    is_always_a_tab: bool = False
    """What waits for me may not stand at the foot of a phone's page, whatever else I may do."""


DESTINATIONS: Final = (
    Destination(
        "today.show_today", "today", lazy_gettext("Today's work"), None, lazy_gettext("Today")
    ),
    Destination(
        "referrals.show_inbox", "inbox", lazy_gettext("Incoming"), Permission.REFERRAL_READ
    ),
    Destination("cases.list_cases", "case", lazy_gettext("Cases"), Permission.CASE_READ),
    Destination(
        "shelters.show_board",
        "bed",
        lazy_gettext("Shelters"),
        Permission.SHELTER_READ,
        lazy_gettext("Shelter"),
    ),
    Destination(
        "reporting.list_editions",
        "chart",
        lazy_gettext("Figures"),
        Permission.EDITION_READ,
        starts_group=True,
    ),
    Destination(
        "agencies.list_agencies", "office", lazy_gettext("Agencies"), Permission.AGENCY_READ
    ),
    Destination(
        "accounts.list_members", "people", lazy_gettext("Members"), Permission.MEMBER_MANAGE
    ),
    Destination("audit.show_trail", "log", lazy_gettext("Access log"), Permission.AUDIT_READ),
    Destination(
        "notices.list_notices",
        "bell",
        lazy_gettext("Notices"),
        Permission.NOTICE_READ,
        is_always_a_tab=True,
    ),
    Destination("forms.list_forms", "doc", lazy_gettext("Forms"), Permission.FORM_PRINT),
    Destination("jobs.list_jobs", "clock", lazy_gettext("Jobs"), Permission.JOB_READ),
    Destination(
        "notices.count_letters", "phone", lazy_gettext("Sent outside"), Permission.LETTER_COUNT
    ),
    Destination(
        "account.end_sessions_for", "phone", lazy_gettext("Phone lost"), Permission.SESSION_END
    ),
    Destination(
        "account.list_sessions",
        "lock",
        lazy_gettext("My sessions"),
        None,
        lazy_gettext("Sessions"),
    ),
)


APART: Final[Mapping[str, str]] = {
    "send_referral": "cases",
    "end_sessions_for": "lost phone",
    "count_letters": "letters",
    "record_follow_up": "cases",
}
"""A referral and a follow-up are written from within a case; a colleague's lost phone is not one's
own account, nor what is sent to everybody one's own notices."""


class _Person(Protocol):
    """What the frame needs of `flask.g.actor`."""

    @property
    def permissions(self) -> frozenset[Permission]: ...

    @property
    def parked_id(self) -> str | None: ...

    @property
    def agency_name(self) -> str: ...

    @property
    def agency_name_en(self) -> str: ...


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """A destination as one page shows it."""

    href: str
    icon: str
    label: str
    short: str
    count: int
    is_here: bool
    starts_group: bool
    is_always_a_tab: bool = False


def navigation(
    person: _Person | None, waiting: Mapping[str, int], here: str | None
) -> list[NavigationItem]:
    """The destinations that this person may open, in order; `waiting` counts by endpoint."""
    if person is None:
        return []
    return [
        NavigationItem(
            href=url_for(item.endpoint),
            icon=item.icon,
            label=str(item.label),
            short=str(item.short or item.label),
            count=waiting.get(item.endpoint, 0),
            is_here=_room_of(here) == _room_of(item.endpoint),
            starts_group=item.starts_group,
            is_always_a_tab=item.is_always_a_tab,
        )
        for item in _allowed(person)
    ]


def _room_of(endpoint: str | None) -> str | None:
    """The room an endpoint stands in, but for pages that stand in another's."""
    if endpoint is None:
        return None
    blueprint, _, verb = endpoint.partition(".")
    return APART.get(verb, blueprint)


def _allowed(person: _Person) -> Iterable[Destination]:
    served = current_app.view_functions
    for item in DESTINATIONS:
        is_allowed = item.permission is None or item.permission in person.permissions
        if is_allowed and item.endpoint in served:
            yield item


def chosen_theme() -> str:
    """`light` or `dark` when set by hand, else `system`."""
    asked = request.cookies.get(THEME_COOKIE, "")
    return asked if asked in THEMES else THEMES[0]


def own_agency(person: _Person) -> str:
    """The person's agency in the language of the page."""
    return person.agency_name_en if formats.language() == "en" else person.agency_name


def _frame() -> dict[str, Any]:
    person = g.get("actor")
    items = navigation(person, g.get("waiting_counts", {}), request.endpoint)
    return {
        "person": person,
        "own_agency": own_agency(person) if person else "",
        "nav": items,
        "tabs": items[:_TABS] + [item for item in items[_TABS:] if item.is_always_a_tab],
        "elsewhere": [item for item in items[_TABS:] if not item.is_always_a_tab],
        "lock_after": _lock_after(person),
        "theme": chosen_theme(),
        "locale": formats.language(),
        "now": clock.now(),
        "page_path": request.full_path.rstrip("?") if request.method == "GET" else "/",
    }


def _lock_after(person: _Person | None) -> int:
    """After how many idle seconds the page goes away by itself; none before sign-in."""
    if person is None:
        return 0
    limit = lifetimes.idle if person.parked_id is None else lifetimes.park
    return int(limit.total_seconds())


@bp.get("/exit")
def show_exit() -> str:
    """Where a quick exit lands: a month's calendar, without a word of this product."""
    today = clock.today()
    weeks = calendar.Calendar().monthdatescalendar(today.year, today.month)
    return render_template("frame/show_exit.html", today=today, weeks=weeks)


@bp.post("/exit")
def quick_exit() -> BaseResponse:
    """Leave at once and land on the calendar: a form of another day may still send this."""
    return _left()


@bp.get("/leave")
def leave() -> BaseResponse:
    """The same as a plain link: it works without script, and on a page that stood open for hours.

    No cookie of ours comes with a link from another site, and such a one is passed over besides.
    """
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return redirect(url_for("frame.show_exit"), 303)
    return _left()


def _left() -> BaseResponse:
    end_session: Callable[[], None] = current_app.extensions["referral_end_session"]
    end_session()
    return redirect(url_for("frame.show_exit"), 303)


@bp.post("/preferences/language")
def choose_language() -> BaseResponse:
    """Keep the language in a cookie and return to the page."""
    return _keep_choice(LANGUAGE_COOKIE, request.form.get("language", ""), LANGUAGES)


@bp.post("/preferences/theme")
def choose_theme() -> BaseResponse:
    """Keep the theme in a cookie and return to the page."""
    return _keep_choice(THEME_COOKIE, request.form.get("theme", ""), THEMES)


def _keep_choice(cookie: str, choice: str, allowed: tuple[str, ...]) -> BaseResponse:
    response = redirect(local_path(request.form.get("next", "")), 303)
    if choice in allowed:
        _set_choice(response, cookie, choice)
    return response


def _set_choice(response: BaseResponse, cookie: str, choice: str) -> None:
    response.set_cookie(
        cookie,
        choice,
        max_age=_A_YEAR,
        secure=bool(current_app.config.get("SESSION_COOKIE_SECURE")),
        httponly=True,
        samesite="Strict",
    )


def local_path(asked: str) -> str:
    """`asked` when it is a path on this site, else the front page: never an open redirect."""
    is_path = asked.startswith("/") and not asked.startswith(("//", "/\\"))
    return asked if is_path and asked.isprintable() and "\\" not in asked else "/"


def init_app(app: Flask, *, is_demo: Callable[[], bool], end_session: Callable[[], None]) -> None:
    """Install frame and filters; Flask-Babel and CSRF must be there already.

    `end_session` locks or ends the session of the present request (its row and its cookie).
    """
    app.extensions["referral_end_session"] = end_session
    app.register_blueprint(bp)
    app.context_processor(lambda: {**_frame(), "is_demo": is_demo()})
    app.add_template_global(once_mark)
    app.add_template_global(formats.clock_patterns)
    app.add_template_global(formats.language, "current_locale")
    app.add_template_filter(option_rows)
    formats.init_app(app)


def option_rows(options: Iterable[Any], language: str) -> list[dict[str, str]]:
    """Options of a form file as the field macros take them."""
    return [{"value": option.id, "label": option.label(language)} for option in options]
