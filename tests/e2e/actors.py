"""What each actor of the thread does, step by step, as they would do it by hand."""

import io
import re
from dataclasses import dataclass
from typing import Any

import openpyxl
from playwright.sync_api import expect

from tests.e2e.person import Person, Scene

HOSPITAL = "Trung tâm Y tế huyện A Lưới"
CENTRAL_HOSPITAL = "Bệnh viện Trung ương Huế"
LEGAL_AID = "Trung tâm Trợ giúp pháp lý nhà nước tỉnh"
SOCIAL_WORK = "Trung tâm Công tác xã hội"
INSTITUTION = "Cơ sở tạm lánh của tỉnh"
HOSTS = "Nơi tạm lánh khu vực A Lưới"

SERVICE, SHELTER, CUSTODY = "Dịch vụ hỗ trợ", "Chỗ tạm lánh", "Tiếp nhận phụ trách hồ sơ"
ACCOUNT = "Đêm qua bị đánh bằng cán chổi, hai mẹ con trốn sang nhà hàng xóm."
PHONE = "0400 123 456"
FINDINGS = "Bầm tím cẳng tay trái, không gãy xương."
LEAST_FACTS = "Nghe tiếng kêu cứu từ nhà bên cạnh."


@dataclass(frozen=True)
class Case:
    """What an actor knows a case by: its address and its code."""

    path: str
    code: str


@dataclass
class Officer:
    """The commune police officer who hears of it first."""

    person: Person

    def report(self) -> Case:
        """Point 1, the report: received when, how, from whom, the least facts, the first action."""
        me = self.person
        me.go("/")
        me.follow("Ghi tin báo")
        if me.page.get_by_role("button", name="Bỏ bản nháp").is_visible():
            me.press("Bỏ bản nháp")
        me.tick("Hình thức báo tin", "Gọi điện, nhắn tin")
        me.tick("Có nguy hiểm ngay", "Có")
        me.unfold("Câu hỏi thêm")
        me.choose("Nơi tiếp nhận tin", "Cơ quan Công an gần nơi xảy ra bạo lực")
        me.choose("Người báo tin là", "Hàng xóm, người cùng khu dân cư")
        me.write("Nội dung chính của tin", LEAST_FACTS)
        me.write("Việc đã làm ngay", "Đến ngay, tách người gây bạo lực.")
        me.press("Lưu tin báo")
        code = me.page.locator(".page-head .code").first.inner_text()
        return Case(me.page.url.removeprefix(me.scene.url), code)

    def meet(self) -> None:
        """The report becomes a case; identity stays empty and the case runs by its code."""
        me = self.person
        me.press("Gặp người được hỗ trợ")
        count = re.search(r"Câu \S+ trong (\d+)", me.text())
        assert count, me.text()
        assert int(count.group(1)) <= 12
        me.press("Lưu và tiếp tục")
        me.tick("Liên hệ bằng cách nào", "Gọi điện vào giờ đã hẹn")
        me.unfold("Câu hỏi thêm")
        me.write("Số điện thoại", PHONE)
        me.write("Việc không được làm", "Không đến nhà")
        me.press("Lưu và tiếp tục")
        me.tick("Hình thức bạo lực", "Bạo lực thể chất")
        me.unfold("Câu hỏi thêm")
        me.write("Lời kể", ACCOUNT)
        me.press("Lưu và tiếp tục")
        me.tick("Cần được hỗ trợ gì", "Chỗ tạm lánh", "Chăm sóc, điều trị y tế")
        me.unfold("Câu hỏi thêm")
        me.write("Số trẻ em đi cùng", "1")
        me.press("Lưu và tiếp tục")

    def consent(self, recipient: str, *sections: str, shelter: bool = False) -> None:
        """Point 2: who agreed, how, in which language, for whom, which sections, what for."""
        me = self.person
        named = f"Nơi tạm lánh: {recipient}" if shelter else recipient
        me.choose("Đơn vị nhận", named)
        me.tick("Các phần", *sections)
        me.tick("Mục đích", "Bố trí nơi tạm lánh" if shelter else "Hỗ trợ, chăm sóc")
        me.tick("Người đồng ý", "Chính người được hỗ trợ")
        ways = ["Điểm chỉ", "Bằng lời, có người làm chứng", "Qua người phiên dịch"]
        me.tick("Hình thức đồng ý", *ways)
        me.unfold("Câu hỏi thêm")
        me.write("Họ và tên người phiên dịch", "Người phiên dịch của xã")
        me.write("Họ và tên người làm chứng", "Trưởng thôn")
        me.tick("Ngôn ngữ đã dùng", "Tiếng Pa Cô, Tà Ôi")
        me.press("Lưu sự đồng ý")
        me.reads("Đã ghi sự đồng ý.")

    def another_consent(self, case: Case, recipient: str, *sections: str) -> None:
        self.person.go(case.path)
        self.person.follow("Ghi thêm", within=self.person.page.locator("#bases"))
        self.consent(recipient, *sections, shelter=True)

    def ask(self, case: Case, kind: str, recipient: str) -> None:
        """The first step of a referral: to whom."""
        me = self.person
        me.go(case.path)
        me.follow("Chuyển gửi")
        choice = me.group(kind).locator("label.choice", has_text=recipient).first
        if not choice.is_visible():
            choice.locator("xpath=ancestor::details[1]/summary").click()
        choice.click()
        me.press("Tiếp tục")

    def refused(self, case: Case, recipient: str, *sections: str) -> None:
        """Nobody asked her: nothing can be sent, and what is missing is named."""
        me = self.person
        self.ask(case, SERVICE, recipient)
        me.reads("Chưa có sự đồng ý cho đơn vị nhận này")
        for section in sections:
            row = me.page.locator("ul.check li", has_text=section).first
            expect(row).to_contain_text("Chưa hỏi")
        expect(me.page.get_by_role("button", name="Tiếp tục")).to_be_disabled()
        self.urgency("Khẩn cấp")
        # past the button that is shut, as an address typed by hand would
        me.page.evaluate("document.querySelector('.dock button').disabled = false")
        me.press("Tiếp tục")
        me.write("Lý do chuyển gửi", "Cần gấp.")
        me.press("Gửi")
        me.reads("Chưa có sự đồng ý cho đơn vị nhận này. Cần hỏi và ghi câu trả lời.")

    def urgency(self, level: str) -> None:
        self.person.tick("Mức độ", level)

    def claim_danger(self, case: Case, recipient: str, section: str) -> None:
        """Danger to life: a basis of its own, with its reason, before a supervisor signs."""
        me = self.person
        self.ask(case, SERVICE, recipient)
        me.follow("Nguy hiểm đến tính mạng")
        me.tick("Căn cứ", "Nguy hiểm đến tính mạng")
        me.write("Vì sao không thể chờ", "Bất tỉnh, cần cấp cứu ngay trong đêm.")
        me.tick("Các phần", section)
        me.press("Áp dụng căn cứ pháp lý")
        self.finish("Khẩn cấp")

    def send(self, case: Case, kind: str, recipient: str, level: str = "Gấp") -> str:
        """A referral in three steps; gives its address."""
        self.ask(case, kind, recipient)
        return self.finish(level)

    def finish(self, level: str) -> str:
        me = self.person
        self.urgency(level)
        me.press("Tiếp tục")
        me.write("Lý do chuyển gửi", "Cần được hỗ trợ trong đêm.")
        me.press("Gửi")
        me.reads("Đã gửi. Thời hạn trả lời bắt đầu tính.")
        return me.page.url.removeprefix(me.scene.url)


def accept(me: Person, code: str) -> str:
    """From *Việc hôm nay* to the referral, and yes; gives its address."""
    me.go("/")
    me.open_row(code)
    path = me.page.url.removeprefix(me.scene.url)
    me.press("Nhận hỗ trợ")
    return path


@dataclass
class Nurse:
    """The health worker of the district hospital."""

    person: Person

    def sees_the_summary_only(self, case: Case) -> None:
        """Point 3, before acceptance."""
        me = self.person
        me.go("/")
        me.reads(case.code)
        me.open_row(case.code)
        me.reads("Cần được hỗ trợ trong đêm.")
        me.reads("Nội dung mở khi nhận hỗ trợ")
        assert me.go(case.path) == 404
        me.has_not_seen(ACCOUNT, PHONE)

    def opens_what_was_agreed(self, case: Case) -> None:
        """After acceptance: the two sections agreed to and no other, on the page and on paper."""
        me = self.person
        me.follow("Mở hồ sơ", within=me.page.locator("main"))
        assert me.page.url.endswith(case.path)
        assert me.open_sections() == {"Vụ việc", "Nhu cầu hỗ trợ"}
        me.reads(ACCOUNT)
        me.follow("In")
        assert me.open_sections() == {"Vụ việc", "Nhu cầu hỗ trợ"}
        me.reads(ACCOUNT)
        me.has_seen(ACCOUNT)
        me.has_not_seen(PHONE, LEAST_FACTS)

    def treats(self, case: Case, referral: str) -> None:
        """Her hospital's own section, the service with its time, completed."""
        me = self.person
        me.go(case.path)
        me.follow("Chăm sóc y tế", within=me.page.locator("#write"))
        me.moment("Thời điểm khám")
        me.unfold("Câu hỏi thêm")
        me.write("Kết quả khám", FINDINGS)
        me.press("Lưu")
        me.go(referral)
        me.follow("Ghi dịch vụ đã làm")
        me.choose("Loại hỗ trợ", "Chăm sóc, điều trị y tế")
        me.moment("Thời điểm thực hiện")
        me.press("Lưu")
        me.go(referral)
        me.press("Hoàn thành")
        me.reads("Đã hỗ trợ xong")

    def keeps_only_her_own(self, case: Case) -> None:
        """Point 6: her very next request after the withdrawal."""
        me = self.person
        assert me.go(case.path) == 200
        own = {"Chăm sóc y tế", "Hỗ trợ đã thực hiện"}
        assert me.open_sections() == own
        me.reads(FINDINGS)
        assert ACCOUNT not in me.page.content()
        me.follow("In")
        assert me.open_sections() == own


@dataclass
class Keeper:
    """Who keeps places to stay: of an institution, or of host households without an account."""

    person: Person

    def holds(self, code: str, place: str, beds: int) -> None:
        """Point 4: accept, hold a bed for each of them, confirm."""
        me = self.person
        accept(me, code)
        me.follow("Giữ chỗ")
        me.write("Người lớn", "1")
        me.write("Trẻ em", str(beds - 1))
        boxes = self.boxes_of(place)
        for at in range(beds):
            boxes.nth(at).check()
        me.press("Giữ chỗ")
        me.press("Xác nhận bố trí")
        me.reads("Đơn vị gửi biết đã bố trí, không biết ở đâu.")

    def boxes_of(self, place: str) -> Any:
        """The beds of one place; a keeper of several sees each under its code name."""
        beds = self.person.group("Chỗ ngủ")
        name = beds.get_by_role("heading", name=place, exact=True)
        if name.count() == 0:
            return beds.get_by_role("checkbox")
        after = (
            f"xpath=following::input[@name='beds'][preceding::h2[1][normalize-space()='{place}']]"
        )
        return name.first.locator(after)

    def checks_in(self) -> None:
        self.person.press("Ghi đã đến")
        self.person.reads("Đã ghi giờ đến.")

    def sees_on_the_board(self, case: Case) -> None:
        """The night's list of beds names her by her code, in both of their beds."""
        me = self.person
        me.follow("Sơ đồ phòng", within=me.page.locator("main"))
        assert me.page.locator(".beds .code:visible", has_text=case.code).count() == 2
        me.page.go_back()

    def checks_out(self) -> None:
        me = self.person
        me.unfold("Ghi rời đi")
        me.choose("Đi đâu", "Nhà người thân")
        me.press("Ghi đã rời")
        me.reads("Đã rời")


@dataclass
class SocialWorker:
    """Who looks after the case from then on."""

    person: Person

    def takes_over(self, case: Case) -> None:
        """Point 5: custody, with who she is, how to reach her and what she needs; no more."""
        me = self.person
        accept(me, case.code)
        me.go(case.path)
        me.reads("Không đến nhà")
        me.reads("Công an xã Hồng Hạ giữ phần này.")
        me.has_not_seen(ACCOUNT)

    def follows_up(self, case: Case, next_on: str) -> None:
        me = self.person
        me.go(case.path)
        me.follow("Theo dõi sau hỗ trợ", within=me.page.locator("#write"))
        me.tick("Hình thức", "Gọi điện theo cách liên hệ an toàn")
        me.write("Ngày theo dõi tiếp theo", next_on)
        me.press("Lưu")
        me.reads("Đã ghi theo dõi")

    def withdraws(self, case: Case, recipient: str) -> None:
        """Point 6: she takes her consent for the hospital back."""
        me = self.person
        me.go(case.path)
        row = me.page.locator("#bases li", has_text=recipient).first
        me.follow(re.compile("^Rút lại"), within=row)
        me.press("Rút lại ngay")
        me.reads("Đã rút lại sự đồng ý")

    def closes(self, case: Case) -> None:
        me = self.person
        me.go(case.path)
        me.follow("Kết thúc hồ sơ")
        me.tick("Lý do kết thúc", "Đã đạt mục tiêu hỗ trợ")
        me.press("Kết thúc hồ sơ")
        me.reads("Đã kết thúc")


@dataclass
class Figures:
    """Point 7: who makes the year's tables, who signs them, who reads them."""

    scene: Scene

    def freeze(self, statistician: Person) -> str:
        statistician.go("/")
        statistician.go("/figures")
        statistician.press("Chốt số liệu", slow=True)
        statistician.reads("Chờ người thứ hai ký duyệt")
        approve = statistician.page.get_by_role("button", name="Ký duyệt", exact=True)
        expect(approve).to_have_count(0)
        return statistician.page.url.removeprefix(self.scene.url)

    def approve(self, approver: Person, path: str) -> None:
        approver.go(path)
        approver.press("Ký duyệt")
        approver.reads("Đã ký duyệt.")

    def read(self, coordinator: Person, path: str, case: Case) -> None:
        """Tables, a chart, a sheet, and never a case."""
        coordinator.go("/figures")
        coordinator.follow(re.compile("Bản số liệu năm"))
        assert coordinator.page.url.endswith(path)
        chart = coordinator.page.locator("main picture img")
        expect(chart).to_be_visible()
        expect(chart).to_have_js_property("complete", value=True)
        assert chart.evaluate("picture => picture.naturalWidth") > 0
        assert coordinator.page.locator("main table").count() >= 3
        with coordinator.page.expect_download() as waiting:
            coordinator.page.get_by_role("link", name="Excel").click()
        assert re.fullmatch(r"\d{4}-\d+\.xlsx", waiting.value.suggested_filename)
        sheet = waiting.value.path().read_bytes()
        book = openpyxl.load_workbook(io.BytesIO(sheet))
        assert len(book.sheetnames) >= 3
        assert coordinator.go(case.path) in (403, 404)
        coordinator.has_not_seen(case.code, ACCOUNT)
