"""An installation with a few members, and clients signed in as they are: through the form."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient

from tests.factories.blueprint import Plan
from tests.factories.installation import Installation
from tests.factories.province import PASSPHRASE, House, Province
from tests.infrastructure.application import Environment

POLICE = "Công an xã Hồng Hạ"
HOSPITAL = "Trung tâm Y tế huyện A Lưới"


@dataclass
class Place:
    """The installation of one test."""

    app: Flask
    environment: Environment
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


PLANS = (
    Plan(POLICE, "commune_police", ("police_officer", "supervisor")),
    Plan(HOSPITAL, "health_facility", ("health_worker",)),
)


def make_place(
    settle_whole: Callable[..., Installation], plans: Sequence[Plan] = PLANS, **settings: str
) -> Place:
    """A police post and a hospital; forms need no token here, the browser tests use real ones."""
    home = settle_whole(plans, SECURE_COOKIES="0", **settings)
    home.app.config["WTF_CSRF_ENABLED"] = False
    police, hospital = home.province.houses[POLICE], home.province.houses[HOSPITAL]
    ids = (hospital.id, hospital.circle_id())
    return Place(home.app, home.environment, home.province, police, hospital, *ids)


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
