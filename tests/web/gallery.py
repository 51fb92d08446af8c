"""A small application that shows every part of the look on one page, with the real frame."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask, abort, flash, g, jsonify, render_template, request
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined

from referral.cases.forms.definition import (
    NO,
    SHEET,
    YES,
    Calculation,
    Condition,
    Field,
    FieldType,
    Function,
    Option,
)
from referral.cases.forms.form import Form
from referral.cases.forms.form_file import FormFile
from referral.kernel.permissions import Permission
from referral.web import assets, frame, i18n, security
from referral.web.forms import FilledForm
from referral.web.rows import ADD, DROP, reshaped

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2024, 11, 25, 14, 40, tzinfo=UTC)  # 21:40 in the province
PAGES = ("gallery.html", "gallery_case.html", "gallery_form.html", "gallery_sign_in.html")


@dataclass
class Person:
    """What the frame reads of an actor; names as long as real ones."""

    display_name: str = "Nguyễn Thị Ngọc Ánh Tuyết"
    agency_name: str = "Trung tâm Y tế huyện A Lưới"
    agency_name_en: str = "A Luoi district health centre"
    permissions: frozenset[Permission] = field(default_factory=lambda: frozenset(Permission))
    parked_id: str | None = None


LONG = Option("chosen", "Người có quan hệ nuôi dưỡng, đỡ đầu trước đây", "Former foster relation")
LEGAL = Option("legal_aid", "Trợ giúp pháp lý", "Legal aid")
FIELDS = (
    Field("reason", FieldType.TEXT, "Lý do chuyển gửi", "Reason", "Không ghi tên.", "No names."),
    Field("story", FieldType.LONG_TEXT, "Việc đã xảy ra", "What happened", max_length=4000),
    Field("seen_on", FieldType.DATE, "Ngày gặp lần đầu", "First met on", required=True),
    Field("seen_at", FieldType.DATETIME, "Xảy ra lúc", "Happened at", unknown=True),
    Field("hour", FieldType.TIME, "Giờ hẹn", "Hour"),
    Field("children", FieldType.NUMBER, "Số trẻ đi cùng", "Children", unknown=True),
    Field(
        "hurt",
        FieldType.YES_NO_UNKNOWN,
        "Có bị thương không?",
        "Hurt?",
        options=(YES, NO),
        unknown=True,
    ),
    Field("kind", FieldType.ONE_OF, "Quan hệ", "Relation", options=(LONG, Option("b", "Vợ", "W"))),
    Field(
        "needs",
        FieldType.SEVERAL_OF,
        "Nhu cầu",
        "Needs",
        options=(LONG, LEGAL),
    ),
    Field("unit", FieldType.UNIT, "Địa bàn", "Area"),
    Field(
        "others",
        FieldType.GROUP,
        "Người đi cùng",
        "Others along",
        fields=(
            Field("who", FieldType.ONE_OF, "Là ai", "Who", options=(LONG,), required=True),
            Field("age", FieldType.NUMBER, "Tuổi", "Age", unknown=True),
        ),
    ),
    Field(
        "persons",
        FieldType.CALCULATED,
        "Số người đi cùng",
        "How many",
        calculation=Calculation(Function.ROWS, ("others",)),
    ),
    Field(
        "distance",
        FieldType.NUMBER,
        "Đường đi",
        "The way here",
        "Làm tròn.",
        "In round figures.",
        unit_vi="km",
        unit_en="km",
        shown_when=Condition("hurt", ("yes",)),
        required_when=Condition("kind", ("chosen",)),
    ),
    Field(
        "back_on",
        FieldType.DATE,
        "Ngày về",
        "Back on",
        not_before="seen_on",
        not_after="2025-06-30",
    ),
    SHEET,
)
FORM = Form("gallery", 1, "Phiếu mới", "New form", FIELDS, FormFile(Path(), False, "", {}))
WRONG = {
    "seen_on": ["Tháng 2 không có ngày 31. Ghi lại ngày."],
    "seen_at": ["Cần ghi cả ngày và giờ."],
    "kind": ["Cần chọn."],
    "others.0.age": ["Ghi số nguyên."],
}


STORED = {
    "others-row": ["4"],
    "others-4-age": ["ba"],
    "reason": ["Ẫm <b>Ỗ</b> ậ ợ"],
    "needs": ["chosen"],
    "seen_on": ["2024-11-26"],
}


class EndedSessions:
    """Stands where the composition root passes the real end of a session."""

    def __init__(self) -> None:
        self.count = 0
        self.was_called = threading.Event()

    def __call__(self) -> None:
        self.count += 1
        self.was_called.set()


def make_gallery(end_session: EndedSessions) -> Flask:
    app = Flask(
        "referral",
        template_folder=str(ROOT / "templates"),
        static_folder=None,
    )
    app.config.update(SECRET_KEY="gallery", SESSION_COOKIE_SAMESITE="Strict", TESTING=True)
    app.jinja_options = {"undefined": StrictUndefined}
    own = FileSystemLoader(Path(__file__).parent / "templates")
    app.jinja_env.loader = ChoiceLoader([own, app.jinja_env.loader or own])
    assets.init_app(app)
    CSRFProtect(app)
    i18n.init_app(app)
    security.init_app(app)
    frame.init_app(app, is_demo=lambda: True, end_session=end_session)
    _serve_pages(app)
    return app


def _serve_pages(app: Flask) -> None:
    for item in frame.DESTINATIONS:
        app.add_url_rule(f"/{item.endpoint}", item.endpoint, _gallery)
    app.add_url_rule("/gallery/<page>", "gallery.show_page", _gallery, methods=["GET", "POST"])
    app.add_url_rule("/lock", "locking.lock", _gallery)
    app.add_url_rule("/help", "help.show_help", _gallery)
    app.add_url_rule("/about", "help.show_about", _gallery)
    app.add_url_rule("/draft", "draft", lambda: jsonify(saved_at="21:13"), methods=["POST"])
    app.add_url_rule("/number", "number", lambda: jsonify(number="0400 123 456"), methods=["POST"])

    @app.before_request
    def sign_in() -> None:
        if "signed-out" not in request.args:
            g.actor = Person()
            g.waiting_counts = {"referrals.show_inbox": 6}


def _gallery(page: str = "gallery.html") -> str:
    if page not in PAGES:
        abort(404)
    if "flash" in request.args:
        flash("Đã lưu sự đồng ý lúc 21:40.", "done")
    return render_template(
        page,
        at=lambda minutes: NOW + timedelta(minutes=minutes),
        filled=_filled(),
    )


def _filled() -> FilledForm:
    """What was posted, with one line more or less where a button asked for it."""
    if not request.form:
        return FilledForm(FORM, STORED, errors=WRONG)
    values, fresh = reshaped(FORM, "", request.form, request.form.to_dict(flat=False))
    is_reshaped = ADD in request.form or DROP in request.form
    return FilledForm(FORM, values, fresh=fresh, is_reshaped=is_reshaped)
