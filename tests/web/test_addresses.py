"""Addresses that are written late are written as Werkzeug writes them."""

import pytest
from werkzeug.routing import BuildError, Map, Rule

from referral.web.addresses import LateRule

ROUTES = {
    "today": "/",
    "case": "/cases/<uuid:case_id>",
    "part": "/cases/<uuid:case_id>/parts/<name>",
}
CASE = "5f0c1f0e-3b0c-4a57-9d5b-1d9a5d2d7c11"
ASKED = [
    ("today", {}),
    ("today", {"show": "all", "page": 2}),
    ("case", {"case_id": CASE}),
    ("part", {"case_id": CASE, "name": "Nhà / số 5", "again": ["1", "2"]}),
]


def written(rule: type[Rule], name: str, values: dict) -> str:
    routes = Map([rule(path, endpoint=endpoint) for endpoint, path in ROUTES.items()])
    return routes.bind("").build(name, values)


@pytest.mark.parametrize(("name", "values"), ASKED)
def test_a_late_address_is_that_of_werkzeug(name: str, values: dict) -> None:
    assert written(LateRule, name, values) == written(Rule, name, values)


def test_what_is_missing_in_a_late_address_is_an_error_all_the_same() -> None:
    with pytest.raises(BuildError):
        written(LateRule, "case", {})
