"""What was said to be saved is saved, though the power goes; what two accept at once, one has."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e import actors
from tests.e2e.actors import ACCOUNT, HOSPITAL, SERVICE, Case, Officer
from tests.e2e.person import Person
from tests.e2e.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.long]

TYPED = "Người chồng dọa quay lại trong đêm."
LATER = "Con gái năm tuổi cũng có mặt."
SEND = """
async (form) => {
  const body = new FormData(form);
  const answer = await fetch(form.action, {method: "POST", body, redirect: "manual"});
  return answer.type;
}
"""


@contextmanager
def power_cut(stage: Stage) -> Iterator[None]:
    """The server dies after what is done inside, and comes back."""
    yield
    stage.kill()
    stage.start()


def send_only(person: Person) -> None:
    """Post the form of the page and take the answer that it is saved, but no page after it."""
    answer = person.page.locator("main form[method=post]").first.evaluate(SEND)
    assert answer == "opaqueredirect", f"not saved: {answer}"


def _agreed(officer: Officer) -> Case:
    case = officer.report()
    officer.meet()
    officer.consent(HOSPITAL, "Vụ việc", "Nhu cầu hỗ trợ")
    return case


@pytest.mark.promise("nothing-typed-is-lost")
@pytest.mark.promise("no-referral-is-lost")
def test_what_was_saved_outlives_a_killed_server(stage: Stage) -> None:
    officer = Officer(stage.enter("pon.hongha", "phone"))
    me = officer.person
    case = _agreed(officer)

    me.go(case.path)
    me.follow(re.compile("^Sửa Vụ việc"))
    me.unfold("Câu hỏi thêm")
    with power_cut(stage):
        me.write("Lời kể", f"{ACCOUNT} {TYPED}")
        send_only(me)
    me.go(case.path)
    me.reads(TYPED)

    me.follow(re.compile("^Sửa Vụ việc"))
    form = me.page.url.removeprefix(me.scene.url)
    with power_cut(stage):
        me.write("Lời kể", LATER)
        saved = me.page.locator("[data-draft-status]")
        expect(saved).to_contain_text("Đã lưu nháp", timeout=20_000)
        expect(saved).not_to_contain_text("Chưa")
    me.go(form)
    expect(me.page.get_by_role("textbox", name=re.compile("^Lời kể"))).to_have_value(LATER)

    officer.ask(case, SERVICE, HOSPITAL)
    officer.urgency("Gấp")
    me.press("Tiếp tục")
    me.write("Lý do chuyển gửi", "Cần được hỗ trợ trong đêm.")
    with power_cut(stage):
        send_only(me)
    _still_opens(stage, case)


def _still_opens(stage: Stage, case: Case) -> None:
    """The release key stands beside the database, and the receiver opens what was sent."""
    keys = os.listdir(Path(stage.settings["INSTANCE_PATH"]) / "release")  # noqa: PTH208 - names only
    nurse = stage.enter("nghia.aluoi", "phone")
    path = actors.accept(nurse, case.code)
    assert path.split("/")[-1] in keys
    nurse.go(case.path)
    nurse.reads(TYPED)


@pytest.mark.long
@pytest.mark.promise("no-referral-is-lost")
def test_of_two_who_accept_at_once_one_has_it_and_the_other_sees_who(stage: Stage) -> None:
    officer = Officer(stage.enter("pon.hongha", "phone"))
    case = _agreed(officer)
    path = officer.send(case, SERVICE, HOSPITAL)
    two = [
        stage.enter("nghia.aluoi", "phone"),
        stage.enter("dong.aluoi", "desktop", apart=True),
    ]
    for one in two:
        one.go(path)
        expect(one.page.get_by_role("button", name="Nhận hỗ trợ")).to_be_visible()
    for one in two:
        one.page.evaluate(
            "setTimeout(() => document.querySelector(\"form[action$='/accept']\").requestSubmit())"
        )

    said = []
    for one in two:
        note = one.page.get_by_role("status").filter(has_text=re.compile("Đã nhận hỗ trợ|trước"))
        expect(note.first).to_be_visible()
        said.append(note.first.inner_text().strip())
    won = [words for words in said if words == "Đã nhận hỗ trợ. Nội dung đã mở."]
    lost = [words for words in said if words.startswith("Đã có người làm trước")]
    assert (len(won), len(lost)) == (1, 1), said
    winner = two[said.index(won[0])]
    name = stage.scene.accounts[winner.username]["full_name"]
    assert name in lost[0]
    assert re.search(r"\d{1,2}:\d{2}", lost[0]), lost[0]
