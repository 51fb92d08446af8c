"""A freshly loaded demo, served, with the sign-ins that its command lists."""

import json
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.e2e.demo import demo_copy
from tests.e2e.person import Scene
from tests.e2e.stage import Stage
from tests.infrastructure.application import ROOT, Environment, flask


@pytest.fixture(scope="session")
def compiled_catalogue() -> None:
    runpy.run_path(str(ROOT / "tools/make_translations.py"))["compile_catalogue"]()


@pytest.fixture
def demo(engine_name: str, run_folder: Path, instance: Path) -> Iterator[Environment]:
    """The settings of an installation with the demo in it."""
    with demo_copy(engine_name, run_folder, instance) as settings:
        yield settings


@pytest.fixture
def stage(
    compiled_catalogue: None,
    engine_name: str,
    demo: Environment,
    tmp_path: Path,
    page_for: Callable[..., Page],
) -> Iterator[Stage]:
    """The demo with one invented case, served by gunicorn, second factor and all."""
    listed = json.loads(flask(demo, "demo", "accounts", "--json"))
    accounts = {row["username"]: row for row in listed}
    untold = {row[name] for row in listed for name in ("full_name", "agency")}
    # Axe judges in the long run only: `tests/sweeps/test_looks.py` does so in `make test`.
    scene = Scene("", accounts, page_for, judges=engine_name == "postgresql", untold=untold)
    made = Stage(demo, tmp_path, scene)
    made.start()
    yield made
    made.stop()
