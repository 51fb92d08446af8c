"""The thread that must run, in browsers: one survivor's case from the first word to the figures.

Points 1 to 8, in order, but that she withdraws her consent before the case is closed. Every actor
has a browser context of their own; every page they meet is held against `Person.look`.
"""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from referral.cli.demo.accounts import ROOT_PASSPHRASE
from referral.cli.demo.agencies import cast_of
from tests.e2e import actors
from tests.e2e.actors import (
    ACCOUNT,
    CENTRAL_HOSPITAL,
    CUSTODY,
    FINDINGS,
    HOSPITAL,
    HOSTS,
    INSTITUTION,
    LEGAL_AID,
    PHONE,
    SERVICE,
    SHELTER,
    SOCIAL_WORK,
    Case,
    Figures,
    Keeper,
    Nurse,
    Officer,
    SocialWorker,
)
from tests.e2e.person import Person
from tests.e2e.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.heavy]

NEW_AGENCY = "Trạm Y tế xã Sơn Thủy"
PASSPHRASE = "ruộng bậc thang mùa nước đổ"
SITES = cast_of("small").sites
PLACES = [site.code_name for site in SITES] + [s.host_name for s in SITES if s.host_name]


@pytest.mark.promise("no-name-needed")
@pytest.mark.promise("few-questions-first")
@pytest.mark.promise("refusal-names-what-is-missing")
@pytest.mark.promise("danger-to-life-has-a-way")
@pytest.mark.promise("accepted-while-the-sender-sleeps")
@pytest.mark.promise("only-what-she-agreed")
@pytest.mark.promise("care-stays-with-the-carer")
@pytest.mark.promise("shelter-place-stays-secret")
@pytest.mark.promise("no-referral-is-lost")
@pytest.mark.promise("withdrawal-takes-effect-at-once")
@pytest.mark.promise("figures-are-approved-by-two")
@pytest.mark.promise("figures-without-cases")
@pytest.mark.promise("a-new-agency-needs-the-root")
@pytest.mark.promise("every-opening-is-on-record")
@pytest.mark.promise("nothing-on-her-screen-tells")
@pytest.mark.promise("nothing-third-party")
@pytest.mark.promise("usable-by-everyone")
def test_a_case_goes_from_the_first_word_to_the_figures(stage: Stage) -> None:
    officer = Officer(stage.enter("pon.hongha", "phone"))
    case = _met_and_agreed(stage, officer)
    to_hospital = officer.send(case, SERVICE, HOSPITAL)
    to_shelter = officer.send(case, SHELTER, INSTITUTION, "Khẩn cấp")
    officer.person.leave()

    nurse = Nurse(stage.enter("nghia.aluoi", "phone"))
    nurse.sees_the_summary_only(case)
    assert actors.accept(nurse.person, case.code) == to_hospital
    nurse.opens_what_was_agreed(case)
    nurse.treats(case, to_hospital)

    keeper = Keeper(stage.enter("lieu.baotro", "phone"))
    keeper.holds(case.code, "Sen Trắng", beds=2)
    officer.person.sign_in()
    _sender_knows_only_that_it_was_done(officer, case, to_hospital, to_shelter)
    keeper.checks_in()
    keeper.sees_on_the_board(case)
    keeper.checks_out()
    keeper.person.has_seen("Sen Trắng")
    _hosted_in_a_household(stage, officer)

    officer.send(case, CUSTODY, SOCIAL_WORK)
    worker = SocialWorker(stage.enter("an.ctxh"))
    worker.takes_over(case)
    worker.follows_up(case, _tomorrow(worker.person))
    worker.withdraws(case, HOSPITAL)
    nurse.keeps_only_her_own(case)
    officer.person.go(case.path)
    officer.person.has_not_seen(FINDINGS, *PLACES)

    _reminded_after_a_night(stage, worker)
    worker.closes(case)
    _counted(stage, case)
    _founded(stage, case)
    held = stage.command("audit", "verify")
    assert " 0 broken" in held, held
    auditor = stage.enter("soat.vanhanh")
    auditor.go("/log")
    auditor.has_not_seen(ACCOUNT, PHONE, case.code)
    assert len(stage.scene.judged) >= 30 or not stage.scene.judges


def _met_and_agreed(stage: Stage, officer: Officer) -> Case:
    """Points 1 and 2, up to what the supervisor signs."""
    case = officer.report()
    officer.meet()
    officer.consent(HOSPITAL, "Vụ việc", "Nhu cầu hỗ trợ")
    officer.another_consent(case, INSTITUTION, "Cách liên hệ an toàn", "Nhu cầu hỗ trợ")
    officer.refused(case, LEGAL_AID, "Vụ việc", "Nhu cầu hỗ trợ")
    officer.claim_danger(case, CENTRAL_HOSPITAL, "Vụ việc")

    supervisor = stage.enter("vien.hongha", "phone")
    supervisor.follow(re.compile(f"{case.code}.*Ký xác nhận căn cứ pháp lý"))
    supervisor.press("Ký xác nhận")
    supervisor.reads("Đã ký xác nhận.")
    return case


def _sender_knows_only_that_it_was_done(
    officer: Officer, case: Case, to_hospital: str, to_shelter: str
) -> None:
    me = officer.person
    me.go(to_hospital)
    me.reads("Nội dung đã ghi do đơn vị ghi giữ.")
    me.go(to_shelter)
    me.reads("Đã bố trí")
    me.go(case.path)
    me.reads("Đã bố trí")
    me.has_not_seen(FINDINGS, *PLACES)


def _hosted_in_a_household(stage: Stage, officer: Officer) -> None:
    """Point 4 again: a host household without an account, worked by the commune's keeper."""
    case = officer.report()
    officer.meet()
    officer.consent(HOSTS, "Nhu cầu hỗ trợ", shelter=True)
    sent = officer.send(case, SHELTER, HOSTS)

    keeper = Keeper(stage.enter("lia.hongha", "phone"))
    keeper.holds(case.code, "Hoa Sứ", beds=2)
    keeper.person.has_seen("Hoa Sứ")
    officer.person.go(sent)
    officer.person.reads("Đã bố trí")
    keeper.checks_in()
    officer.person.go(sent)
    officer.person.has_not_seen(*PLACES)


def _tomorrow(person: Person) -> str:
    day, _ = person.now()
    following = datetime.strptime(day, "%d/%m/%Y") + timedelta(days=1)  # noqa: DTZ007 - a day only
    return f"{following:%d/%m/%Y}"


def _reminded_after_a_night(stage: Stage, worker: SocialWorker) -> None:
    """Point 5: the follow-up falls due at nine, and the job says so."""
    stage.pass_hours(36)  # whatever the hour was, nine of the next morning is past
    said = stage.command("jobs", "once", "remind_due")
    assert re.search(r"remind_due: [1-9]", said), said
    worker.person.sign_in()
    worker.person.reads("Theo dõi sau hỗ trợ")
    worker.person.go("/notices")
    worker.person.reads("Có việc đến hạn")


def _counted(stage: Stage, case: Case) -> None:
    """Point 7."""
    figures = Figures(stage.scene)
    statistician = stage.enter("ban.thongke")
    path = figures.freeze(statistician)
    figures.approve(stage.enter("duyet.thongke"), path)
    coordinator = stage.enter("dieu.dieuphoi")
    figures.read(coordinator, path, case)
    for reader in (statistician, coordinator):
        reader.has_not_seen(ACCOUNT, PHONE, case.code)


def _founded(stage: Stage, case: Case) -> None:
    """Point 8: an agency waits for the root; who runs the system reads neither case nor figure."""
    operator = stage.enter("may.vanhanh")
    operator.go("/agencies")
    operator.follow("Thêm đơn vị")
    operator.choose("Loại đơn vị", "Cơ sở khám bệnh, chữa bệnh")
    operator.write("Tên tiếng Việt", NEW_AGENCY)
    operator.write("Tên tiếng Anh", "Health Station of Son Thuy")
    operator.page.get_by_role("combobox", name=re.compile("^Địa bàn")).select_option("20056")
    operator.press("Thêm đơn vị")
    waits_at = operator.page.url
    operator.write("Họ và tên", "Viên Thị Lành")
    operator.write("Tên đăng nhập", "lanh.sonthuy")
    operator.press("Mời")
    code = operator.page.locator(".one-time").inner_text()

    founder, digits = _enrolled(stage, "lanh.sonthuy", code)
    agency_id = waits_at.split("/")[-2]
    words = ["--kind", "health_facility", "--fingerprint", digits, "--passphrase", ROOT_PASSPHRASE]
    assert "live" in stage.command("directory", "countersign", agency_id, *words)
    operator.go("/agencies?show=live")
    row = operator.page.get_by_role("row", name=re.compile(NEW_AGENCY))
    expect(row).to_contain_text("Đang tham gia")
    founder.sign_in()

    assert operator.go(case.path) in (403, 404)
    assert operator.go("/figures") in (403, 404)
    operator.has_not_seen(ACCOUNT, PHONE, case.code)


def _enrolled(stage: Stage, username: str, code: str) -> tuple[Person, str]:
    """Somebody invited makes keys in a browser of their own; gives the digits they read out."""
    page = stage.scene.page_for(username, device="phone")
    founder = Person(stage.scene, page, username, PASSPHRASE, "")
    founder.go("/enrol")
    founder.write("Tên đăng nhập", username)
    founder.write("Mã mời", code)
    page.get_by_label("Mật khẩu mới").fill(PASSPHRASE)
    page.get_by_label("Nhập lại mật khẩu").fill(PASSPHRASE)
    founder.press("Tạo khóa")
    founder.secret = page.locator("p.strong[translate=no]").inner_text().replace(" ", "")
    return founder, page.locator("p.big[translate=no]").inner_text()
