"""What a page says when something is refused or fails."""

import ast
import inspect
import logging
import re
import runpy
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from referral.kernel import errors as refusals
from referral.web import errors
from tests.web.staff import Place, make_place

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])
ROOT = Path(__file__).resolve().parents[2]
CANARY = "hồ thị mây bị đánh"


@pytest.fixture
def place(settle_whole: Callable[..., Any], compiled_catalogue: None) -> Place:
    return make_place(settle_whole)


def test_each_page_of_a_refusal_is_titled_by_what_happened(place: Place) -> None:
    missing = refusals.ConsentMissing(["needs"])
    for number, error in enumerate([*(error for error, _ in RAISED), missing]):
        place.app.add_url_rule(f"/fail/{number}", f"fail_{number}", _raiser(error))
    client = place.officer()
    pages = [client.get(f"/fail/{number}").text for number in range(len(RAISED) + 1)]
    titles = [re.findall("<title>(.+?) – ", page)[0] for page in [*pages, client.get("/no").text]]
    assert "Thông báo" not in titles
    assert titles[0] == titles[-1]
    assert len(set(titles)) >= 8


RAISED = [
    (refusals.NotFound(CANARY), 404),
    (refusals.NotPermitted(CANARY), 403),
    (refusals.KeysMissing(CANARY), 403),
    (refusals.StateConflict(CANARY, CANARY), 409),
    (refusals.VersionConflict(CANARY), 412),
    (refusals.VersionMissing(CANARY), 428),
    (refusals.InvalidInput({"x": [CANARY]}), 400),
    (refusals.NotVerified(CANARY), 500),
    (refusals.Unreadable(CANARY), 500),
    (refusals.Busy(7), 429),
    (RuntimeError(CANARY), 500),
    (ValueError(CANARY), 500),
]


def test_every_refusal_has_its_status_and_no_page_repeats_its_text(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    for number, (error, _status) in enumerate(RAISED):
        place.app.add_url_rule(f"/raise/{number}", f"raise_{number}", _raiser(error))
    client = place.officer()

    with caplog.at_level(logging.DEBUG):
        answers = [client.get(f"/raise/{number}") for number in range(len(RAISED))]

    assert [a.status_code for a in answers] == [status for _error, status in RAISED]
    pages = "".join(a.get_data(as_text=True) for a in answers)
    assert CANARY not in pages
    assert CANARY not in caplog.text
    assert answers[9].headers["Retry-After"] == "7"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_refusal_says_what_happened_what_was_kept_and_what_to_do_with_one_button(
    place: Place, language: str
) -> None:
    for number, (error, _status) in enumerate(RAISED):
        place.app.add_url_rule(f"/raise/{number}", f"raise_{number}", _raiser(error))
    signed_in, stranger = place.officer(), place.app.test_client()
    for client in (signed_in, stranger):
        client.set_cookie("lang", language)
    asked = [(signed_in, f"/raise/{number}") for number in range(len(RAISED))]
    for client, path in [*asked, (signed_in, "/khong-co"), (stranger, "/khong-co")]:
        assert faults_of(client.get(path).get_data(as_text=True)) == [], path


def test_a_page_that_keeps_silent_about_what_was_kept_is_reported(engine_name: str) -> None:
    silent = '<main><h1>x</h1><p class="quiet">One sentence.</p></main>'
    assert faults_of(silent) == ["says too little", "0 buttons"]


def faults_of(page: str) -> list[str]:
    """What an error page lacks: what was kept and what to do are two sentences or more."""
    main = page.partition("<main")[2].partition("</main>")[0]
    said = main.partition('<p class="quiet">')[2].partition("</p>")[0]
    faults = [] if said.count(".") > 1 and "<h1>" in main else ["says too little"]
    buttons = main.count('class="button')
    return faults if buttons == 1 else [*faults, f"{buttons} buttons"]


def _raiser(error: Exception) -> Callable[[], str]:
    def view() -> str:
        raise error

    return view


def test_a_failure_gives_a_code_that_stands_in_the_log(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    place.app.add_url_rule("/raise", "raise_", _raiser(RuntimeError(CANARY)))

    page = place.officer().get("/raise").get_data(as_text=True)

    code = page.split('class="code">')[1].split("<")[0]
    assert all(
        said in caplog.text
        for said in (f"'reference': '{code}'", "RuntimeError", "test_errors.py:")
    )


def test_every_refusal_of_the_kernel_has_a_page(engine_name: str) -> None:
    known = {
        member
        for _name, member in inspect.getmembers(refusals, inspect.isclass)
        if issubclass(member, refusals.ReferralError) and member is not refusals.ReferralError
    }
    by_hand = {
        refusals.SignInRequired,
        refusals.ChainClosed,
        refusals.ConsentMissing,
        refusals.HalfRestored,
        refusals.ProofNeeded,
    }

    assert known - by_hand == set(errors.KINDS)


def share_uncovered(case_id: uuid.UUID) -> str:
    raise refusals.ConsentMissing(["identity", "incident"])


@pytest.mark.promise("refusal-names-what-is-missing")
def test_missing_consent_names_the_sections_and_where_to_record_it(place: Place) -> None:
    place.app.add_url_rule("/raise/<uuid:case_id>", view_func=share_uncovered)
    case_id = uuid.uuid4()

    answer = place.officer().get(f"/raise/{case_id}")

    page = answer.get_data(as_text=True)
    assert answer.status_code == 403
    assert "Người được hỗ trợ" in page
    assert "Vụ việc" in page
    assert f"/cases/{case_id}/consents/new?kinds=identity&amp;kinds=incident" in page


def test_every_sentence_a_lower_room_refuses_with_has_its_vietnamese(
    engine_name: str, compiled_catalogue: None
) -> None:
    known = runpy.run_path(str(ROOT / "tools/make_translations.py"))["read_catalogue"]()
    said = set(refused_with(ROOT / "referral"))

    assert "This name is taken." in said
    assert sorted(text for text in said if not (known.get(text) and known.get(text).string)) == []


def refused_with(package: Path) -> Iterator[str]:
    """The sentences that stand in `InvalidInput({"field": ["…"]})` below the edges."""
    for path in package.rglob("*.py"):
        calls = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for node in calls:
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "InvalidInput":
                yield from sentences_in(node)


def sentences_in(call: ast.Call) -> Iterator[str]:
    for node in ast.walk(call):
        if isinstance(node, ast.List):
            yield from (
                item.value
                for item in node.elts
                if isinstance(item, ast.Constant) and isinstance(item.value, str)
            )


@pytest.mark.promise("nothing-typed-is-lost")
def test_a_form_without_its_token_is_told_that_the_draft_is_kept(place: Place) -> None:
    client = place.officer()
    place.app.config["WTF_CSRF_ENABLED"] = True

    answer = client.post("/cases/report", data={"least_facts": CANARY})

    assert answer.status_code == 400
    assert "được giữ trong bản nháp" in answer.get_data(as_text=True)

    before = place.app.test_client().post("/sign-in", data={"username": CANARY})
    assert before.status_code == 400
    assert "bản nháp" not in before.get_data(as_text=True)


def test_an_unknown_address_is_one_page_signed_in_and_out(place: Place) -> None:
    for client in (place.officer(), place.app.test_client()):
        answer = client.get("/khong-co")
        assert answer.status_code == 404
        assert "Không có trang này" in answer.get_data(as_text=True)
