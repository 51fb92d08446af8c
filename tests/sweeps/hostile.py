"""What a person with bad intent would type into every text: HTML, quotes, a template, a formula."""

from collections.abc import Iterator
from html.parser import HTMLParser

from referral.cases.forms_in_force import shelf

START = "=1+1\"'><"
OPENING = f"{START}script>"
CLOSING = "</script>{{7*7}}"


class Hostile:
    """A plant for the thread: one hostile text a field, told apart by its number; ASCII only."""

    def __init__(self) -> None:
        self.planted: dict[str, str] = {}

    def __call__(self, label: str) -> str:
        """The text of a field, the same each time, as much of it as the field takes."""
        text = f"{OPENING}{len(self.planted):03d}{CLOSING}"
        return self.planted.setdefault(label, text[: _room(label)])


def _room(label: str) -> int | None:
    """How long an answer may be, for a question of a form."""
    form, _, field = label.partition(".")
    if form not in shelf.all():
        return None
    return next((q.max_length for q in shelf.form(form).fields if q.id == field), None)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.texts: list[str] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._script = tag == "script"
        for name, value in attrs:
            plain = "".join((value or "").split()).lower()
            if name.startswith("on") or '"' in name or "'" in name or "<" in name:
                self.faults.append(f"attribute {name}")
            if name in {"href", "src", "action", "formaction"} and plain.startswith("javascript:"):
                self.faults.append(f"{name}={value}")
            if name in {"title", "placeholder", "aria-label", "alt", "value"}:
                self.texts.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.faults.append(f"script {data.strip()[:30]!r}")
        self.texts.append(data)


def faults_in(page: str) -> list[str]:
    """What of a page would run, or has left the place it was written to."""
    reader = _Reader()
    reader.feed(page)
    found = list(reader.faults)
    if START in page or "<script>0" in page:
        found.append("a text stands there as it was typed")
    if "</script>49" in "".join(reader.texts):
        found.append("a text was taken for a template")
    return found


def words_of(page: str) -> str:
    """What a reader of the page sees or hears."""
    reader = _Reader()
    reader.feed(page)
    return " ".join(reader.texts)


def planted_in(page: str) -> Iterator[str]:
    """The numbers of the hostile texts that a page shows."""
    words = words_of(page)
    at = words.find(OPENING)
    while at >= 0:
        yield words[at + len(OPENING) :][:3]
        at = words.find(OPENING, at + 1)
