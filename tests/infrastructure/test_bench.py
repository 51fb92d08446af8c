"""What the bench measures hangs together; how long it takes is no test's business."""

from bench.measures import IDS, MEASURES


def test_the_file_of_figures_has_one_entry_for_each_measure() -> None:
    assert set(IDS) == {
        "sign_in",
        "create_case",
        "open_case",
        "list_50",
        "search_5000",
        "search_all",
        "hand_over",
        "today",
        "list_growth",
        "list_vs_encrypted_columns",
    }
    assert len(set(IDS)) == len(IDS)


def test_a_ratio_is_over_a_measure_taken_before() -> None:
    before: set[str] = set()
    for measure in MEASURES:
        assert not measure.over or measure.over in before
        before.add(measure.id)


def test_the_circle_only_grows() -> None:
    cases = [measure.cases or 10**9 for measure in MEASURES]
    assert cases == sorted(cases)
