"""Every page, with hostile texts in every field: nothing runs, and each language is whole."""

import io
import re
import runpy

import openpyxl
import pytest
from sqlalchemy import text

from referral.agencies.geography import units_on
from referral.cases.forms_in_force import shelf
from referral.kernel import clock, db
from tests.infrastructure.application import ROOT
from tests.sweeps.asks import FIRST_DAY, Route, address, routes, sent
from tests.sweeps.conftest import Ground
from tests.sweeps.every_ask import PAGES
from tests.sweeps.hostile import OPENING, faults_in, planted_in, words_of

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
# Readers beside the one of the good request, so that each page is seen from several sides.
READERS = ("health_worker", "supervisor", "shelter_keeper", "social_worker")
BAD_QUERY = dict.fromkeys(
    ("next", "name", "show", "site", "from", "on", "after", "kinds", "agency_id"),
    f"javascript:alert(1)//{OPENING}",
)
VIETNAMESE = re.compile(
    "[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]", re.IGNORECASE
)
ENGLISH = re.compile(
    r"\b(?:the|and|of|are|with|this|that|from|must|which|nobody|somebody|cannot)\b", re.IGNORECASE
)
POINT = "đ) "  # the letter of a point in a law, which has no other in English
OWN_NAMES = ("Tiếng Việt", "English")  # each language is called as it calls itself
MAY_BE_ALIKE = {
    "CT", "OK", "%(code)s", "%(day)s", "API",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def compiled_catalogue() -> None:
    runpy.run_path(str(ROOT / "tools/make_translations.py"))["compile_catalogue"]()


def pages(ground: Ground) -> list[Route]:
    """Every page that somebody reads."""
    found = [r for r in routes(ground.app) if not r.is_api and not r.writes]
    return [route for route in found if not route.rule.endpoint.startswith("health.")]


def page_of(ground: Ground, route: Route, who: str, language: str = "vi", **how) -> str:
    path = address(ground.app, route, ground.objects, PAGES[route.name].ids)
    locked = PAGES[route.name].headers(ground.objects).get("Cookie", "")
    headers = {"Cookie": f"lang={language}; {locked}"}
    answer = ground.send(who, route.method, path, headers=headers, **how)
    assert answer.status_code < 500, f"{route.name} by {who}: {answer.status_code}"
    if answer.mimetype != "text/html" or answer.status_code in {303, 302}:
        return ""
    page = str(answer.get_data(as_text=True))
    assert f'<html lang="{language}"' in page
    return page


@pytest.mark.long
def test_nothing_that_was_typed_runs_on_any_page(ground: Ground) -> None:
    seen: set[str] = set()
    faults = []
    for route in pages(ground):
        for who in {PAGES[route.name].by, *READERS}:
            page = page_of(ground, route, who)
            faults += [f"{route.name} by {who}: {fault}" for fault in faults_in(page)]
            seen |= set(planted_in(page))
    print(f"{len(seen)} hostile texts were shown")  # noqa: T201 - the sweep's size
    assert not faults, "\n".join(faults)
    assert len(seen) > 25


def test_nothing_that_an_address_or_a_refused_form_carries_runs(ground: Ground) -> None:
    faults, shown = [], 0
    for route in routes(ground.app):
        if route.is_api or route.rule.endpoint.startswith("health."):
            continue
        good = PAGES[route.name]
        how = sent(route, good, ground.objects)
        how["query_string"] = BAD_QUERY
        if route.writes and how.get("data"):
            how["data"] = dict.fromkeys(how["data"], f"{OPENING}999")
        headers = how.pop("headers")
        path = address(ground.app, route, ground.objects, good.ids)
        answer = ground.send(good.by, route.method, path, headers=headers, **how)
        page = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
        faults += [f"{route.name}: {fault}" for fault in faults_in(page)]
        if answer.headers.get("Location", "").lower().startswith("javascript:"):
            faults.append(f"{route.name}: leads to a script")
        shown += "999" in set(planted_in(page))
        if route.writes and answer.status_code < 400:
            ground.put_back()
    assert not faults, "\n".join(faults)
    assert shown > 8, "refused forms show what was typed"


def test_a_name_that_is_a_formula_is_text_in_the_spreadsheet(ground: Ground) -> None:
    with ground.app.app_context(), db.unit_of_work():
        name = "=cmd|' /C calc'!A0"
        db.session().execute(text("UPDATE member SET display_name = :name"), {"name": name})
        db.session().execute(text("UPDATE agency SET name_vi = :n, name_en = :n"), {"n": name})
    path = f"/figures/{ground.objects['approved_edition']}/export"
    answer = ground.send("coordinator", "GET", path)
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any("=cmd|" in str(cell.value) for cell in cells)
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []


def known_names(ground: Ground) -> list[str]:
    """Vietnamese that is data and no word of ours: units, agencies, circles, people."""
    with ground.app.app_context():
        ask = db.session().execute
        names = {str(n) for (n,) in ask(text("SELECT display_name FROM member"))}
        for table in ("agency", "circle"):
            names |= {str(n) for (n,) in ask(text(f"SELECT name_vi FROM {table}"))}
        db.rollback()
        levels = ("province", "district", "commune")
        days = (FIRST_DAY, clock.today())  # an ended commune is called by its name too
        names |= {u.name("en") for on in days for level in levels for u in units_on(on, level)}
    return sorted({*names, *OWN_NAMES}, key=len, reverse=True)


def empty_marks(page: str) -> int:
    """States whose shape is not drawn: colour alone would tell them."""
    return len(re.findall(r'<svg class="sign"[^>]*></svg>', page))


def test_every_state_is_drawn_with_a_shape(ground: Ground) -> None:
    drawn = {route.name: _page(ground, route, "vi") for route in pages(ground)}
    assert sum('<svg class="sign"' in page for page in drawn.values()) > 15
    assert [name for name, page in drawn.items() if empty_marks(page)] == []


def test_a_state_without_a_shape_is_found(ground: Ground) -> None:
    with ground.app.test_request_context("/"):
        mark = ground.app.jinja_env.get_template("_macros/icons.html").module.mark
        assert empty_marks(str(mark("done"))) == 0
        assert empty_marks(str(mark("no such shape"))) == 1


# Its samples are Vietnamese in either language, and are marked so.
SAMPLES = "GET styleguide.show_styleguide"


def left_over(page: str, names: list[str], wrong: re.Pattern[str]) -> set[str]:
    """The words of the other language on a page, names apart."""
    words = words_of(page)
    for name in names:
        words = words.replace(name, " ")
    return {word for word in re.split(r"[\s,.;:()]+", words) if wrong.search(word)}


def test_no_vietnamese_is_left_on_an_english_page(ground: Ground) -> None:
    names = known_names(ground)
    found = {
        route.name: left
        for route in pages(ground)
        if route.name != SAMPLES
        if (left := left_over(_page(ground, route, "en"), names, VIETNAMESE))
    }
    assert found == {}


def test_no_english_is_left_on_a_vietnamese_page(ground: Ground) -> None:
    found = {
        route.name: left
        for route in pages(ground)
        if (left := left_over(_page(ground, route, "vi"), list(OWN_NAMES), ENGLISH))
    }
    assert found == {}


def _page(ground: Ground, route: Route, language: str) -> str:
    return page_of(ground, route, PAGES[route.name].by, language)


def test_the_catalogue_is_whole_neither_fuzzy_nor_alike(engine_name: str) -> None:
    catalogue = runpy.run_path(str(ROOT / "tools/make_translations.py"))["read_catalogue"]()
    entries = [entry for entry in catalogue if entry.id]
    assert len(entries) > 400
    assert [entry.id for entry in entries if entry.fuzzy] == []
    alike = {e.id for e in entries if e.id == e.string and re.search("[A-Za-z]{2}", str(e.id))}
    assert alike - MAY_BE_ALIKE == set()


def test_every_label_of_every_form_is_there_in_both_languages(engine_name: str) -> None:
    lacking = []
    for form in shelf.all().values():
        for question in form.fields:
            labels = [(question.vi, question.en), *((o.vi, o.en) for o in question.options)]
            lacking += [f"{form.id}.{question.id}" for vi, en in labels if not (vi and en)]
            lacking += [
                f"{form.id}.{question.id}: {en}"
                for _, en in labels
                if VIETNAMESE.search(en.removeprefix("đ) "))
            ]
    assert lacking == []


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        ("<p>=1+1\"'><script>001</script></p>", "a text stands there as it was typed"),
        ('<a href="java\nscript:alert(1)">x</a>', "href=java\nscript:alert(1)"),
        ('<p onclick="x()">x</p>', "attribute onclick"),
        ("<p>=1+1 001&lt;/script&gt;49</p>", "a text was taken for a template"),
    ],
)
def test_what_would_run_is_found(engine_name: str, page: str, fault: str) -> None:
    assert fault in faults_in(page)


def test_what_is_escaped_is_no_fault_and_words_of_the_other_language_are_found(
    engine_name: str,
) -> None:
    escaped = (
        "<p title='=1+1&#34;&#39;&gt;&lt;script&gt;002'>=1+1&#34;&#39;&gt;&lt;script&gt;001</p>"
    )
    assert faults_in(escaped) == []
    assert set(planted_in(escaped)) == {"001", "002"}
    assert left_over("<p>Huế: đã gửi</p>", ["Huế"], VIETNAMESE) == {"đã", "gửi"}
    assert left_over("<p>Nobody is there</p>", [], ENGLISH) == {"Nobody"}


def parts_of(page: str) -> set[str]:
    """Addresses of the style sheets and scripts that a page loads."""
    return set(re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js)\?[^"]+)"', page))


def test_every_page_is_light_enough_for_a_weak_line(ground: Ground) -> None:
    """At most 100 KB of HTML, style and script as sent, to who comes for the first time."""
    packed = {"Accept-Encoding": "gzip"}
    weights: dict[str, int] = {}

    def weight(address: str) -> int:
        if address not in weights:
            weights[address] = len(ground.send(None, "GET", address, headers=packed).data)
        return weights[address]

    sizes = {}
    for route in pages(ground):
        page = _page(ground, route, "vi")
        parts = parts_of(page)
        assert not page or len(parts) >= 3, route.name
        sizes[route.name] = len(page.encode()) + sum(weight(address) for address in parts)
    heaviest = max(sizes, key=lambda name: sizes[name])
    print(f"heaviest page: {heaviest}, {sizes[heaviest] / 1000:.0f} KB")  # noqa: T201 - a figure
    assert {name: size for name, size in sizes.items() if size > 100_000} == {}


def keeps_a_secret(template: str) -> bool:
    """Whether a page both keeps what is typed as a draft and asks for a secret."""
    return "data-draft-url" in template and bool(
        re.search(r"data-secret|type=\"password\"|name=\"(?:passphrase|pin|code)\"", template)
    )


def test_no_page_that_keeps_a_draft_asks_for_a_secret(engine_name: str) -> None:
    templates = {path.name: path.read_text() for path in (ROOT / "templates").rglob("*.html")}
    assert [name for name, text in templates.items() if keeps_a_secret(text)] == []
    drafting, asking = templates["close_case.html"], templates["give_proof.html"]
    assert keeps_a_secret(drafting + asking)
