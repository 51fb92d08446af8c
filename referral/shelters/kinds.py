"""The code lists of the room, each with its Vietnamese and its English name."""

from collections.abc import Mapping
from enum import StrEnum


class SiteClass(StrEnum):
    """Public: listed and published by the commune (Law 13/2022/QH15, Art. 36). Secret: never."""

    PUBLIC = "public"
    SECRET = "secret"  # nosec B105  # noqa: S105 - a class of sites, no password


class SiteKind(StrEnum):
    """What stands behind a code name."""

    HOST_HOME = "host_home"
    COMMUNE_ROOM = "commune_room"
    INSTITUTION = "institution"


class ClaimKind(StrEnum):
    """Why a bed is not free: held for a time, slept in, or out of use."""

    HOLD = "hold"
    STAY = "stay"
    BLOCK = "block"


class Accepts(StrEnum):
    """Whom, or what, a site can take in. What is not named is unknown, which is not a no."""

    WOMEN = "women"
    CHILDREN = "children"
    BOYS_OVER_12 = "boys_over_12"
    MEN = "men"
    ANIMALS = "animals"
    STEP_FREE = "step_free"
    NIGHT = "night"


class Destination(StrEnum):
    """Where somebody went on leaving."""

    HOME_WITH_HIM_THERE = "home_with_him_there"
    HOME_WITHOUT_HIM = "home_without_him"
    KIN = "kin"
    FRIENDS = "friends"
    RENTED = "rented"
    OTHER_SHELTER = "other_shelter"
    HOSPITAL = "hospital"
    INSTITUTION = "institution"
    UNANNOUNCED = "unannounced"
    DIED = "died"
    UNKNOWN = "unknown"


SITE_CLASSES: Mapping[SiteClass, tuple[str, str]] = {
    SiteClass.PUBLIC: ("Công khai", "Public"),
    SiteClass.SECRET: ("Bí mật", "Secret"),
}
SITE_KINDS: Mapping[SiteKind, tuple[str, str]] = {
    SiteKind.HOST_HOME: ("Địa chỉ tin cậy tại hộ gia đình", "Trusted address at a household"),
    SiteKind.COMMUNE_ROOM: ("Nhà tạm lánh của xã", "Community shelter of the commune"),
    SiteKind.INSTITUTION: ("Cơ sở trợ giúp xã hội", "Social support institution"),
}
CLAIM_KINDS: Mapping[ClaimKind, tuple[str, str]] = {
    ClaimKind.HOLD: ("Đang giữ chỗ", "Held"),
    ClaimKind.STAY: ("Có người ở", "Taken"),
    ClaimKind.BLOCK: ("Tạm ngừng sử dụng", "Out of use"),
}
ACCEPTS: Mapping[Accepts, tuple[str, str]] = {
    Accepts.WOMEN: ("Phụ nữ", "Women"),
    Accepts.CHILDREN: ("Trẻ em đi cùng", "Children with them"),
    Accepts.BOYS_OVER_12: ("Trẻ em trai trên 12 tuổi", "Boys over 12"),
    Accepts.MEN: ("Nam giới", "Men"),
    Accepts.ANIMALS: ("Vật nuôi", "Animals"),
    Accepts.STEP_FREE: ("Lối đi không có bậc", "Step-free access"),
    Accepts.NIGHT: ("Nhận vào ban đêm", "Open at night"),
}
DESTINATIONS: Mapping[Destination, tuple[str, str]] = {
    Destination.HOME_WITH_HIM_THERE: (
        "Về nhà, nơi người bị cho là có hành vi bạo lực đang ở",
        "Own home, where the alleged perpetrator is",
    ),
    Destination.HOME_WITHOUT_HIM: (
        "Về nhà, người bị cho là có hành vi bạo lực không còn ở đó",
        "Own home, where the alleged perpetrator no longer is",
    ),
    Destination.KIN: ("Nhà người thân", "Relatives"),
    Destination.FRIENDS: ("Nhà người quen", "Friends"),
    Destination.RENTED: ("Nhà thuê", "Rented home"),
    Destination.OTHER_SHELTER: ("Nơi tạm lánh khác", "Another shelter"),
    Destination.HOSPITAL: ("Cơ sở khám bệnh, chữa bệnh", "Hospital"),
    Destination.INSTITUTION: ("Cơ sở trợ giúp xã hội", "Social support institution"),
    Destination.UNANNOUNCED: ("Rời đi không báo trước", "Left unannounced"),
    Destination.DIED: ("Đã mất", "Died"),
    Destination.UNKNOWN: ("Không rõ", "Unknown"),
}
