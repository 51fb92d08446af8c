"""Words without tones, and lists in the order of the Vietnamese alphabet."""

from referral.kernel.folding import collation, folded

IN_ORDER = (
    "",
    "A Lưới",
    "am",
    "an",
    "Ăn",
    "ấm",
    "Dương Hòa",
    "Đông Sơn",
    "Ê",
    "ma",
    "mà",
    "mả",
    "mã",
    "má",
    "mạ",
    "Xã A Ngo",
    "Xã Đông Sơn",
    "Xã Hồng Hạ",
    "Xuân Lộc",
)


def test_a_list_stands_in_the_order_of_the_alphabet_and_then_of_the_tones() -> None:
    assert tuple(sorted(IN_ORDER, key=collation)) == IN_ORDER
    assert tuple(sorted(IN_ORDER)) != IN_ORDER  # the order of code points differs


def test_marks_that_stand_apart_are_the_same_letter() -> None:
    assert collation("a\u0302\u0301")[:2] == collation("ấ")[:2]


def test_a_sign_of_no_alphabet_stands_behind_the_letters() -> None:
    assert collation("z") < collation("12") < collation("ü")


def test_tones_marks_and_capitals_do_not_count_when_looking() -> None:
    assert folded("  ĐẶNG   Thị\u00a0Thủy ") == "dang thi thuy"
