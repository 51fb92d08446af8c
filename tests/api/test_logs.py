"""What was told stays out of the logs, at every level, also when it is refused."""

import logging

import pytest

from tests.api.conftest import Caller
from tests.factories.province import PASSPHRASE

CANARY = "CanaryMay7731"


@pytest.mark.promise("stolen-disk-shows-no-survivor")
def test_no_word_of_a_section_reaches_a_log(caplog, open_app, world):
    caplog.set_level(logging.DEBUG)
    client = open_app().test_client(use_cookies=False)
    sent = {"username": world.users["police_officer"], "passphrase": PASSPHRASE}
    officer = Caller(client, client.post("/api/v1/sessions", json=sent).json["token"])

    case = officer.made("/cases", {"sections": {"identity": {"spoken_name": CANARY}}})
    assert CANARY in officer.get(f"/cases/{case['id']}").text
    refused = officer.post("/cases", {"sections": {"identity": {"sex": CANARY, CANARY: "x"}}})
    assert refused.status_code == 422
    draft = {"query_string": {"place": "identity"}}
    assert officer.put("/draft", {"typed": {"spoken_name": CANARY}}, **draft).status_code == 200

    logging.getLogger("probe").debug("positive control %s", case["id"])
    assert case["id"] in caplog.text
    assert CANARY not in caplog.text
    assert PASSPHRASE not in caplog.text
    assert officer.token not in caplog.text
