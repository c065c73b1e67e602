"""A template and values → HTML in one language. Pure but for the templates, read once."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from mes.web.words import Language, grouped, words

# Each folder of mes has the templates of its own pages; what all pages share stands in mes/web.
WITH_PAGES = (
    "alarms.rosters",
    "web",
    "screens.home",
    "screens.engineer",
    "screens.explain",
    "screens.figures",
    "screens.maintenance",
    "screens.operator",
    "screens.report",
    "screens.wall",
    "screens.plant",
    "screens.setup",
    "screens.trends",
    "losses",
    "alarms",
    "maintenance",
    "orders",
    "quality",
    "nodes",
    "erp",
    "people",
)
MARKS = {"high": "‼", "medium": "!", "low": "·"}


@cache
def environment() -> Environment:
    """The templates; every value is escaped and an unknown name is an error."""
    loader = ChoiceLoader([PackageLoader(f"mes.{name}") for name in WITH_PAGES])
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined)


@cache
def version() -> str:
    """Changes with every change of a static file or template: screens then load the page anew."""
    digest = hashlib.sha256()
    folders = [files("mes.web").joinpath("static"), files("mes.web").joinpath("words")]
    folders += [files(f"mes.{name}").joinpath("templates") for name in WITH_PAGES]
    for folder in folders:
        for entry in sorted((one for one in folder.iterdir() if one.is_file()), key=lambda one: one.name):
            digest.update(entry.read_bytes())
    return digest.hexdigest()[:12]


def page(template: str, language: Language, **values: object) -> str:
    """A whole page; every template knows its words, language, version and number formats."""
    known: dict[str, Any] = {
        "w": words(language),
        "lang": language,
        "version": version(),
        "grouped": grouped,
        "marks": MARKS,
    }
    return environment().get_template(template).render(known | values)
