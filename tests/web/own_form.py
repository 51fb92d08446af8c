"""A form of an installation's own that has every type of question, and the folder it stands in."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from referral.cases.forms_in_force import shelf

EVERYTHING = """\
id = "home_visit"
version = 1
title_vi = "Thăm tại nhà"
title_en = "Home visit"

[[fields]]
id = "visited_on"
type = "date"
vi = "Ngày đến"
en = "Visited on"
required = true
not_after = "today"

[[fields]]
id = "again_at"
type = "datetime"
vi = "Hẹn lần sau"
en = "Next time"
not_before = "visited_on"
unknown = true

[[fields]]
id = "hour"
type = "time"
vi = "Giờ thuận tiện"
en = "A good hour"

[[fields]]
id = "who"
type = "text"
vi = "Người tiếp"
en = "Met by"

[[fields]]
id = "told"
type = "long_text"
vi = "Nội dung trao đổi"
en = "What was said"

[[fields]]
id = "door"
type = "yes_no_unknown"
vi = "Có mở cửa không?"
en = "Was the door opened?"

[[fields]]
id = "place"
type = "one_of"
options = "meeting_place"
vi = "Nơi gặp"
en = "Where"
paper_vi = "Mục A"
paper_en = "A"
shown_when = { field = "door", any_of = ["yes"] }

[[fields]]
id = "brought"
type = "several_of"
options = "goods"
vi = "Đã mang theo"
en = "Brought along"
required_when = { field = "door", any_of = ["no"] }

[[fields]]
id = "area"
type = "unit"
vi = "Địa bàn"
en = "Area"

[[fields]]
id = "minutes"
type = "number"
maximum = 600
vi = "Thời gian"
en = "How long"
unit_vi = "phút"
unit_en = "minutes"
hint_vi = "Kể cả thời gian chờ."
hint_en = "Waiting counts."

[[fields]]
id = "others"
type = "group"
most = 3
vi = "Người có mặt"
en = "Present"

[[fields.fields]]
id = "name"
type = "text"
vi = "Gọi là"
en = "Called"

[[fields.fields]]
id = "age"
type = "number"
vi = "Tuổi"
en = "Age"
unknown = true

[[fields]]
id = "count"
type = "calculated"
calculated = { rows = "others" }
vi = "Số người có mặt"
en = "How many"
"""
LISTS = """\
[lists.meeting_place]
source = "practice"
options = [
  { id = "yard", vi = "Ngoài sân", en = "In the yard", paper_vi = "1", paper_en = "1" },
  { id = "kitchen", vi = "Trong bếp", en = "In the kitchen", paper_vi = "2", paper_en = "2" },
]

[lists.goods]
source = "practice"
options = [
  { id = "none", vi = "Không mang gì", en = "Nothing", alone = true },
  { id = "rice", vi = "Gạo", en = "Rice" },
  { id = "cloth", vi = "Quần áo", en = "Clothes" },
]
"""


def write_own_form(folder: Path) -> None:
    """The files, as an administrator would put them into `instance/forms/`."""
    folder.mkdir()
    (folder / "codes.toml").write_text(LISTS, encoding="utf-8")
    (folder / "home_visit.toml").write_text(EVERYTHING, encoding="utf-8")


@contextmanager
def own_form(folder: Path) -> Iterator[Path]:
    """The form in force in this installation, from this folder."""
    write_own_form(folder)
    shelf.configure(folder)
    yield folder
    shelf.configure(None)
