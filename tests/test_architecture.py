"""The house keeps its own law: what a file may touch follows from its name, and a file that says it is pure is pure."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("config", "contract", "runtime", "edge", "collector", "mes", "alerts", "simulator", "laptop", "verify")
# What a file does that is not pure: it waits, looks at a clock, or speaks with somebody.
WAITS = {"asyncio", "threading", "subprocess", "multiprocessing", "signal", "select", "selectors", "sched"}
CLOCKS = {"time"}
DATABASE = {"psycopg", "psycopg_pool", "sqlite3", "runtime.database", "runtime.lending", "runtime.arrays"}
WIRES = {"socket", "ssl", "httpx", "urllib.request", "smtplib", "paho", "pymodbus", "asyncua", "serial"}
HTTP = {"fastapi", "starlette", "uvicorn"}
IMPURE = WAITS | CLOCKS | DATABASE | WIRES | HTTP
# What only describes a value or an argument, though a library has it that does more.
WORDS = {"asyncua.ua", "fastapi.Query", "fastapi.Path", "runtime.lending.Connection"}
# mes/web is what all pages and routes share: HTTP is its trade.
HTTP_FOLDER = "web"
TRADE_OF_WEB = IMPURE - {"sqlite3", "runtime.database"}
# Beside its folders: mes itself.
TOP = ("service", "app", "worker", "health", "metrics")
# By its name, what a file in a folder of mes may do.
MAY = {
    "store": DATABASE | WAITS | CLOCKS,
    "routes": HTTP,
    "models": set[str](),
    "pages": HTTP | CLOCKS,
    "loop": IMPURE,
    "pure": set[str](),
}


def modules(*packages: str) -> Iterator[str]:
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            if path.stem != "__init__":
                yield ".".join(path.relative_to(ROOT).with_suffix("").parts)


def tree(module: str) -> ast.Module:
    return ast.parse((ROOT / module.replace(".", "/")).with_suffix(".py").read_text(encoding="utf-8"))


def imports(module: str) -> set[str]:
    found = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found - WORDS


def rests_on(module: str) -> set[str]:
    """The modules of ours that a file imports."""
    ours = set(modules(*PACKAGES))
    return {name for one in imports(module) for name in (one, one.rpartition(".")[0]) if name in ours}


def touched(module: str, what: set[str]) -> list[str]:
    """Which of these a file imports, by the whole name or a begin of it."""
    return sorted(name for name in imports(module) if any(name == one or name.startswith(f"{one}.") for one in what))


def trade(module: str) -> str:
    """What the name of a file in a folder of mes says that it does."""
    stem = module.rpartition(".")[2]
    for name in ("store", "routes", "models", "pages"):
        if stem == name or stem.startswith(f"{name}_"):
            return name
    return "loop" if stem.endswith("_loop") else "pure"


def in_folders() -> list[str]:
    return [module for module in modules("mes") if module.count(".") > 1]


@pytest.mark.parametrize("module", in_folders())
def test_a_file_in_a_folder_of_mes_touches_what_its_name_allows(module: str) -> None:
    allowed = MAY[trade(module)] | (TRADE_OF_WEB if module.split(".")[1] == HTTP_FOLDER else set())

    assert touched(module, IMPURE - allowed) == []


@pytest.mark.parametrize("module", [one for one in in_folders() if trade(one) == "pure"])
def test_what_is_pure_rests_on_what_is_pure(module: str) -> None:
    others = sorted(name for name in rests_on(module) & set(in_folders()) if trade(name) not in ("pure", "models"))

    assert module.split(".")[1] == HTTP_FOLDER or others == []


def test_beside_its_folders_mes_has_only_what_starts_it() -> None:
    assert sorted(TOP) == [module.rpartition(".")[2] for module in modules("mes") if module.count(".") == 1]


@pytest.mark.parametrize("module", list(modules(*PACKAGES)))
def test_a_file_that_says_it_is_pure_is_pure(module: str) -> None:
    said = ast.get_docstring(tree(module)) or ""

    assert not said.split("\n")[0].rstrip().endswith("Pure.") or touched(module, IMPURE) == []


def written(*endings: str) -> list[Path]:
    """What people have written: Python leaves files of its own beside it, while tests are collected too."""
    return sorted(p for name in (*PACKAGES, "tests") for end in endings for p in (ROOT / name).rglob(f"*.{end}"))


@pytest.mark.parametrize("path", written("py", "sql"), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_longer_than_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_half_of_all_files_are_shorter_than_150_lines() -> None:
    lengths = sorted(
        len(p.read_text(encoding="utf-8").splitlines()) for n in PACKAGES for p in (ROOT / n).rglob("*.py")
    )

    assert lengths[len(lengths) // 2] < 150
