"""Groups: the same questions for each of several persons or things, as rows."""

import pytest
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from referral.cases.forms.engine import copy_answers, load_forms
from referral.cases.forms.messages import Message, by_field

PEOPLE = """
id = "people"
version = 1
title_vi = "Người đi cùng"
title_en = "Who comes along"

[[fields]]
id = "children"
type = "group"
vi = "Trẻ em"
en = "Child"
least = 1
most = 3

[[fields.fields]]
id = "sex"
type = "one_of"
options = "sex"
vi = "Giới tính"
en = "Sex"
required = true

[[fields.fields]]
id = "age"
type = "number"
vi = "Tuổi"
en = "Age"
unknown = true
maximum = 25

[[fields.fields]]
id = "ill"
type = "yes_no_unknown"
vi = "Có bệnh?"
en = "Ill?"

[[fields.fields]]
id = "illness"
type = "text"
vi = "Bệnh gì"
en = "What illness"
required = true
shown_when = { field = "ill", any_of = ["yes"] }

[[fields.fields]]
id = "seen_at"
type = "datetime"
vi = "Khám lúc"
en = "Seen at"
"""
GIRL = {"sex": "female", "age": 3}
BOY = {"sex": "male", "age": "unknown", "ill": "yes", "illness": "hen"}


@pytest.fixture
def people(tmp_path):
    (tmp_path / "people.toml").write_text(PEOPLE, encoding="utf-8")
    return load_forms(tmp_path)["people"]


def refused(form, answers, **options):
    with pytest.raises(ValidationError) as refusal:
        form.schema()(**options).load(answers)
    return by_field(refusal.value.messages)


def test_rows_are_kept_in_their_order_as_objects(people):
    assert people.schema()().load({"children": [GIRL, BOY]}) == {"children": [GIRL, BOY]}


def test_an_error_names_the_row_as_it_was_sent_and_the_question(people):
    rows = [GIRL, {"age": " "}, {**BOY, "age": 99}, {"sex": "x", "illness": "", "ill": "yes"}]
    assert refused(people, {"children": rows}) == {
        "children.2.age": [Message.OUT_OF_RANGE],
        "children.3.sex": [Message.NOT_LISTED],
        "children.3.illness": [Message.REQUIRED],
    }


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ([GIRL] * 4, {"children": [Message.TOO_MANY_ROWS]}),
        ({"sex": "female"}, {"children": [Message.NOT_ROWS]}),
        ("declined twice", {"children": [Message.NOT_ROWS]}),
        ([GIRL, "declined"], {"children": [Message.NOT_ALONE]}),
        (["x"], {"children.0": [Message.NOT_ANSWERS]}),
        ([{"no": 1}], {"children.0.no": [Message.NO_SUCH_QUESTION]}),
        ([{"children": [GIRL]}], {"children.0.children": [Message.NO_SUCH_QUESTION]}),
    ],
)
def test_what_is_no_list_of_rows_is_refused_with_what_to_do(people, sent, said):
    found = refused(people, {"children": sent})
    assert {name: found[name] for name in said} == said


def test_blank_rows_are_left_out_and_count_for_nothing(people):
    kept = people.schema()().load({"children": [{}, {"age": "", "sex": None}, GIRL]})
    assert kept == {"children": [GIRL]}
    assert people.schema()().load({"children": [{}, {"illness": "  "}]}) == {}


def test_too_few_rows_are_refused_but_not_of_a_draft(tmp_path):
    text = PEOPLE.replace("least = 1", "least = 2")
    (tmp_path / "people.toml").write_text(text, encoding="utf-8")
    form = load_forms(tmp_path)["people"]
    assert refused(form, {"children": [GIRL]}) == {"children": [Message.TOO_FEW_ROWS]}
    assert form.schema()(partial=True).load({"children": [{"age": 3}]}) == {
        "children": [{"age": 3}]
    }


@pytest.mark.parametrize("sent", ["declined", ["declined"]])
def test_a_whole_group_may_be_declined(people, sent):
    assert people.schema()().load({"children": sent}) == {"children": "declined"}


def test_a_box_declines_a_group_beside_a_blank_line_and_not_beside_a_filled_one(people):
    boxes = [("children-row", "0"), ("children-0-age", " "), ("children-exit", "declined")]
    typed = people.parse_form(MultiDict(boxes))
    assert people.schema()().load(typed) == {"children": "declined"}
    typed = people.parse_form(MultiDict([*boxes, ("children-0-sex", "male")]))
    assert refused(people, typed) == {"children": [Message.NOT_ALONE]}


def test_rows_come_back_from_the_inputs_of_a_page_whatever_their_marks(people):
    sent = MultiDict(
        [
            ("p-children-row", "7"),
            ("p-children-row", "0"),
            ("p-children-row", "x"),
            ("p-children-0-sex", "male"),
            ("p-children-0-seen_at-date", "25/11/2024"),
            ("p-children-0-seen_at-time", "7:30"),
            ("p-children-7-sex", "female"),
            ("p-children-7-age-exit", "unknown"),
            ("p-children-3-sex", "no such row"),
        ]
    )
    assert people.schema()().load(people.parse_form(sent, prefix="p-")) == {
        "children": [
            {"sex": "female", "age": "unknown"},
            {"sex": "male", "seen_at": "2024-11-25T00:30:00Z"},
        ]
    }


def test_a_row_is_one_line_of_page_and_print_with_its_number(people):
    assert people.display({"children": [GIRL, BOY]}, "en") == [
        ("Child (1)", "Sex: Female; Age: 3"),
        ("Child (2)", "Sex: Male; Age: Not known; Ill?: Yes; What illness: hen"),
    ]
    assert people.display({"children": "declined"}, "vi") == [("Trẻ em", "Không muốn trả lời")]


def test_rows_of_a_question_that_is_gone_are_shown_and_not_lost():
    shown = load_forms()["needs"].display({"guests": [{"age": 3, "tags": ["a", "b"]}]}, "en")
    assert shown == [("guests (1)", "age: 3; tags: a; b")]


def test_the_api_document_tells_a_list_of_objects(people):
    told = people.openapi()["properties"]["children"]["anyOf"][0]
    assert (told["type"], told["minItems"], told["maxItems"]) == ("array", 1, 3)
    assert told["items"]["required"] == ["sex"]
    assert told["items"]["additionalProperties"] is False
    assert set(told["items"]["properties"]) == {"sex", "age", "ill", "illness", "seen_at"}


def test_rows_are_copied_where_the_same_group_is_asked_again(tmp_path):
    again = PEOPLE.replace('"people"', '"again"').replace(
        "least", 'copied_from = "people.children"\nleast'
    )
    (tmp_path / "people.toml").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "again.toml").write_text(again, encoding="utf-8")
    forms = load_forms(tmp_path)
    assert copy_answers(forms, "again", {"people": {"children": [GIRL]}}) == {"children": [GIRL]}
