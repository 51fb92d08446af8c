"""Help inside the system: guides, words, what the system is, and the parts of its look."""

from typing import Final

from flask import Blueprint, g, render_template

from referral.kernel import deployment
from referral.kernel.errors import NotFound
from referral.kernel.version import VERSION
from referral.vault.directory import roles_in
from referral.web import guides
from referral.web.format import language

bp = Blueprint("help", __name__)
_LAST: Final = len(guides.ROLES_OF)


@bp.get("/help")
def show_help() -> str:
    """What to do when something goes wrong; for who is signed in, the guides, their own first."""
    person = g.get("actor")
    mine = roles_in(person.role) if person else frozenset()
    found = guides.guides(language()) if person else []
    return render_template(
        "help/show_help.html",
        everybody=guides.for_everybody(language()),
        own=[guide for guide in found if guide.roles & mine],
        others=[guide for guide in found if not guide.roles & mine],
    )


@bp.get(f"/help/<int(min=1, max={_LAST}):number>")
def read_guide(number: int) -> str:
    """The guide of one or several roles."""
    return render_template("help/read_guide.html", guide=guides.guide(number, language()))


@bp.get("/help/words")
def list_words() -> str:
    """The words of the screens and what they mean."""
    return render_template("help/list_words.html", words=guides.words(language()))


@bp.get("/about")
def show_about() -> str:
    """Which version runs here, under which licence, and whom to ask."""
    return render_template("help/show_about.html", version=VERSION, installation=_installation())


def _installation() -> str:
    """By which letters an installation is told from another; empty before it is set up."""
    try:
        return deployment.current().id.hex[:8]
    except NotFound:
        return ""
