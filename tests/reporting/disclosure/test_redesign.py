"""Which bands to merge so that the fewest numbers vanish."""

from referral.reporting.disclosure.crossed import Dimension, Layout
from referral.reporting.disclosure.primary import Rule
from referral.reporting.disclosure.redesign import Merge, advise

AGES = Dimension.flat("age", ["<16", "16-17", "18-39", "40-59", "60+"], ordered=True)
DISTRICTS = Dimension("district", {"*": ["A", "B", "C"]})


def layout() -> Layout:
    return Layout([AGES, DISTRICTS], published=lambda key: key == ("*", "*"))


COUNTS = {
    (age, district): count
    for age, row in {
        "<16": (8, 7, 9), "16-17": (1, 2, 1), "18-39": (30, 25, 40), "40-59": (20, 22, 18),
        "60+": (6, 9, 7),
    }.items()
    for district, count in zip("ABC", row, strict=True)
}  # fmt: skip


def test_the_thin_band_is_merged_with_a_neighbour_before_anything_else() -> None:
    designs = advise(layout(), COUNTS, Rule(5), merges=1)

    best = designs[0]
    assert best.merges in {
        (Merge("age", ("<16", "16-17")),),
        (Merge("age", ("16-17", "18-39")),),
    }
    assert best.suppressed == 0
    assert best.vanished == 4  # the row that is no longer there
    assert best.shown == 20
    as_it_is = next(design for design in designs if not design.merges)
    assert as_it_is.suppressed > best.vanished
    assert as_it_is.vanished == as_it_is.suppressed
    assert all(design.optimal for design in designs)


def test_bands_with_an_order_are_merged_with_neighbours_only() -> None:
    designs = advise(layout(), COUNTS, Rule(5), merges=1, tries=99)

    ages = {merge.codes for one in designs for merge in one.merges if merge.dimension == "age"}
    places = {merge.codes for one in designs for merge in one.merges if merge.dimension != "age"}
    assert ages == {("<16", "16-17"), ("16-17", "18-39"), ("18-39", "40-59"), ("40-59", "60+")}
    assert places == {("A", "B"), ("A", "C"), ("B", "C")}


def test_a_second_merge_is_tried_on_top_of_the_best_first() -> None:
    thin = COUNTS | {("60+", district): 1 for district in "ABC"}

    best = advise(layout(), thin, Rule(5), merges=2)[0]

    assert len(best.merges) == 2
    assert best.suppressed == 0


def test_a_combination_stays_impossible_only_if_both_were() -> None:
    drawn = Layout(
        [AGES, DISTRICTS],
        impossible={("<16", "A"), ("16-17", "A"), ("60+", "A")},
        missing={("60+", "B")},
        published=lambda key: key == ("*", "*"),
    )
    counts = {key: count for key, count in COUNTS.items() if key not in
              {("<16", "A"), ("16-17", "A"), ("60+", "A"), ("60+", "B")}}  # fmt: skip

    designs = advise(drawn, counts, Rule(5), merges=1, tries=99)

    assert len(designs) > 1


def test_a_table_with_nothing_to_merge_is_advised_as_it_is() -> None:
    pairs = [Dimension.flat(name, ["0", "1"]) for name in "ab"]
    drawn = Layout(pairs, published=lambda key: key == ("*", "*"))

    designs = advise(drawn, {("0", "0"): 3, ("1", "1"): 20, ("0", "1"): 9}, Rule(5))

    assert [design.merges for design in designs] == [()]
