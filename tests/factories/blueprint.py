"""Houses that are built once a run and engine; every test gets a copy of them in 5 ms to 0.1 s.

Enrolling a member costs two Argon2 derivations and a few signatures, and most tests need the same
few people. They list them as `Plan`s; whoever asks first in a run builds them through the real
operations, everybody signed in, and all others copy the database and the files of the instance.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tests.factories.province import Province
from tests.infrastructure.application import (
    DATABASE,
    copied_database,
    environment_for,
    keep_database,
    let_go,
    rooms,
)
from tests.infrastructure.run_folder import once


class Plan(NamedTuple):
    """An agency with one member of each role, and `more` members as (role, user name)."""

    name: str
    kind: str
    roles: tuple[str, ...] = ()
    unit: str = "20050"
    more: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Built:
    """Where the houses stand that are copied from, and what restores the province in a copy."""

    url: str
    folder: Path
    province: Mapping[str, Any]


def built(engine: str, run_folder: Path, plans: Sequence[Plan], *, with_factor: bool) -> Built:
    """The houses of these plans, built unless this run has them."""
    written = json.dumps([plans, with_factor], ensure_ascii=False)
    name = f"houses-{engine}-{hashlib.sha256(written.encode()).hexdigest()[:16]}"
    folder = run_folder / name

    def make() -> dict[str, Any]:
        folder.mkdir(mode=0o700)
        url = keep_database(engine, run_folder, folder)
        app = rooms(environment_for(url, folder, SECOND_FACTOR=str(int(with_factor))))
        with app.app_context():
            province = Province(with_factor=with_factor)
            build_houses(province, plans)
            kept = province.kept()
        let_go(app)
        return {"url": url, "province": kept}

    kept = once(run_folder, name, make)
    return Built(kept["url"], folder, kept["province"])


def build_houses(province: Province, plans: Sequence[Plan]) -> None:
    """Build them where the context is open, by the real operations, and sign everybody in."""
    for plan in plans:
        _build(province, plan)


def _build(province: Province, plan: Plan) -> None:
    house = province.house(plan.name, plan.kind, *plan.roles, unit=plan.unit)
    users = [province.member(house, role, username) for role, username in plan.more]
    house.users.update((role, f"{plan.name}.{role}") for role in plan.roles)
    if not province.with_factor:  # a one-time code serves once, and is the test's to use
        for username in [*house.users.values(), *users]:
            province.actor(username)


@contextmanager
def copied(house: Built, run_folder: Path, folder: Path) -> Iterator[str]:
    """Address of a copy of what was built; the files of its instance are copied to `folder`."""
    ignored = shutil.ignore_patterns(f"{DATABASE}*")
    shutil.copytree(house.folder, folder, dirs_exist_ok=True, ignore=ignored)
    with copied_database(house.url, run_folder, folder) as url:
        yield url
