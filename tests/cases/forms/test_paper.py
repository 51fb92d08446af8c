"""A blank sheet asks what its form asks, and whoever finds it learns nothing from it."""

import re
from collections.abc import Iterator

import pytest

from referral.cases.forms.definition import BY_ITSELF, Field, FieldType, Option
from referral.cases.forms.engine import load_forms
from referral.cases.forms.paper import PaperQuestion, key_to, on_paper

FORMS = load_forms()
LOCALES = ["vi", "en"]
TELLING = re.compile(
    r"bạo lực|hiếp|tình dục|đánh|giết|bóp cổ|hung khí|tự sát|thương tích|ngược đãi|hành hung"
    r"|người được hỗ trợ|nạn nhân|cấm tiếp xúc|bị cho là|mua bán"
    r"|violen|rape|sexual|beat|kill|strangl|weapon|suicid|injur|abus|assault"
    r"|survivor|victim|perpetrator|traffick|shelter",
    re.IGNORECASE,
)


def words_of(questions: list[PaperQuestion]) -> Iterator[str]:
    for question in questions:
        yield question.label
        yield from question.boxes
        for row in question.rows:
            yield from words_of(list(row))


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("form_id", sorted(FORMS))
def test_every_question_that_a_person_answers_stands_on_the_sheet_with_every_answer(
    form_id: str, locale: str
) -> None:
    form = FORMS[form_id]
    by_hand = [f for f in form.fields if f.calculation is None and f not in BY_ITSELF]
    sheet = on_paper(form.fields, locale)
    assert [question.asked for question in sheet] == by_hand
    for question in sheet:
        assert len(question.boxes) == len(set(question.boxes)) == len(question.asked.choices)
        assert question.boxes or question.lines or question.rows
        for row in question.rows:
            assert [part.asked for part in row] == list(question.asked.fields)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("form_id", sorted(FORMS))
def test_no_word_on_a_sheet_says_what_happened_or_to_whom(form_id: str, locale: str) -> None:
    telling = [w for w in words_of(on_paper(FORMS[form_id].fields, locale)) if TELLING.search(w)]
    assert telling == []


def test_a_word_that_tells_is_found_where_a_file_has_no_other_for_paper() -> None:
    assert [w for w in words_of(on_paper([hurt("")], "vi")) if TELLING.search(w)] == ["Bị đánh?"]
    assert [w for w in words_of(on_paper([hurt("Mục A")], "vi")) if TELLING.search(w)] == []


def hurt(on_the_sheet: str) -> Field:
    return Field("hurt", FieldType.TEXT, "Bị đánh?", "Beaten?", paper_vi=on_the_sheet)


def test_what_stands_for_other_words_is_in_the_key() -> None:
    form = FORMS["incident"]
    key = key_to(form, "vi")
    assert ("Mục A (chọn các chữ)", form.field("forms").vi) in key
    assert ("a", "Bạo lực thể chất") in key
    assert [pair for pair in key if pair[0] == pair[1]] == []


def test_where_there_is_nothing_else_for_paper_the_label_stands() -> None:
    plain = Option("tea", "Trà", "Tea")
    asked = Field("drink", FieldType.ONE_OF, "Uống gì", "Drink", options=(plain,), decline=False)
    (question,) = on_paper([asked], "en")
    assert (question.label, question.boxes) == ("Drink", ("Tea",))
