"""A report's page → PDF, where the extra `pdf` is installed. It reads our own style sheets and nothing else. Pure."""

import re
from functools import cache
from importlib.resources import files
from importlib.util import find_spec

SHEETS = ("tokens.css", "page.css", "report.css")
# What a drawing is styled by: a printed one does not see the page's sheets, so the same rules go into each.
OF_DRAWINGS = re.compile(r"(?:svg |\.hours |\.whole |\.meter )?(#hatch (?:rect|path)|(?:text)?\.?[a-z-]+)$")
DRAWING = re.compile(r'(<svg class="(?:meter|strip|axis|hours|whole|one)[^>]*>)')
ICON = re.compile(r'<svg class="i" aria-hidden="true"><use href="#i-([a-z]+)"/></svg>')
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
TOKEN = re.compile(r"(--[a-z-]+): (#[0-9a-f]{6});")
HATCH = (
    '<defs><pattern id="hatch" width="10" height="10" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="10" height="10"/><path d="M2.5 0V10"/></pattern></defs>'
)
SHAPES = {
    "running": "▶",
    "slow": "▷",
    "setup": "◐",
    "maintenance": "◎",
    "starved": "◇",
    "blocked": "◆",
    "stopped": "‖",
    "down": "■",
    "planned": "▬",
    "idle": "○",
    "nodata": "?",
    "ok": "✓",
    "late": "▲",
    "behind": "▼",
}


def can_print() -> bool:
    """Whether a PDF can be made here."""
    return find_spec("weasyprint") is not None


def pdf_of(html: str) -> bytes:
    """The page on paper; no address is followed, be it of this machine or another."""
    import weasyprint  # an extra, and half a second to load

    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=("data",))
    sheets = [weasyprint.CSS(string=_sheet(name)) for name in SHEETS]
    return bytes(weasyprint.HTML(string=printable(html), url_fetcher=fetcher).write_pdf(stylesheets=sheets))


def printable(html: str) -> str:
    """The page with its shapes as characters, and each drawing with the colours of paper in it."""
    shapes = ICON.sub(lambda found: SHAPES.get(found[1], ""), html)
    return DRAWING.sub(lambda found: f"{found[1]}<style>{drawing_style()}</style>{HATCH}", shapes)


@cache
def drawing_style() -> str:
    """The rules of our sheets that colour drawings, with the light theme's colours in place of their names."""
    light = dict(TOKEN.findall(_sheet("tokens.css").split("@media", 1)[0]))
    rules = []
    for name in SHEETS:
        text = re.sub(r"/\*.*?\*/", "", _sheet(name), flags=re.DOTALL)
        for selectors, body in RULE.findall(text):
            if ("fill:" not in body and "stroke" not in body) or "var(--c)" in body:
                continue
            kept = [found[1] for one in selectors.split(",") if (found := OF_DRAWINGS.match(one.strip()))]
            rules += [f"{one} {{ {body.strip()} }}" for one in kept]
    states = re.findall(r"\.(s-[a-z]+) \{ --c: var\((--[a-z]+)\)", _sheet("tokens.css"))
    made = " ".join([*rules, *(f".{name} {{ fill: {light[token]} }}" for name, token in states if name != "s-nodata")])
    return re.sub(r"var\((--[a-z-]+)\)", lambda found: light.get(found[1], "#000000"), made)


@cache
def _sheet(name: str) -> str:
    return files("mes.web").joinpath("static", name).read_text(encoding="utf-8")
