"""Python looks for garbage more rarely, and never in what was there before the first test.

Thousands of tests with an application each would otherwise spend a fifth of their time on it.
"""

import gc

ALLOCATIONS = 50_000  # more new objects than freed ones since the last look; by default 700


def pytest_configure() -> None:
    gc.set_threshold(ALLOCATIONS)


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
