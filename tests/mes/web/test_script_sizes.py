"""A page's script is small: it comes over a plant's Wi-Fi, and runs on old tablets."""

import re
from pathlib import Path

import pytest

STATIC = Path("mes/web/static")
MOST = 60_000
TEMPLATES = sorted(Path("mes").glob("**/templates/*.html"))
SCRIPT = re.compile(r'<script src="/static/([^"?{]+)')


@pytest.mark.parametrize("template", TEMPLATES, ids=[path.name for path in TEMPLATES])
def test_the_scripts_of_a_page_are_at_most_60_kb_together(template: Path) -> None:
    named = SCRIPT.findall(template.read_text(encoding="utf-8"))
    if template.name == "docs.html":
        named = [name for name in named if not name.startswith("swagger/")]  # for programmers, at a desk

    assert sum((STATIC / name).stat().st_size for name in named) <= MOST


def test_scripts_are_found_at_all() -> None:
    found = {name for path in TEMPLATES for name in SCRIPT.findall(path.read_text(encoding="utf-8"))}

    assert {"operator.js", "wall.js"} <= found
    assert any(name.endswith(".js") and "uplot" in name.lower() for name in found)
