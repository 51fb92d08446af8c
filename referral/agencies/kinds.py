"""The kinds of agency that take part, as Law 13/2022/QH15 names them.

Receivers of reports: Art. 19. Facilities that help: Art. 35. The others follow from who leads,
measures, or runs the system in the province.
"""

from referral.kernel.labels import Labelled


class AgencyKind(Labelled):
    """What an agency is by law; it decides which roles its members may have."""

    COMMUNE_COMMITTEE = "commune_committee", "Ủy ban nhân dân cấp xã", "Commune People's Committee"
    COMMUNE_POLICE = "commune_police", "Công an cấp xã", "Commune police"
    DISTRICT_POLICE = "district_police", "Công an cấp huyện", "District police"
    PROVINCIAL_POLICE = "provincial_police", "Công an tỉnh", "Provincial police"
    BORDER_POST = "border_post", "Đồn Biên phòng", "Border post"
    HEALTH_FACILITY = "health_facility", "Cơ sở khám bệnh, chữa bệnh", "Health facility"
    SHELTER = "shelter", "Địa chỉ tin cậy, nơi tạm lánh", "Trusted address or shelter"
    SOCIAL_SERVICES = "social_services", "Cơ sở cung cấp dịch vụ công tác xã hội", "Social services"
    WOMENS_UNION = "womens_union", "Hội Liên hiệp Phụ nữ", "Women's Union"
    LEGAL_AID = "legal_aid", "Cơ sở trợ giúp pháp lý", "Legal aid"
    SCHOOL = "school", "Cơ sở giáo dục", "School"
    HOTLINE = "hotline", "Tổng đài điện thoại", "Hotline"
    STATISTICS_OFFICE = "statistics_office", "Cơ quan thống kê", "Statistics office"
    LEAD_DEPARTMENT = "lead_department", "Cơ quan chủ trì", "Lead department"
    PROVINCIAL_COMMITTEE = (
        "provincial_committee",
        "Ủy ban nhân dân tỉnh",
        "Provincial People's Committee",
    )
    OPERATOR = "operator", "Đơn vị vận hành hệ thống", "Operator of the system"


KEEPS_FIGURES = frozenset({AgencyKind.STATISTICS_OFFICE, AgencyKind.LEAD_DEPARTMENT})
"""The kinds whose statistics circle the facts of the whole province may be sealed to."""
