"""An installation with a few members, and clients signed in as they are: through the form."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect

from referral.kernel import db
from tests.factories.province import PASSPHRASE, House, Province

POLICE = "Công an xã Hồng Hạ"
HOSPITAL = "Trung tâm Y tế huyện A Lưới"


@dataclass
class Place:
    """The installation of one test."""

    app: Flask
    province: Province
    police: House
    hospital: House
    hospital_id: UUID
    hospital_circle_id: UUID

    def client(self, username: str) -> FlaskClient:
        """A browser without script, signed in by the form as this member."""
        return sign_in(self.app.test_client(), username)

    def officer(self) -> FlaskClient:
        return self.client(self.police.users["police_officer"])

    def nurse(self) -> FlaskClient:
        return self.client(self.hospital.users["health_worker"])


def make_place(make_app: Callable[..., Flask], *, with_factor: bool = False) -> Place:
    """A police post and a hospital; forms need no token here, the browser tests use real ones."""
    app = make_app(SECOND_FACTOR="1" if with_factor else "0", SECURE_COOKIES="0")
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        if not inspect(db.db.engine).has_table("agency"):
            db.db.create_all()
        province = Province(with_factor=with_factor)
        police = province.house(POLICE, "commune_police", "police_officer", "supervisor")
        hospital = province.house(HOSPITAL, "health_facility", "health_worker")
        ids = (hospital.id, hospital.circle_id())
        db.rollback()
    return Place(app, province, police, hospital, *ids)


def sign_in(client: FlaskClient, username: str, code: str = "") -> FlaskClient:
    """Sign in through the form; the cookie stays with the client."""
    typed = {"username": username, "passphrase": PASSPHRASE, "code": code}
    answer = client.post("/sign-in", data=typed)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return client


def text_of(answer: Any) -> str:
    """The page of an answer that must be 200, its unbreakable spaces as plain ones."""
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return str(answer.get_data(as_text=True)).replace("\u00a0", " ")


__all__ = ["HOSPITAL", "PASSPHRASE", "POLICE", "Place", "make_place", "sign_in", "text_of"]
