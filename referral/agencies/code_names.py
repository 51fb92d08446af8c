"""Code names of named circles: drawn, never typed, so that none says whom the circle is for."""

import secrets
from collections.abc import Collection

CODE_NAMES = (
    ("Hoa Sen", "Lotus"),
    ("Hoa Mai", "Apricot"),
    ("Hoa Đào", "Peach"),
    ("Hoa Cúc", "Daisy"),
    ("Hoa Nhài", "Jasmine"),
    ("Hoa Sứ", "Frangipani"),
    ("Cây Tre", "Bamboo"),
    ("Cây Đa", "Banyan"),
    ("Cây Thông", "Pine"),
    ("Cây Quế", "Cinnamon"),
    ("Cây Dừa", "Coconut"),
    ("Lá Trầu", "Betel"),
    ("Hạt Lúa", "Rice"),
    ("Chim Én", "Swallow"),
    ("Chim Sẻ", "Sparrow"),
    ("Cánh Cò", "Egret"),
    ("Dòng Sông", "River"),
    ("Con Suối", "Stream"),
    ("Ngọn Núi", "Mountain"),
    ("Đám Mây", "Cloud"),
    ("Ngôi Sao", "Star"),
    ("Vầng Trăng", "Moon"),
    ("Cánh Buồm", "Sail"),
    ("Mái Chèo", "Oar"),
)


def draw(taken: Collection[str]) -> tuple[str, str]:
    """A code name in both languages that no circle of the agency has; numbered once all are."""
    number = 1
    while True:
        mark = "" if number == 1 else f" {number}"
        numbered = [(vi + mark, en + mark) for vi, en in CODE_NAMES]
        free = [pair for pair in numbered if pair[0] not in taken]
        if free:
            return secrets.choice(free)
        number += 1
