"""A small province on each engine, made once a run, and callers who speak only HTTP to it."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from referral.kernel.clock import clock
from tests.factories.blueprint import Plan
from tests.factories.installation import Installation, stand
from tests.factories.province import PASSPHRASE
from tests.infrastructure.application import Environment, application, let_go

PLANS = (
    Plan("congan", "commune_police", ("police_officer", "supervisor", "privacy_officer")),
    Plan("benhvien", "health_facility", ("health_worker",)),
    Plan("congtac", "social_services", ("social_worker",)),
    Plan("tamlanh", "shelter", ("shelter_keeper",)),
    Plan("thongke", "statistics_office", ("statistician", "approver")),
    Plan("uybantinh", "provincial_committee", ("coordinator",)),
    Plan("vanhanh", "operator", ("system_administrator", "auditor")),
)


@dataclass(frozen=True)
class World:
    """What tests need to know of the province: user names, ids, and where it is kept."""

    environment: Environment
    users: dict[str, str]
    agencies: dict[str, UUID]
    circles: dict[str, UUID]
    factors: dict[str, str]


def _world(home: Installation) -> World:
    houses = home.province.houses
    users = {}
    for name, house in houses.items():
        users.update(house.users, **{f"{name}.admin": house.administrator})
    return World(
        home.environment,
        users,
        {name: house.id for name, house in houses.items()},
        {name: next(iter(house.circles.values())).id for name, house in houses.items()},
        home.province.factors,
    )


@pytest.fixture(scope="session")
def worlds(
    run_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], World]]:
    """The province on an engine, built when first asked for."""
    made: dict[str, World] = {}
    with ExitStack() as stack:

        def world_on(engine: str) -> World:
            if engine not in made:
                folder = tmp_path_factory.mktemp(f"api-{engine}")
                made[engine] = _world(stack.enter_context(stand(engine, run_folder, folder, PLANS)))
            return made[engine]

        yield world_on


@pytest.fixture
def world(engine_name: str, worlds: Callable[[str], World]) -> World:
    return worlds(engine_name)


@pytest.fixture
def open_app(world: World) -> Iterator[Callable[..., Any]]:
    """A fresh application on the province; keywords are further settings by name."""
    with ExitStack() as stack:

        def make(**settings: str) -> Any:
            app = application({**world.environment, **settings})
            stack.callback(let_go, app)
            return app

        yield make


@pytest.fixture
def app(open_app: Callable[..., Any]) -> Any:
    return open_app()


@dataclass
class Caller:
    """A client program of one member: it keeps a bearer token, and no cookie."""

    client: Any
    token: str = field(repr=False)
    language: str = "en"

    def send(self, method: str, path: str, **how: Any) -> Any:
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Accept-Language": self.language,
            **how.pop("headers", {}),
        }
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **how)

    def get(self, path: str, **how: Any) -> Any:
        return self.send("GET", path, **how)

    def post(self, path: str, json: Any = None, **how: Any) -> Any:
        return self.send("POST", path, json=json, **how)

    def put(self, path: str, json: Any = None, **how: Any) -> Any:
        return self.send("PUT", path, json=json, **how)

    def made(self, path: str, json: Any = None, **how: Any) -> Any:
        """What a request that must succeed answers."""
        answer = self.post(path, json, **how)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json


@pytest.fixture
def sign_in(app: Any, world: World) -> Callable[[str], Caller]:
    """Sign a member in by role, through the API."""

    def enter(who: str) -> Caller:
        client = app.test_client(use_cookies=False)
        sent = {"username": world.users[who], "passphrase": PASSPHRASE, "code": ""}
        answer = client.post("/api/v1/sessions", json=sent)
        assert answer.status_code == 201, answer.text
        return Caller(client, answer.json["token"])

    return enter


@pytest.fixture
def officer(sign_in: Callable[[str], Caller]) -> Caller:
    return sign_in("police_officer")


REPORT = {
    "received_at": "2024-11-25T12:00:00Z",
    "channel": "in_person",
    "immediate_danger": "yes",
}
SECTIONS: dict[str, dict[str, Any]] = {
    "identity": {"spoken_name": "Hồ Thị Mây", "age_band": "25_39", "sex": "female"},
    "incident": {"forms": ["physical"]},
    "needs": {"needs": ["health_care"]},
}


def open_case(caller: Caller) -> dict[str, Any]:
    return caller.made("/cases", {"sections": SECTIONS})


def in_ninety_days() -> str:
    return (clock.now() + timedelta(days=90)).isoformat()


def consent_for(agency_id: UUID, *kinds: str) -> dict[str, Any]:
    return {
        "kinds": list(kinds),
        "purpose": "support",
        "expires_at": in_ninety_days(),
        "agency_id": str(agency_id),
        "answers": {"given_by": "survivor", "how": ["written"]},
    }


def new_key() -> dict[str, str]:
    return {"Idempotency-Key": secrets.token_hex(16)}
