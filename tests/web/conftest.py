"""The gallery, served on this machine for a browser, with the Vietnamese catalogue compiled."""

import runpy
from collections.abc import Iterator

import pytest
from flask import Flask

from tests.infrastructure.server import threaded
from tests.web.gallery import ROOT, EndedSessions, make_gallery


@pytest.fixture(scope="session")
def compiled_catalogue() -> None:
    runpy.run_path(str(ROOT / "tools/make_translations.py"))["compile_catalogue"]()


@pytest.fixture
def ended_sessions() -> EndedSessions:
    return EndedSessions()


@pytest.fixture
def gallery(compiled_catalogue: None, ended_sessions: EndedSessions) -> Flask:
    return make_gallery(ended_sessions)


@pytest.fixture
def gallery_url(gallery: Flask) -> Iterator[str]:
    with threaded(gallery) as url:
        yield url
