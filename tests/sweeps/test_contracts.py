"""The import contracts of pyproject.toml hold, and each of them reports when it is broken."""

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STACKED = "Capabilities are stacked"

# Contract, what the violation is, and the line that commits it in which module.
VIOLATIONS = [
    (STACKED, "upward", {"referral.kernel.astray": "import referral.vault"}),
    (
        STACKED,
        "upward, hidden in a function",
        {"referral.cases.astray": "def hide():\n    import referral.referrals"},
    ),
    (STACKED, "one edge uses another", {"referral.web.astray": "import referral.api"}),
    (STACKED, "a package of no declared layer", {"referral.astray": "import referral.kernel"}),
    ("Flask stays at the edges", "a service", {"referral.cases.astray": "import flask"}),
    (
        "Only the vault imports cryptography",
        "a capability",
        {"referral.cases.astray": "import cryptography"},
    ),
    (
        "The vault knows neither the web nor the tables",
        "a table in the vault",
        {"referral.vault.astray": "import sqlalchemy"},
    ),
    (
        "Disclosure control stands alone",
        "a table of the database",
        {"referral.reporting.disclosure.astray": "import sqlalchemy"},
    ),
    (
        "Disclosure control stands alone",
        "the clock of this system",
        {"referral.reporting.disclosure.astray": "import referral.kernel"},
    ),
    (
        "Inside a capability",
        "a model calls an operation",
        {"referral.cases.service": "", "referral.cases.model": "import referral.cases.service"},
    ),
    (
        "Inside a capability",
        "a policy reads the database",
        {"referral.cases.queries": "", "referral.cases.policy": "import referral.cases.queries"},
    ),
    (
        "Edges never touch a model",
        "a page loads a row",
        {"referral.cases.model": "", "referral.web.astray": "import referral.cases.model"},
    ),
    (
        "Edges never touch a model",
        "the API moves a state",
        {"referral.cases.states": "", "referral.api.astray": "import referral.cases.states"},
    ),
    (
        "No two siblings import each other",
        "a cycle inside a package",
        {
            "referral.kernel.astray": "import referral.kernel.away",
            "referral.kernel.away": "import referral.kernel.astray",
        },
    ),
]


def _lint(folder: Path) -> dict[str, str]:
    """Each contract with KEPT or BROKEN, as import-linter reports it for the tree in `folder`."""
    program = Path(sys.executable).with_name("lint-imports")
    answer = subprocess.run(
        [program, "--no-logo", "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    verdicts = {}
    for line in answer.stdout.splitlines():
        name, _, verdict = line.rpartition(" ")
        if verdict in ("KEPT", "BROKEN"):
            verdicts[name] = verdict
    assert verdicts, answer.stdout + answer.stderr
    assert answer.returncode == int("BROKEN" in verdicts.values())
    return verdicts


def _contracts() -> set[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]}


def _append(folder: Path, modules: Mapping[str, str]) -> None:
    for module, line in modules.items():
        path = folder / module.replace(".", "/")
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        with path.open("a", encoding="utf-8") as source:
            source.write(f"\n{line}\n")


def test_every_import_contract_holds():
    assert _lint(ROOT) == dict.fromkeys(_contracts(), "KEPT")


@pytest.mark.parametrize(
    ("contract", "modules"),
    [pytest.param(name, modules, id=f"{name}: {what}") for name, what, modules in VIOLATIONS],
)
def test_a_contract_broken_on_purpose_is_reported(tmp_path, contract, modules):
    ignore = shutil.ignore_patterns("static", "translations", "__pycache__")
    shutil.copytree(ROOT / "referral", tmp_path / "referral", ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    _append(tmp_path, modules)
    assert _lint(tmp_path)[contract] == "BROKEN"


def test_every_contract_is_broken_on_purpose_somewhere():
    assert {contract for contract, _, _ in VIOLATIONS} == _contracts()
