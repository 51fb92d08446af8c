"""Where people can stay in the small demo: trusted addresses, one commune room, one institution.

Places are known by the name of a plant, never by an address. Host households have no account; the
shelter keepers of the agency in `managed_by` work them.
"""

from dataclasses import dataclass

from referral.cli.demo.agencies import HONG_HA


@dataclass(frozen=True, slots=True)
class DemoRoom:
    """A room with its beds. One household has a room to itself."""

    name: str
    beds: int
    step_free: bool = False


@dataclass(frozen=True, slots=True)
class DemoSite:
    """A place to stay. `takes` is out of women, children, boys_over_12, men, animals."""

    slug: str
    code_name: str
    kind: str  # host_home, commune_room or institution
    unit_code: str
    managed_by: str
    rooms: tuple[DemoRoom, ...]
    takes: frozenset[str]
    open_at_night: bool = True
    host_name: str | None = None

    @property
    def beds(self) -> int:
        """All places to sleep."""
        return sum(room.beds for room in self.rooms)


WOMEN = frozenset({"women", "children"})


def _home(
    slug: str, code_name: str, unit_code: str, host_name: str, *also: str, night: bool = True
) -> DemoSite:
    return DemoSite(
        slug=slug,
        code_name=code_name,
        kind="host_home",
        unit_code=unit_code,
        managed_by="ubnd-hong-ha" if unit_code in A_LUOI_COMMUNES else "hoi-lhpn",
        rooms=(DemoRoom("Phòng khách", 2, step_free="step_free" in also),),
        takes=WOMEN | (frozenset(also) - {"step_free"}),
        open_at_night=night,
        host_name=host_name,
    )


A_LUOI_COMMUNES = frozenset({HONG_HA, "20059", "20068", "20086", "20044"})

SITES: tuple[DemoSite, ...] = (
    _home("hoa-su", "Hoa Sứ", HONG_HA, "Hồ Thị Bướm", "animals"),
    _home("mai-vang", "Mai Vàng", HONG_HA, "Lê Thị Thanh Nhẫn", "boys_over_12"),
    _home("bang-lang", "Bằng Lăng", "20059", "Hồ Thị Kim Hơm", "boys_over_12", "men"),
    _home("sim-tim", "Sim Tím", "20068", "Trần Thị Hảo", night=False),
    _home("ngo-dong", "Ngô Đồng", "20086", "Viên Thị Thu Lanh", "step_free"),
    _home("bong-lau", "Bông Lau", "20044", "Nguyễn Thị Bích Tuyền", "men"),
    _home("hoang-lan", "Hoàng Lan", "19777", "Hoàng Thị Diệu Lý", "step_free"),
    _home("moc-huong", "Mộc Hương", "19774", "Phan Thị Như Mai", "animals"),
    _home("dien-dien", "Điên Điển", "19813", "Võ Thị Mỹ Lệ Hà", "boys_over_12"),
    _home("son-tra", "Sơn Trà", "19909", "Đặng Thị Hồng Cẩm", night=False),
    DemoSite(
        slug="phuong-vi",
        code_name="Phượng Vĩ",
        kind="commune_room",
        unit_code=HONG_HA,
        managed_by="ubnd-hong-ha",
        rooms=(DemoRoom("Phòng 1", 3, step_free=True),),
        takes=WOMEN | {"boys_over_12"},
    ),
    DemoSite(
        slug="sen-trang",
        code_name="Sen Trắng",
        kind="institution",
        unit_code="19813",
        managed_by="bao-tro-xa-hoi",
        rooms=(
            DemoRoom("Phòng Cúc", 4),
            DemoRoom("Phòng Lan", 4),
            DemoRoom("Phòng Huệ", 3),
            DemoRoom("Phòng Sen", 3, step_free=True),
            DemoRoom("Phòng Trúc", 2, step_free=True),
        ),
        takes=WOMEN | {"boys_over_12", "men"},
    ),
)
"""Ten trusted addresses of two places each, a commune room of three, an institution of sixteen."""
