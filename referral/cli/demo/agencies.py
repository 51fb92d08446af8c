"""Who takes part in the small demo: fourteen agencies of two districts, and who works there.

The agencies are public offices of 2024 as anyone can look them up; the people are invented. The
operator, who runs the server, is a fifteenth entry that takes no part in any case.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from referral.agencies.geography import PROVINCE_CODE, units_on
from referral.agencies.kinds import AgencyKind

DEMO_DAY = date(2024, 11, 25)
"""The day on which the demo opens."""

HONG_HA = "20050"
VY_DA = "19777"
A_LUOI = "481"

KEY_ROLES = frozenset(
    {
        "police_officer",
        "health_worker",
        "shelter_keeper",
        "night_keeper",
        "social_worker",
        "case_worker",
        "supervisor",
        "commune_chair",
        "agency_administrator",
    }
)
"""Roles to which the secret of an agency's case circle is sealed."""
STATISTICS_ROLES = frozenset({"statistician", "approver"})
"""Roles to which the secret of the statistics circle is sealed."""
OTHER_ROLES = frozenset(
    {
        "privacy_officer",
        "duty_officer",
        "unit_reporting_officer",
        "lead_department_officer",
        "coordinator",
        "auditor",
        "system_administrator",
    }
)
"""Roles that hold no keys."""


@dataclass(frozen=True, slots=True)
class DemoAgency:
    """An agency of the directory. `circles` are of `cases` and `statistics`; none: listed only."""

    slug: str
    kind: AgencyKind
    unit_code: str
    name_vi: str
    name_en: str
    circles: tuple[str, ...] = ("cases",)
    ends_on: date | None = None

    @property
    def is_live(self) -> bool:
        """Whether it takes part; else it is listed as "chưa tham gia"."""
        return bool(self.circles) or self.slug in LIVE_WITHOUT_CIRCLE


@dataclass(frozen=True, slots=True)
class DemoMember:
    """A member of an agency. The first role is the main one; some also administer the agency."""

    username: str
    full_name: str
    roles: tuple[str, ...]
    agency_slug: str

    @property
    def role(self) -> str:
        """The main role."""
        return self.roles[0]

    @property
    def administers(self) -> bool:
        """Whether this member administers the agency, whatever the main role."""
        return "agency_administrator" in self.roles


LIVE_WITHOUT_CIRCLE = frozenset({"cuc-thong-ke", "van-hanh"})

AGENCIES: tuple[DemoAgency, ...] = (
    DemoAgency(
        "cong-an-hong-ha",
        AgencyKind.COMMUNE_POLICE,
        HONG_HA,
        "Công an xã Hồng Hạ",
        "Hồng Hạ Commune Police",
    ),
    DemoAgency(
        "cong-an-vy-da",
        AgencyKind.COMMUNE_POLICE,
        VY_DA,
        "Công an phường Vỹ Dạ",
        "Vỹ Dạ Ward Police",
    ),
    DemoAgency(
        "ubnd-hong-ha",
        AgencyKind.COMMUNE_COMMITTEE,
        HONG_HA,
        "Ủy ban nhân dân xã Hồng Hạ",
        "People's Committee of Hồng Hạ Commune",
    ),
    DemoAgency(
        "tram-y-te-hong-ha",
        AgencyKind.HEALTH_FACILITY,
        HONG_HA,
        "Trạm Y tế xã Hồng Hạ",
        "Hồng Hạ Commune Health Station",
    ),
    DemoAgency(
        "ttyt-a-luoi",
        AgencyKind.HEALTH_FACILITY,
        A_LUOI,
        "Trung tâm Y tế huyện A Lưới",
        "A Lưới District Health Centre",
    ),
    DemoAgency(
        "bvtw-hue",
        AgencyKind.HEALTH_FACILITY,
        PROVINCE_CODE,
        "Bệnh viện Trung ương Huế",
        "Huế Central Hospital",
    ),
    DemoAgency(
        "cong-tac-xa-hoi",
        AgencyKind.SOCIAL_SERVICES,
        PROVINCE_CODE,
        "Trung tâm Công tác xã hội và Quỹ Bảo trợ trẻ em tỉnh",
        "Provincial Centre for Social Work and Child Protection Fund",
    ),
    DemoAgency(
        "bao-tro-xa-hoi",
        AgencyKind.SHELTER,
        PROVINCE_CODE,
        "Trung tâm Bảo trợ xã hội tỉnh",
        "Provincial Social Protection Centre",
    ),
    DemoAgency(
        "hoi-lhpn",
        AgencyKind.WOMENS_UNION,
        PROVINCE_CODE,
        "Hội Liên hiệp Phụ nữ tỉnh",
        "Provincial Women's Union",
    ),
    DemoAgency(
        "tro-giup-phap-ly",
        AgencyKind.LEGAL_AID,
        PROVINCE_CODE,
        "Trung tâm Trợ giúp pháp lý nhà nước tỉnh",
        "Provincial State Legal Aid Centre",
    ),
    DemoAgency(
        "cong-an-a-luoi",
        AgencyKind.DISTRICT_POLICE,
        A_LUOI,
        "Công an huyện A Lưới",
        "A Lưới District Police",
        ends_on=date(2025, 2, 28),
    ),
    DemoAgency(
        "so-ldtbxh",
        AgencyKind.LEAD_DEPARTMENT,
        PROVINCE_CODE,
        "Sở Lao động - Thương binh và Xã hội",
        "Department of Labour, Invalids and Social Affairs",
        circles=("statistics",),
        ends_on=date(2025, 2, 28),
    ),
    DemoAgency(
        "cuc-thong-ke",
        AgencyKind.STATISTICS_OFFICE,
        PROVINCE_CODE,
        "Cục Thống kê tỉnh",
        "Provincial Statistics Office",
        circles=(),
    ),
    DemoAgency(
        "tong-dai",
        AgencyKind.HOTLINE,
        PROVINCE_CODE,
        "Bộ phận tiếp nhận tin từ tổng đài quốc gia",
        "Relay Desk for the National Hotlines",
    ),
)

OPERATOR = DemoAgency(
    "van-hanh",
    AgencyKind.OPERATOR,
    PROVINCE_CODE,
    "Đơn vị vận hành hệ thống",
    "Operator of the System",
    circles=(),
)

ADMIN = "agency_administrator"

MEMBERS: tuple[DemoMember, ...] = tuple(
    DemoMember(username, full_name, roles, slug)
    for slug, username, full_name, roles in (
        ("cong-an-hong-ha", "pon.hongha", "Hồ Văn Pơn", ("police_officer",)),
        ("cong-an-hong-ha", "vien.hongha", "Lê Quốc Viễn", ("supervisor", ADMIN)),
        ("cong-an-vy-da", "truong.vyda", "Trần Đình Trường", ("police_officer",)),
        ("cong-an-vy-da", "hai.vyda", "Đặng Minh Hải Đăng", ("supervisor", ADMIN)),
        ("ubnd-hong-ha", "thieng.hongha", "Hồ Quốc Thiêng", ("commune_chair", ADMIN)),
        ("ubnd-hong-ha", "lia.hongha", "Hồ Thị Lịa", ("shelter_keeper",)),
        ("tram-y-te-hong-ha", "bup.hongha", "Blúp Thị Thêm", ("health_worker",)),
        ("tram-y-te-hong-ha", "khanh.hongha", "Lê Thị Mỹ Khánh", ("health_worker", ADMIN)),
        ("ttyt-a-luoi", "nghia.aluoi", "Nguyễn Thị Diệu Nghĩa", ("health_worker",)),
        ("ttyt-a-luoi", "dong.aluoi", "Trần Viết Đông Hà", ("supervisor", ADMIN)),
        ("bvtw-hue", "my.benhvien", "Phan Thị Kim Mỹ", ("health_worker",)),
        ("bvtw-hue", "khoa.benhvien", "Hoàng Hữu Khoa Nguyên", (ADMIN, "supervisor")),
        ("cong-tac-xa-hoi", "an.ctxh", "Võ Thị Thanh An Nhiên", ("social_worker",)),
        ("cong-tac-xa-hoi", "tuong.ctxh", "Ngô Thị Bích Tường", ("supervisor", ADMIN)),
        ("cong-tac-xa-hoi", "ky.ctxh", "Trương Xuân Kỳ Anh", ("duty_officer",)),
        ("bao-tro-xa-hoi", "lieu.baotro", "Phạm Thị Thanh Liễu", ("shelter_keeper", ADMIN)),
        ("bao-tro-xa-hoi", "su.baotro", "Văn Thị Diệu Sự", ("night_keeper",)),
        ("hoi-lhpn", "tram.phunu", "Tôn Nữ Diệu Trâm", ("case_worker",)),
        ("hoi-lhpn", "quyen.phunu", "Nguyễn Thị Mỹ Quyên", ("shelter_keeper", ADMIN)),
        ("tro-giup-phap-ly", "luat.phaply", "Đỗ Quốc Luật", ("case_worker",)),
        ("tro-giup-phap-ly", "ngan.phaply", "Mai Thị Thu Ngân", ("case_worker", ADMIN)),
        ("cong-an-a-luoi", "loi.aluoi", "Nguyễn Đức Lợi Dân", ("supervisor", ADMIN)),
        ("cong-an-a-luoi", "xoong.aluoi", "Hồ Xuân Xoong", ("police_officer",)),
        ("so-ldtbxh", "dieu.dieuphoi", "Lê Thị Ngọc Điều", ("coordinator",)),
        ("so-ldtbxh", "chuyen.soldtbxh", "Bùi Thị Thu Chuyên", ("lead_department_officer",)),
        ("so-ldtbxh", "so.thongke", "Hoàng Thị Như Số", ("statistician", ADMIN)),
        ("so-ldtbxh", "ban.thongke", "Cao Minh Bản", ("statistician",)),
        ("so-ldtbxh", "duyet.thongke", "Trần Thị Kim Duyệt", ("approver",)),
        ("so-ldtbxh", "rieng.soldtbxh", "Châu Thị Thanh Riêng", ("privacy_officer",)),
        ("cuc-thong-ke", "bang.cuctk", "Thái Viết Bảng", ("unit_reporting_officer", ADMIN)),
        ("tong-dai", "tin.tongdai", "Đoàn Thị Hồng Tín", ("case_worker",)),
        ("tong-dai", "nghe.tongdai", "Lương Thị Phương Nghê", ("case_worker", ADMIN)),
        ("van-hanh", "giap.vanhanh", "Tôn Thất Giáp", (ADMIN,)),
        ("van-hanh", "may.vanhanh", "Dương Công Máy", ("system_administrator",)),
        ("van-hanh", "soat.vanhanh", "Huỳnh Thị Kim Soát", ("auditor",)),
    )
)
"""Thirty-two members of the fourteen agencies, and the three of the operator."""


def key_holders(agency: DemoAgency, circle: str) -> tuple[DemoMember, ...]:
    """The members of the agency to whom the secret of the circle is sealed."""
    holding = STATISTICS_ROLES if circle == "statistics" else KEY_ROLES
    return tuple(
        member
        for member in MEMBERS
        if member.agency_slug == agency.slug and holding.intersection(member.roles)
    )


def agency(slug: str) -> DemoAgency:
    """The live agency, or the operator, with this slug. Raises KeyError."""
    for candidate in (*AGENCIES, OPERATOR):
        if candidate.slug == slug:
            return candidate
    raise KeyError(slug)


def listed_commune_police(day: date = DEMO_DAY) -> Iterator[DemoAgency]:
    """The police of every other commune of the province on the day: listed, "chưa tham gia"."""
    live = {a.unit_code for a in AGENCIES if a.kind is AgencyKind.COMMUNE_POLICE}
    for unit in units_on(day, "commune"):
        if unit.code not in live:
            yield DemoAgency(
                slug=f"cong-an-{unit.code}",
                kind=AgencyKind.COMMUNE_POLICE,
                unit_code=unit.code,
                name_vi=f"Công an {unit.kind} {unit.bare_name}",
                name_en=f"{unit.name_en} Police",
                circles=(),
            )
