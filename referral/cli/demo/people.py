"""Names, numbers and places of people who cannot exist.

Shares follow published counts of names in Huế and its mountains. No full name is given twice,
except the planned pairs that test "the same name is not the same person". Telephone numbers lie in
a block that has never been allotted, citizen numbers begin with a province that does not exist,
hamlets and groups carry numbers that no commune uses.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random  # noqa: TID251 - the dice of `draw`, named here as a type only

from referral.cli.demo.draw import pick
from referral.kernel.folding import folded

KINH_FAMILIES = {
    "Nguyễn": 36, "Trần": 12, "Lê": 11, "Phan": 6, "Hoàng": 5.5, "Võ": 5, "Hồ": 4, "Phạm": 3.5,
    "Đặng": 2.5, "Trương": 2.3, "Ngô": 1.7, "Văn": 1.5, "Đỗ": 1.2, "Bùi": 1, "Dương": 1,
    "Mai": 0.9, "Cao": 0.8, "Đoàn": 0.8, "Huỳnh": 0.8, "Tôn": 0.7, "Châu": 0.6, "Lương": 0.6,
    "Thái": 0.4, "Công Tằng": 0.2,
}  # fmt: skip
ROYAL_FAMILIES = {
    ("Tôn", "female"): "Tôn Nữ",
    ("Tôn", "male"): "Tôn Thất",
    ("Công Tằng", "female"): "Công Tằng Tôn Nữ",
    ("Công Tằng", "male"): "Vĩnh",
}
# Read: most Pa Cô and Vân Kiều are Hồ now; Arâl, Kê, Pata are clans of theirs
# (svhtt.thuathienhue.gov.vn). Ra Pát is a Tà Ôi clan (huengaynay.vn), Viên and Blúp are carried by
# Tà Ôi of A Lưới (baodantoc.vn; a copied press report, which writes Blup). A Rất and Pơloong: Cơ Tu
# (vov4.vov.vn, vovanhoe.com), read of Quảng Nam. Not read: Ta Rương, Pa Hy names, and all shares.
FAMILIES: Mapping[str, Mapping[str, float]] = {
    "pa_co": {"Hồ": 75, "Lê": 8, "Nguyễn": 7, "Arâl": 4, "Kê": 3, "Pata": 3},
    "ta_oi": {"Hồ": 45, "Nguyễn": 20, "Lê": 15, "Blúp": 8, "Ra Pát": 6, "Viên": 6},
    "pa_hy": {"Hồ": 80, "Nguyễn": 10, "Lê": 10},
    "co_tu": {
        "Hồ": 35,
        "Trần": 15,
        "Nguyễn": 15,
        "Lê": 10,
        "Pơloong": 9,
        "A Rất": 8,
        "Ta Rương": 8,
    },
    "bru_van_kieu": {"Hồ": 100},
}
# Kăn before a woman's name and Ku before a man's: read of Pa Cô and Tà Ôi (a copy of the review
# Sông Hương; sggp.org.vn); Pa Hy are taken to do as they do. Of the other two nothing was read.
KAN_AND_KU = frozenset({"pa_co", "ta_oi", "pa_hy"})
NATIVE_GIVEN = {
    "female": (
        "Nghin",
        "Kha Lum",
        "Nghêng",
        "Lịa",
        "Pưn",
        "Xơn",
        "Hơm",
        "Kăr Liêu",
        "Thêm",
        "Bướm",
    ),
    "male": ("Xoong", "Thiêng", "Pơn", "Ria", "Nhét", "Tơn", "Hing", "Ăng Pôn", "Cường", "Lữ"),
}
MIDDLES_FEMALE = ("Thu", "Thanh", "Mỹ", "Kim", "Bích", "Diệu", "Như", "Ngọc", "Hồng", "Phương")
MIDDLES_MALE = ("Đình", "Hữu", "Đức", "Quốc", "Minh", "Xuân", "Viết", "Anh", "Công", "Thanh")
ELDER_GIVEN = {
    "female": ("Gái", "Bé", "Hoa", "Lan", "Sen", "Lựu", "Thương", "Hường", "Liên", "Cúc"),
    "male": ("Lợi", "Quý", "Thọ", "Bốn", "Hai", "Cần", "Dần", "Mão", "Phước", "Lộc"),
}
GIVEN = {
    "female": (
        "Trang", "Thảo", "Linh", "Phương", "Hằng", "Huyền", "Hiền", "Hương", "Dung", "Nhung",
        "Thủy", "Nhi", "Duyên", "Vân", "Quỳnh", "Nga", "Yến", "Sương", "Lành", "Tâm", "Hạnh",
        "Loan", "Oanh", "Phượng", "Thơm", "Diễm", "Ánh", "Lý",
    ),
    "male": (
        "Tuấn", "Hoàng", "Huy", "Hiếu", "Hùng", "Nam", "Sơn", "Đức", "Dũng", "Thành", "Đạt",
        "Cường", "Long", "Trung", "Thắng", "Phong", "Lâm", "Tài", "Vinh", "Toàn",
    ),
}  # fmt: skip
CHILD_GIVEN = {
    "female": ("Anh", "Vy", "Nhi", "Hân", "Thư", "Linh", "Như", "Ngân", "My", "Châu", "Khuê"),
    "male": ("Huy", "Khang", "Bảo", "Phúc", "Khôi", "Nguyên", "Phát", "Thịnh", "Nhật"),
}

# People of history, holders of office, singers and footballers: never the name of an invented one.
DENIED = (
    "Hồ Vai", "Hồ Đức Vai", "Kan Lịch", "Hồ Kan Lịch", "A Vai", "Hồ Chí Minh", "Hồ A Nun",
    "Nguyễn Thanh Bình", "Hồ Xuân Hương", "Hồ Ngọc Hà", "Hồ Quỳnh Hương", "Hồ Văn Cường",
    "Phan Thị Mỹ Tâm", "Nguyễn Quang Hải", "Nguyễn Công Phượng", "Nguyễn Hoàng Đức",
    "Phan Văn Đức", "Đặng Văn Lâm", "Đoàn Văn Hậu", "Huỳnh Như", "Trần Thị Thùy Trang",
    "Nguyễn Văn Toàn", "Lê Công Vinh", "Nguyễn Phong Hồng Duy", "Hồ Tấn Tài", "Bùi Tiến Dũng",
    "Nguyễn Trọng Hoàng", "Lê Duẩn", "Lê Lợi", "Võ Thị Sáu", "Võ Nguyên Giáp", "Phạm Văn Đồng",
    "Phan Bội Châu", "Nguyễn Huệ", "Nguyễn Du", "Nguyễn Văn Trỗi", "Nguyễn Thị Bình",
    "Nguyễn Thị Định", "Nguyễn Thị Minh Khai", "Nguyễn Phú Trọng", "Phạm Minh Chính", "Tô Lâm",
    "Lương Cường", "Trần Thanh Mẫn", "Võ Văn Thưởng", "Nguyễn Văn Phương", "Lê Trường Lưu",
    "Phan Quý Phương", "Nguyễn Xuân Phúc", "Trần Đại Quang", "Võ Văn Kiệt", "Đoàn Minh Huệ",
    "Nguyễn Văn Hùng", "Nguyễn Văn Thắng", "Hoàng Văn Thắng", "Nguyễn Thị Oanh", "Nguyễn Anh Đức",
)  # fmt: skip

DENIED_ENDINGS = (
    "Mỹ Tâm", "Mỹ Linh", "Hồng Nhung", "Thanh Lam", "Phương Thanh", "Quang Hải", "Công Phượng",
    "Kan Lịch", "Minh Hằng", "Bảo Anh",
)  # fmt: skip
"""Stage names, by which a singer is known whatever the family name."""

PLANNED_SAME = ("Nguyễn Thị Hương", "Hồ Thị Hương")
"""Each carried by two people: one pair in two districts, one pair in the same hamlet."""
PLANNED_TONES = ("Lê Thị Thủy", "Lê Thị Thùy")
"""Two people whose names differ by a tone only."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name twice: as it is said, and as papers carry it. Neither is split into parts."""

    spoken: str
    paper: str


_DENIED_FOLDED = frozenset(folded(name) for name in DENIED)
_ENDINGS_FOLDED = tuple(f" {folded(name)}" for name in DENIED_ENDINGS)


def is_denied(name: str) -> bool:
    """Whether the name is, but for tones and marks, that of somebody known."""
    return folded(name) in _DENIED_FOLDED or folded(name).endswith(_ENDINGS_FOLDED)


class People:
    """Gives out names and numbers, each once. One instance covers one demo.

    Of very many people some carry the same name (`alike`), as in any province.
    """

    def __init__(
        self,
        draw: Random,
        taken: Iterable[str] = (),
        phones: Iterable[str] = (),
        *,
        alike: bool = False,
    ) -> None:
        self._draw = draw
        self._alike = alike
        self._taken = {folded(name) for name in (*PLANNED_SAME, *PLANNED_TONES, *taken)}
        self._phones = set(phones)
        self._serial = len(self._phones)

    def name(self, ethnicity: str, sex: str, birth_year: int) -> Name:
        """A new name, carried by nobody else unless `alike`, fitting people, sex and year of birth.

        `ethnicity` is the people she names herself (`kinh`, `pa_co`, `ta_oi`, `pa_hy`, `co_tu`,
        `bru_van_kieu`, else as Kinh); `sex` is `female`, `male` or anything else.
        """
        shape = sex if sex in {"female", "male"} else self._draw.choice(("female", "male"))
        for attempt in range(1000):
            words, given = self._compose(ethnicity, shape, birth_year, longer=attempt > 12)
            paper = " ".join(words)
            if (self._alike or folded(paper) not in self._taken) and not is_denied(paper):
                self._taken.add(folded(paper))
                return Name(spoken=self._spoken(ethnicity, shape, given), paper=paper)
        raise RuntimeError("the demo has more people than names")

    def phone(self) -> str:
        """`0400 ddd ddd`: of the right length, in no allotted block. Each once."""
        while True:
            number = f"0400 {self._draw.randrange(1000):03} {self._draw.randrange(1000):03}"
            if number not in self._phones:
                self._phones.add(number)
                return number

    def id_number(self, sex: str, birth_year: int) -> str:
        """Twelve digits of the citizen number's shape, from province 999, which does not exist."""
        self._serial += 1
        century = (0 if birth_year < 2000 else 2) + (1 if sex == "female" else 0)
        return f"999{century}{birth_year % 100:02}{self._serial:06}"

    def _compose(
        self, ethnicity: str, sex: str, birth_year: int, *, longer: bool
    ) -> tuple[list[str], str]:
        given = self._given(ethnicity, sex, birth_year)
        family = pick(self._draw, FAMILIES.get(ethnicity, KINH_FAMILIES))
        if (family, sex) in ROYAL_FAMILIES:
            pool = MIDDLES_FEMALE if sex == "female" else MIDDLES_MALE
            return [ROYAL_FAMILIES[family, sex], self._draw.choice(pool), given], given
        middles = [self._middle(sex, birth_year)]
        if longer or self._draw.random() < _four_words(sex, birth_year):
            pool = MIDDLES_FEMALE if sex == "female" else MIDDLES_MALE
            middles.append(self._draw.choice([word for word in pool if word not in middles]))
        middles = [word for word in middles if word not in {given, family}] or ["Thị"]
        return [family, *middles, given], given

    def _given(self, ethnicity: str, sex: str, birth_year: int) -> str:
        if ethnicity in FAMILIES and self._draw.random() < 0.3:
            return self._draw.choice(NATIVE_GIVEN[sex])
        if birth_year < 1965:
            return self._draw.choice(ELDER_GIVEN[sex])
        return self._draw.choice((CHILD_GIVEN if birth_year >= 2006 else GIVEN)[sex])

    def _middle(self, sex: str, birth_year: int) -> str:
        common, share = ("Thị", 0.17) if sex == "female" else ("Văn", 0.03)
        if birth_year < 1985:
            share = 0.85 if sex == "female" else 0.45
        elif birth_year < 2000:
            share = 0.60 if sex == "female" else 0.20
        if self._draw.random() < share:
            return common
        return self._draw.choice(MIDDLES_FEMALE if sex == "female" else MIDDLES_MALE)

    def _spoken(self, ethnicity: str, sex: str, given: str) -> str:
        if ethnicity in FAMILIES and self._draw.random() < 0.4 and ethnicity in KAN_AND_KU:
            return f"{'Kăn' if sex == 'female' else 'Ku'} {given}"
        return given


def _four_words(sex: str, birth_year: int) -> float:
    if birth_year < 1991:
        return 0.05
    return 0.65 if sex == "female" else 0.26


def hamlet(draw: Random, unit_kind: str) -> str:
    """A hamlet of a commune, or a group of a ward or township, with a number that none has."""
    if unit_kind == "xã":
        return f"Thôn Mẫu {draw.randint(1, 9)}"
    return f"Tổ {draw.randint(91, 99)}"
