"""The good requests of all routes together."""

from tests.sweeps import asks_apart, asks_api, asks_pages

PAGES = asks_pages.PAGES | asks_apart.PAGES
ASKS = asks_api.API | asks_apart.API | PAGES
