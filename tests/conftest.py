"""Fixtures for every test; each file of tests/infrastructure says what its own promise."""

pytest_plugins = [
    "tests.infrastructure.run_folder",
    "tests.infrastructure.garbage",
    "tests.infrastructure.promises",
    "tests.infrastructure.network",
    "tests.infrastructure.application",
    "tests.infrastructure.server",
    "tests.infrastructure.browser",
    "tests.factories.fixtures",
]
