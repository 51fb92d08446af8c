"""Draw the pictures of docs/disclosure.md; every number in them is computed, none is typed."""

from pathlib import Path

from referral.reporting.disclosure.attack import attack
from referral.reporting.disclosure.crossed import Dimension, Layout
from referral.reporting.disclosure.problem import Cell, Interval, Problem, Sum

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"
_SIDE, _INK, _SOFT, _HIDDEN = 44, "#1b2a33", "#d8e0e4", "#f2c14e"

HANDBOOK = [[5, 2], [1, 2], [3, 3]]
HALVES = {
    "000": 2, "001": -1, "002": -1, "010": -1, "011": 1, "020": -1, "022": 1,
    "111": -1, "112": 1, "121": 1, "122": -1,
    "200": -2, "201": 1, "202": 1, "210": 1, "212": -1, "220": 1, "221": -1,
}  # fmt: skip


def _text(x: float, y: float, words: str, *, size: int = 15, anchor: str = "middle") -> str:
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="{anchor}">{words}</text>'


def _box(x: float, y: float, words: str, fill: str = "#ffffff", *, size: int = 15) -> str:
    box = (
        f'<rect x="{x:g}" y="{y:g}" width="{_SIDE}" height="{_SIDE}" fill="{fill}" '
        f'stroke="{_INK}" stroke-width="0.7"/>'
    )
    return box + _text(x + _SIDE / 2, y + _SIDE / 2 + 5, words, size=size)


def _svg(width: int, height: int, title: str, parts: list[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'font-family="sans-serif" fill="{_INK}">\n<title>{title}</title>\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _handbook() -> Problem:
    cells = {f"{r}{c}": v for r, row in enumerate(HANDBOOK) for c, v in enumerate(row)}
    sums = [Sum(f"r{r}", (f"{r}0", f"{r}1")) for r in range(3)]
    sums += [Sum(f"c{c}", (f"0{c}", f"1{c}", f"2{c}")) for c in range(2)]
    totals = {one.total: sum(cells[part] for part in one.parts) for one in sums}
    return Problem([Cell(i, v) for i, v in (cells | totals).items()], sums)


def intervals() -> str:
    """The handbook's table, and what an attacker finds out about its four hidden numbers."""
    problem = _handbook()
    hidden = ["00", "01", "10", "11"]
    found = attack(problem, hidden)
    parts = []
    for r in range(4):
        for c in range(3):
            key = f"c{c}" if r == 3 else f"r{r}" if c == 2 else f"{r}{c}"
            if key == "c2":
                continue
            fill = _HIDDEN if key in hidden else _SOFT if key in {"r0", "r1", "r2"} else "#ffffff"
            fill = _SOFT if key.startswith("c") else fill
            words = "…" if key in hidden else str(problem.by_id[key].value)
            parts.append(_box(20 + c * _SIDE, 20 + r * _SIDE, words, fill))
    for n, cell in enumerate(hidden):
        y = 42 + n * _SIDE
        parts.append(_text(210, y + 5, f"row {cell[0]}, column {cell[1]}", anchor="start", size=13))
        parts += _range(330, y, found[cell], problem.by_id[cell].value)
    return _svg(560, 215, "Four hidden numbers and what remains possible of each", parts)


def _range(x: int, y: int, interval: Interval, truth: int) -> list[str]:
    high = interval.high or 0
    parts = [
        f'<line x1="{x + n * 28}" y1="{y - 5}" x2="{x + n * 28}" y2="{y + 5}" stroke="{_SOFT}"/>'
        for n in range(8)
    ]
    parts.append(
        f'<line x1="{x + interval.low * 28}" y1="{y}" x2="{x + high * 28}" y2="{y}" '
        f'stroke="{_HIDDEN}" stroke-width="9" stroke-linecap="round"/>'
    )
    parts.append(f'<circle cx="{x + truth * 28}" cy="{y}" r="4"/>')
    parts += [_text(x + n * 28, y + 20, str(n), size=10) for n in {interval.low, truth, high}]
    return parts


def halves() -> str:
    """A cube whose ones a linear attacker believes free, and that one who counts knows."""
    layout = Layout([Dimension.flat(name, ["0", "1", "2"]) for name in "abc"])
    counts = dict.fromkeys(((a, b, c) for a in "012" for b in "012" for c in "012"), 7)
    problem = layout.problem(counts | dict.fromkeys((tuple(key) for key in HALVES), 1))
    found = attack(problem, ["/".join(key) for key in HALVES])
    known = {cell.replace("/", ""): interval for cell, interval in found.items()}
    rows = [
        ("as published", dict.fromkeys(HALVES, "…")),
        ("half a person apart", {k: f"{1 + v / 2:g}" for k, v in HALVES.items()}),
        ("in whole persons", {k: str(known[k].low) for k in HALVES if known[k].exact}),
    ]
    parts = []
    for line, (name, shown) in enumerate(rows):
        top = 34 + line * 180
        parts.append(_text(20, top - 10, name, anchor="start"))
        for a in range(3):
            for b in range(3):
                for c in range(3):
                    key = f"{a}{b}{c}"
                    fill = _HIDDEN if key in shown else "#ffffff"
                    spot = 20 + a * (3 * _SIDE + 24) + c * _SIDE, top + b * _SIDE
                    parts.append(_box(*spot, shown.get(key, "7"), fill))
    return _svg(480, 550, "Three layers of a cube: free in halves, fixed in whole numbers", parts)


def releases() -> str:
    """Two releases, each safe alone, and the one commune that is left between them."""
    parts = []
    boxes = [
        (20, 40, 210, "district D1: 30", _SOFT), (20, 84, 150, "commune A: …", _HIDDEN),
        (170, 84, 60, "B: …", _HIDDEN), (270, 40, 210, "unit N1: 40", _SOFT),
        (270, 84, 150, "commune A: …", _HIDDEN), (420, 84, 60, "C: 12", "#ffffff"),
    ]  # fmt: skip
    for x, y, width, words, fill in boxes:
        parts.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{_SIDE}" fill="{fill}" '
            f'stroke="{_INK}" stroke-width="0.7"/>'
        )
        parts.append(_text(x + width / 2, y + 27, words, size=14))
    cells = {"D1": 30, "A": 28, "B": 2, "N1": 40, "C": 12}
    problem = Problem(
        [Cell(i, v) for i, v in cells.items()], [Sum("D1", ("A", "B")), Sum("N1", ("A", "C"))]
    )
    found = attack(problem, ["A", "B"])
    parts += [
        _text(20, 28, "first release", anchor="start"),
        _text(270, 28, "second release", anchor="start"),
        _text(
            20, 165,
            f"together: A = 40 − 12 = {found['A'].low}, so B = 30 − {found['A'].low}"
            f" = {found['B'].low}",
            anchor="start",
        ),
    ]  # fmt: skip
    return _svg(500, 185, "A hidden number told by two releases together", parts)


PICTURES = {
    "disclosure-intervals.svg": intervals,
    "disclosure-halves.svg": halves,
    "disclosure-releases.svg": releases,
}


def main() -> None:
    for name, draw in PICTURES.items():
        (FOLDER / name).write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
