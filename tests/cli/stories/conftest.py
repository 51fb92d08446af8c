"""The ten stories, told once a run by the demo's loader; each file reads a copy of that world."""

import runpy
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from referral.cli.demo.loader import Script, load_demo
from referral.cli.demo.stories.telling import STORIES
from tests.cli.stories.world import World, cast_of_stories
from tests.infrastructure.application import (
    DATABASE,
    ROOT,
    Environment,
    application,
    copied_database,
    environment_for,
    keep_database,
    let_go,
    rooms,
)
from tests.infrastructure.run_folder import once


def load(run_folder: Path) -> dict[str, str]:
    folder = run_folder / "stories"
    folder.mkdir(mode=0o700)
    url = keep_database("sqlite", run_folder, folder)
    app = application(environment_for(url, folder))
    with app.app_context():
        load_demo(Script(0, cast_of_stories(), [], [], STORIES), lambda _: None)
    let_go(app)
    return {"folder": str(folder), "url": url}


@pytest.fixture(scope="session")
def compiled_catalogue() -> None:
    runpy.run_path(str(ROOT / "tools/make_translations.py"))["compile_catalogue"]()


@pytest.fixture(scope="module")
def environment(
    run_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Environment]:
    """The settings of an installation in which the stories have been told."""
    kept = once(run_folder, "stories", lambda: load(run_folder))
    instance = tmp_path_factory.mktemp("stories") / "instance"
    shutil.copytree(kept["folder"], instance, ignore=shutil.ignore_patterns(f"{DATABASE}*"))
    with copied_database(kept["url"], run_folder, instance) as url:
        yield environment_for(url, instance, SECOND_FACTOR="0")


@pytest.fixture(scope="module")
def world(environment: Environment) -> Iterator[World]:
    """Each file only reads: signing in and the entries of the log are all that it adds."""
    app = rooms(environment)
    with app.app_context():
        yield World(app)
    let_go(app)
