"""The kinds of agency that take part, as Law 13/2022/QH15 names them.

Receivers of reports: Art. 19. Facilities that help: Art. 35. The others follow from who leads,
measures, or runs the system in the province.
"""

from enum import StrEnum


class AgencyKind(StrEnum):
    """What an agency is by law; it decides which services it may offer, not who may read what."""

    COMMUNE_COMMITTEE = "commune_committee"
    COMMUNE_POLICE = "commune_police"
    DISTRICT_POLICE = "district_police"
    PROVINCIAL_POLICE = "provincial_police"
    BORDER_POST = "border_post"
    HEALTH_FACILITY = "health_facility"
    SHELTER = "shelter"
    SOCIAL_SERVICES = "social_services"
    WOMENS_UNION = "womens_union"
    LEGAL_AID = "legal_aid"
    SCHOOL = "school"
    HOTLINE = "hotline"
    STATISTICS_OFFICE = "statistics_office"
    LEAD_DEPARTMENT = "lead_department"
    PROVINCIAL_COMMITTEE = "provincial_committee"
    OPERATOR = "operator"

    @property
    def label_vi(self) -> str:
        """The Vietnamese name of the kind."""
        return LABELS[self][0]

    @property
    def label_en(self) -> str:
        """The English name of the kind."""
        return LABELS[self][1]


LABELS: dict[AgencyKind, tuple[str, str]] = {
    AgencyKind.COMMUNE_COMMITTEE: ("Ủy ban nhân dân cấp xã", "Commune People's Committee"),
    AgencyKind.COMMUNE_POLICE: ("Công an cấp xã", "Commune police"),
    AgencyKind.DISTRICT_POLICE: ("Công an cấp huyện", "District police"),
    AgencyKind.PROVINCIAL_POLICE: ("Công an tỉnh", "Provincial police"),
    AgencyKind.BORDER_POST: ("Đồn Biên phòng", "Border post"),
    AgencyKind.HEALTH_FACILITY: ("Cơ sở khám bệnh, chữa bệnh", "Health facility"),
    AgencyKind.SHELTER: ("Địa chỉ tin cậy, nơi tạm lánh", "Trusted address or shelter"),
    AgencyKind.SOCIAL_SERVICES: ("Cơ sở cung cấp dịch vụ công tác xã hội", "Social services"),
    AgencyKind.WOMENS_UNION: ("Hội Liên hiệp Phụ nữ", "Women's Union"),
    AgencyKind.LEGAL_AID: ("Cơ sở trợ giúp pháp lý", "Legal aid"),
    AgencyKind.SCHOOL: ("Cơ sở giáo dục", "School"),
    AgencyKind.HOTLINE: ("Tổng đài điện thoại", "Hotline"),
    AgencyKind.STATISTICS_OFFICE: ("Cơ quan thống kê", "Statistics office"),
    AgencyKind.LEAD_DEPARTMENT: ("Cơ quan chủ trì", "Lead department"),
    AgencyKind.PROVINCIAL_COMMITTEE: ("Ủy ban nhân dân tỉnh", "Provincial People's Committee"),
    AgencyKind.OPERATOR: ("Đơn vị vận hành hệ thống", "Operator of the system"),
}
"""Per kind: the name in Vietnamese and in English."""
