"""The rules of the house that no linter knows: sizes, names, and what may be in the repository."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 40
CODE = {".py", ".js", ".css", ".html"}

# Everything at the top of the repository has a place in docs/architecture.md.
TOP_LEVEL = {
    ".ci",
    ".editorconfig",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "babel.cfg",
    "bench",
    "deploy",
    "docs",
    "instance",
    "migrations",
    "pyproject.toml",
    "referral",
    "requirements-dev.lock",
    "requirements.lock",
    "templates",
    "tests",
    "tools",
    "wsgi.py",
}

EMPTY_WORDS = {"utils", "util", "helpers", "helper", "manager", "data", "info", "common", "misc"}

# Written with a class in each, so that this file does not hold what it looks for.
FOREIGN = {
    "a folder of one developer's machine": r"(?<![\w.<])/(?:hom[e]|User[s]|roo[t]|wor[k])/\w",
    "a package registry": r"(?:pyp[i]\.(?:org|python)|pythonhoste[d]\.|npmj[s]\.|deb\.debia[n]\.)",
    "unfinished work": r"\b(?:TOD[O]|FIXM[E]|XX[X]|NotImplementedErro[r])\b",
}
EXEMPTION = re.compile(r"#\s*(?:noq[a]:\s*[\w, ]+|typ[e]: ignore\[[\w, -]+\]|nose[c](?: B\d+)?)")
BARE_EXEMPTION = re.compile(r"#\s*(?:noq[a]|typ[e]:\s*ignore)(?![:\[])")
BINARY = {".png", ".jpg", ".ico", ".woff2", ".ttf", ".xlsx", ".pdf"}


def _repository() -> list[Path]:
    """Files of the repository and those about to enter it."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    return sorted(path for path in paths if path.is_file())


FILES = _repository()


def _under(*folders: str, suffixes: set[str]) -> list[Path]:
    return [
        path
        for path in FILES
        if path.relative_to(ROOT).parts[0] in folders and path.suffix in suffixes
    ]


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, without the docstring: telling more must cost nothing."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    if ast.get_docstring(function, clean=False) is None:
        return lines
    docstring = function.body[0]
    return lines - ((docstring.end_lineno or 0) - docstring.lineno + 1)


def long_functions(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = _length(node)
            if length > MAX_FUNCTION_LINES:
                yield f"{node.name} has {length} lines"


def foreign_words(text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), start=1):
        for what, pattern in FOREIGN.items():
            if re.search(pattern, line):
                yield f"{number}: {what}: {line.strip()[:80]}"


def unexplained_exemptions(text: str) -> Iterator[str]:
    """Exemptions from a lint without a rule, or without its reason on the same line."""
    for number, line in enumerate(text.splitlines(), start=1):
        met = EXEMPTION.search(line)
        reason = line[met.end() :].strip(" -#:") if met else ""
        if BARE_EXEMPTION.search(line) or (met and len(reason) < 8):
            yield f"{number}: {line.strip()[:80]}"


def _all(check, paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}: {fault}"
        for path in paths
        for fault in check(path.read_text(encoding="utf-8"))
    ]


def test_no_file_is_longer_than_one_thought():
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in _under("referral", "tests", "templates", "tools", "bench", suffixes=CODE)
    }
    assert lengths
    assert {name: lines for name, lines in lengths.items() if lines > MAX_FILE_LINES} == {}


def test_no_function_is_longer_than_a_screen():
    sources = _under("referral", suffixes={".py"})
    assert sources
    assert _all(long_functions, sources) == []


def test_a_long_function_is_found_and_its_docstring_is_free():
    body = "\n".join(["    x = 1"] * MAX_FUNCTION_LINES)
    assert list(long_functions(f"def f():\n{body}")) == ["f has 41 lines"]
    shorter = "\n".join(["    x = 1"] * (MAX_FUNCTION_LINES - 1))
    assert list(long_functions(f'def f():\n    """One.\n\n    Two.\n    """\n{shorter}')) == []


def test_nothing_in_the_repository_is_foreign_or_unfinished():
    texts = [path for path in FILES if path.suffix not in BINARY]
    assert _all(foreign_words, texts) == []


@pytest.mark.parametrize(
    "line",
    [
        "see /" + "home/somebody/project",
        "open('/" + "root/x')",
        "index = https://pyp" + "i.org/simple",
        "https://files.pythonhoste" + "d.org/x",
        "# TO" + "DO: later",
        "raise NotImplemented" + "Error",
    ],
)
def test_each_kind_of_foreign_word_is_found(line):
    assert len(list(foreign_words(f"fine\n{line}\n"))) == 1


def test_a_path_of_the_product_is_not_foreign():
    inside = "work"  # apart, so that a search for such a path does not find this line
    fine = f"href='../homes/1' GET /cases/{inside}/1\n/etc/postgresql-common\nworks/x ./{inside}/x"
    assert list(foreign_words(fine)) == []


def test_every_exemption_says_why_on_its_line():
    sources = _under("referral", "tests", "tools", "bench", suffixes={".py"})
    assert _all(unexplained_exemptions, sources) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("x = 1  # no" + "qa", True),
        ("x = 1  # no" + "qa: E501", True),
        ("x = 1  # ty" + "pe: ignore", True),
        ("x = 1  # ty" + "pe: ignore[misc]", True),
        ("x = 1  # no" + "qa: TID251 - this is the one place", False),
        ("x = 1  # ty" + "pe: ignore[misc]  # the stub lacks it", False),
    ],
)
def test_an_exemption_without_a_reason_is_found(line, found):
    assert bool(list(unexplained_exemptions(line))) is found


def test_the_top_of_the_repository_holds_what_the_architecture_names():
    names = {path.relative_to(ROOT).parts[0] for path in FILES}
    assert names - TOP_LEVEL == set()


def test_modules_are_named_for_what_they_hold():
    sources = _under("referral", "tests", "tools", "bench", suffixes={".py"})
    parts = {part for path in sources for part in path.relative_to(ROOT).with_suffix("").parts}
    assert parts & EMPTY_WORDS == set()


def test_the_package_root_holds_only_its_docstring():
    body = ast.parse((ROOT / "referral" / "__init__.py").read_text(encoding="utf-8")).body
    assert len(body) == 1
    assert isinstance(body[0], ast.Expr)


def test_every_folder_of_python_files_is_a_package():
    """import-linter and mypy pass over what is not; tests of one file name would collide."""
    folders = {path.parent for path in _under("referral", "tests", suffixes={".py"})}
    bare = {str(folder.relative_to(ROOT)) for folder in folders if not _is_package(folder)}
    assert bare == set()


def _is_package(folder: Path) -> bool:
    return (folder / "__init__.py").exists()
