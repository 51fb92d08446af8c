"""Nothing that somebody wrote reaches a log, also not through a library or an exception."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from referral.kernel import logs

CANARY = "Canary mệ Gái 7731"


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    """What this process logs from here on."""
    root, product = logging.getLogger(), logging.getLogger("referral")
    servers = [logging.getLogger(name) for name in logs.SERVER]
    before = root.handlers[:], root.level, product.level
    kept = [(server, server.handlers[:], server.propagate) for server in servers]
    written = io.StringIO()
    logs.configure(written)
    yield written
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    product.setLevel(before[2])
    logging.captureWarnings(capture=False)
    for server, handlers, propagate in kept:
        server.handlers[:], server.propagate = handlers, propagate


def lines(written: io.StringIO) -> list[dict[str, str]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_line_holds_the_fields_of_the_list_and_no_other(output: io.StringIO) -> None:
    logs.get_logger("referral.probe").info("ran", job="remind_due", count=3, name=CANARY)

    (line,) = lines(output)
    assert CANARY not in output.getvalue()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "ran",
        "job": "remind_due",
        "count": 3,
        "logger": "referral.probe",
        "level": "info",
    }


@pytest.mark.promise("stolen-disk-shows-no-survivor")
def test_what_a_library_logs_is_cut_down_to_its_fixed_words(output: io.StringIO) -> None:
    logging.getLogger("sqlalchemy.engine").error("INSERT %s", CANARY)
    logging.getLogger("gunicorn.error").error(
        "Error handling request %s", CANARY, extra={"x": CANARY}
    )

    assert CANARY not in output.getvalue()
    assert [line["event"] for line in lines(output)] == ["INSERT %s", "Error handling request %s"]


@pytest.mark.promise("stolen-disk-shows-no-survivor")
@pytest.mark.parametrize("of_library", [True, False])
def test_of_an_exception_the_type_and_the_places_are_told(
    output: io.StringIO, *, of_library: bool
) -> None:
    try:
        int(CANARY)
    except ValueError as error:
        if of_library:
            logging.getLogger("library").exception("failed")
        else:
            logs.get_logger("referral.probe").error("failure", exc_info=error)

    (line,) = lines(output)
    assert CANARY not in output.getvalue()
    assert line["error"] == "ValueError"
    assert "test_logs.py:" in line["places"]


def test_a_log_that_is_not_ours_does_tell_and_so_would_be_found(output: io.StringIO) -> None:
    """The positive control: without our formatter the words are there."""
    plain = logging.StreamHandler(output)
    logging.getLogger("probe").addHandler(plain)
    logging.getLogger("probe").error("said %s", CANARY)
    logging.getLogger("probe").removeHandler(plain)
    assert CANARY in output.getvalue()
