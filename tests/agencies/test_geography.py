"""The dated geography: what was where, on which day, and what became of it."""

import re
import unicodedata
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest

from referral.agencies.geography import (
    UnknownUnit,
    children,
    codes_within,
    district_of,
    last_known,
    load_units,
    successors,
    unit_at,
    unit_from,
    units_on,
)
from referral.agencies.kinds import AgencyKind

IN_2024 = date(2024, 11, 25)
EARLY_2025 = date(2025, 3, 1)
TODAY = date(2026, 1, 1)
FIRST, SECOND, THIRD = date(2021, 7, 1), date(2025, 1, 1), date(2025, 7, 1)


def fold(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


@pytest.mark.parametrize(
    ("day", "communes", "districts"),
    [
        (date(2021, 6, 30), 0, 0),
        (FIRST, 141, 9),
        (date(2024, 12, 31), 141, 9),
        (SECOND, 133, 9),
        (date(2025, 6, 30), 133, 9),
        (THIRD, 40, 0),
        (TODAY, 40, 0),
    ],
)
def test_each_epoch_has_the_published_number_of_units(day, communes, districts):
    assert len(units_on(day, "commune")) == communes
    assert len(units_on(day, "district")) == districts
    assert len(units_on(day, "province")) == (1 if communes else 0)


@pytest.mark.parametrize(
    ("day", "kinds"),
    [
        (IN_2024, {"xã": 95, "phường": 39, "thị trấn": 7}),
        (EARLY_2025, {"xã": 78, "phường": 48, "thị trấn": 7}),
        (TODAY, {"phường": 21, "xã": 19}),
    ],
)
def test_kinds_of_communes_agree_with_the_resolutions(day, kinds):
    assert Counter(unit.kind for unit in units_on(day, "commune")) == kinds


def test_districts_of_2024_have_the_communes_of_the_published_table():
    counts = {d.code: len(children(d, IN_2024)) for d in units_on(IN_2024, "district")}
    assert counts == {
        "474": 36, "476": 16, "477": 11, "478": 14, "479": 10,
        "480": 9, "481": 18, "482": 17, "483": 10,
    }  # fmt: skip


def test_districts_of_early_2025_have_the_communes_that_resolution_1314_gives_them():
    counts = {d.name_vi: len(children(d, EARLY_2025)) for d in units_on(EARLY_2025, "district")}
    assert counts == {
        "Quận Thuận Hóa": 19,
        "Quận Phú Xuân": 13,
        "Thị xã Phong Điền": 12,
        "Huyện Quảng Điền": 11,
        "Huyện Phú Vang": 14,
        "Thị xã Hương Thủy": 10,
        "Thị xã Hương Trà": 9,
        "Huyện A Lưới": 18,
        "Huyện Phú Lộc": 27,
    }


def test_a_code_used_again_names_another_unit_on_another_day():
    assert unit_at("474", IN_2024).name_vi == "Thành phố Huế"
    assert unit_at("474", EARLY_2025).name_vi == "Quận Thuận Hóa"
    assert [unit_at("19819", day).name_vi for day in (IN_2024, EARLY_2025, TODAY)] == [
        "Thị trấn Phong Điền",
        "Phường Phong Thu",
        "Phường Phong Điền",
    ]
    assert unit_at("19909", IN_2024).name_vi == "Xã Phú Mậu"
    assert unit_at("19909", EARLY_2025).name_vi == "Phường Dương Nỗ"


def test_a_name_can_move_to_another_code():
    assert unit_at("19840", IN_2024).bare_name == "Phong Hải"
    assert unit_at("19843", EARLY_2025).bare_name == "Phong Hải"
    with pytest.raises(UnknownUnit):
        unit_at("19840", EARLY_2025)


def test_eight_codes_end_with_2024_and_54_communes_keep_theirs_under_another_district():
    before = {unit.code: unit for unit in units_on(IN_2024, "commune")}
    after = {unit.code: unit for unit in units_on(EARLY_2025, "commune")}
    assert set(before) - set(after) == {
        "19822", "19834", "19840", "19849", "19906", "19924", "19999", "20032",
    }  # fmt: skip
    moved = [
        code
        for code in set(before) & set(after)
        if district_of(before[code], IN_2024).name_vi
        != district_of(after[code], EARLY_2025).name_vi
    ]
    assert len(moved) == 54


@pytest.mark.parametrize(
    ("heir", "district", "origins"),
    [
        ("Phường Long Hồ", "Quận Phú Xuân", {"Xã Hương Thọ", "Phường Hương Hồ"}),
        ("Phường Thuận An", "Quận Thuận Hóa", {"Xã Hải Dương", "Phường Thuận An"}),
        ("Phường Dương Nỗ", "Quận Thuận Hóa", {"Xã Phú Dương", "Xã Phú Mậu", "Xã Phú Thanh"}),
        ("Xã Phong Thạnh", "Thị xã Phong Điền", {"Xã Điền Hương", "Xã Điền Môn"}),
        ("Phường Phong Phú", "Thị xã Phong Điền", {"Xã Điền Lộc", "Xã Điền Hòa"}),
        ("Phường Phong Hải", "Thị xã Phong Điền", {"Xã Điền Hải", "Xã Phong Hải"}),
        ("Phường Phong Thu", "Thị xã Phong Điền", {"Thị trấn Phong Điền", "Xã Phong Thu"}),
    ],
)
def test_each_merger_of_2025_joins_the_units_that_the_resolution_names(heir, district, origins):
    (unit,) = (u for u in units_on(EARLY_2025, "commune") if u.name_vi == heir)
    assert district_of(unit, EARLY_2025).name_vi == district
    assert {
        before.name_vi
        for before in units_on(IN_2024, "commune")
        if before.valid_to is not None and unit in successors(*before.key)
    } == origins


def test_a_unit_that_did_not_change_keeps_one_row_over_the_new_year():
    hong_ha = unit_at("20050", IN_2024)
    assert hong_ha == unit_at("20050", EARLY_2025)
    assert hong_ha.valid_to == date(2025, 6, 30)
    assert district_of(hong_ha, IN_2024).name_vi == district_of(hong_ha, EARLY_2025).name_vi


def test_a_name_alone_finds_no_unit():
    names = Counter(unit.bare_name for unit in units_on(IN_2024, "commune"))
    assert {name for name, count in names.items() if count > 1} == {"Hương Phong", "Hương Xuân"}
    van = {unit_at("20008", IN_2024).bare_name, unit_at("20011", IN_2024).bare_name}
    assert van == {"Hương Vân", "Hương Văn"}
    assert len({fold(name) for name in van}) == 1


def test_names_are_composed_and_the_tone_stands_where_the_law_prints_it():
    for unit in load_units():
        assert unit.name_vi == unicodedata.normalize("NFC", unit.name_vi)
        assert unit.name_en.startswith(unit.bare_name)
        assert not re.search(r"(o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ])\b", unit.name_vi)
    assert unit_at("19807", IN_2024).name_vi == unit_at("19807", EARLY_2025).name_vi
    assert unit_at("19807", IN_2024).bare_name == "Thủy Biều"


def test_a_key_is_unique_and_rows_of_one_code_never_overlap():
    rows = load_units()
    assert len({unit.key for unit in rows}) == len(rows)
    for before, after in pairwise(rows):
        if before.code == after.code:
            assert before.valid_to is not None
            assert before.valid_to < after.valid_from


def test_every_parent_row_exists_and_was_valid_when_the_child_began():
    for unit in load_units():
        if unit.level == "province":
            assert unit.parent_code is None
        else:
            parent = unit_from(unit.parent_code, unit.parent_valid_from)
            assert parent.is_valid_on(unit.valid_from)


@pytest.mark.parametrize("day", [IN_2024, EARLY_2025])
def test_every_commune_reaches_exactly_one_commune_of_today(day):
    for unit in units_on(day, "commune"):
        row = unit
        while row.valid_to is not None:
            heirs = successors(*row.key)
            assert len(heirs) == 1, row
            assert heirs[0].level == "commune"
            row = heirs[0]
        assert row in units_on(TODAY, "commune")


def test_every_commune_of_today_grew_out_of_communes_of_2025_that_were_not_divided():
    sources = Counter(
        heir.code for unit in units_on(EARLY_2025, "commune") for heir in successors(*unit.key)
    )
    assert set(sources) == {unit.code for unit in units_on(TODAY, "commune")}
    assert sum(sources.values()) == 133


def test_four_units_of_today_straddle_districts_that_are_gone():
    parts: dict[str, set[tuple[str, str]]] = {}
    for unit in units_on(EARLY_2025, "commune"):
        (heir,) = successors(*unit.key)
        district = district_of(unit, EARLY_2025).bare_name
        parts.setdefault(heir.bare_name, set()).add((district, unit.bare_name))
    straddling = {n: found for n, found in parts.items() if len({d for d, _ in found}) > 1}
    assert straddling == {
        "Hóa Châu": {
            ("Thuận Hóa", "Hương Phong"),
            ("Phú Xuân", "Hương Vinh"),
            ("Quảng Điền", "Quảng Thành"),
        },
        "Mỹ Thượng": {
            ("Thuận Hóa", "Phú Thượng"),
            ("Phú Vang", "Phú An"),
            ("Phú Vang", "Phú Mỹ"),
        },
        "Phong Quảng": {
            ("Phong Điền", "Phong Hải"),
            ("Quảng Điền", "Quảng Công"),
            ("Quảng Điền", "Quảng Ngạn"),
        },
        "Thuận An": {
            ("Thuận Hóa", "Thuận An"),
            ("Phú Vang", "Phú Hải"),
            ("Phú Vang", "Phú Thuận"),
        },
    }


def test_the_city_was_divided_in_two_and_a_district_of_2025_has_no_heir():
    assert {unit.name_vi for unit in successors("474", FIRST)} == {
        "Quận Thuận Hóa",
        "Quận Phú Xuân",
    }
    assert [unit.name_vi for unit in successors("483", FIRST)] == ["Huyện Phú Lộc"]
    assert successors("474", SECOND) == ()


def test_the_two_communes_of_one_written_name_go_their_own_ways():
    assert [heir.bare_name for heir in successors("20080", FIRST)] == ["A Lưới 4"]
    (ward,) = successors("20002", FIRST)
    assert [heir.bare_name for heir in successors(*ward.key)] == ["Hóa Châu"]


def test_since_july_2025_a_commune_stands_under_the_province_alone():
    province = unit_at("46", TODAY)
    assert province.name_vi == "Thành phố Huế"
    assert len(children(province, TODAY)) == 40
    assert all(district_of(unit, TODAY) is None for unit in units_on(TODAY, "commune"))


def test_what_lies_within_a_unit_goes_by_the_day():
    a_luoi = codes_within("481", IN_2024)

    assert {"481", "20050", "20044"} <= a_luoi
    assert "19777" not in a_luoi
    assert a_luoi < codes_within("46", IN_2024)
    assert codes_within("20050", IN_2024) == {"20050"}
    assert codes_within("481", TODAY) == {"481"}  # districts had ended
    assert "20050" in codes_within("46", TODAY)


def test_an_unknown_unit_is_an_error_and_not_a_guess():
    with pytest.raises(UnknownUnit):
        unit_at("00001", IN_2024)
    with pytest.raises(UnknownUnit):
        successors("20050", SECOND)
    with pytest.raises(LookupError):
        district_of(unit_at("20050", IN_2024), TODAY)


def test_every_kind_of_agency_has_a_name_in_both_languages():
    assert all(kind.label_vi and kind.label_en for kind in AgencyKind)
    assert len({kind.label_vi for kind in AgencyKind}) == len(AgencyKind)


def test_a_unit_that_has_ended_is_called_as_it_was_last() -> None:
    ended = next(u for u in load_units() if u.level == "commune" and u.valid_to is not None)
    assert ended.valid_to is not None
    later = ended.valid_to + timedelta(days=900)
    unit, day = last_known(ended.code, later)
    assert unit.valid_from >= ended.valid_from
    assert unit.is_valid_on(day)
    with pytest.raises(UnknownUnit):
        last_known(ended.code, date(1990, 1, 1))
