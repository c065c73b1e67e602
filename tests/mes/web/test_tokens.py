"""The colours: enough contrast, loud only where somebody must act, and no data never looks like idle."""

import math
import re
from importlib.resources import files

import pytest

STATIC = files("mes.web").joinpath("static")
TOKEN = re.compile(r"--([a-z-]+): (#[0-9a-f]{6});")
STATES = ("running", "slow", "setup", "maintenance", "waiting", "stopped", "down", "planned", "idle", "nodata")
# Colourfulness by OKLCH: what is normal is quiet, what needs somebody is loud.
QUIET = {"running": 0.08, "maintenance": 0.08, "planned": 0.08, "idle": 0.08, "nodata": 0.08, "setup": 0.11}
LOOK = {"slow": 0.145, "waiting": 0.145}
LOUD = {"stopped": 0.16, "down": 0.16}


def themes() -> dict[str, dict[str, str]]:
    """The tokens of each theme; the dark one has those of the light one where it says nothing else."""
    light, dark = STATIC.joinpath("tokens.css").read_text(encoding="utf-8").split("[data-theme=dark]")
    of_light = dict(TOKEN.findall(light))
    return {"light": of_light, "dark": of_light | dict(TOKEN.findall(dark))}


def linear(colour: str) -> list[float]:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def contrast(one: str, other: str) -> float:
    """By WCAG 2: 1 to 21."""
    light = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (linear(one), linear(other))]
    return (max(light) + 0.05) / (min(light) + 0.05)


def chroma(colour: str) -> float:
    """How colourful, by OKLCH."""
    r, g, b = linear(colour)
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    middle = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    red = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    blue = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return math.hypot(red, blue)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_can_be_read(theme: str) -> None:
    of = themes()[theme]
    pairs = [(text, ground) for text in ("ink", "soft", "accent") for ground in ("surface", "page", "sunk")]
    pairs += [("on-accent", "accent"), ("ink", "tint"), ("ink", "down-tint"), ("ink", "stopped-tint")]
    pairs += [(f"on-{state}", state) for state in STATES]

    hard = [(text, ground) for text, ground in pairs if contrast(of[text], of[ground]) < 4.5]

    assert hard == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_normal_is_quiet_and_what_needs_somebody_is_loud(theme: str) -> None:
    of = themes()[theme]

    assert [state for state, most in (QUIET | LOOK).items() if chroma(of[state]) > most] == []
    assert [state for state, least in LOUD.items() if chroma(of[state]) < least] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_data_is_never_the_colour_of_idle_nor_of_a_planned_stop(theme: str) -> None:
    of = themes()[theme]

    assert contrast(of["nodata"], of["idle"]) > 7
    assert contrast(of["nodata"], of["planned"]) > 4.5
    assert contrast(of["nodata"], of["on-nodata"]) > 7


def test_no_two_states_have_one_colour() -> None:
    for theme in themes().values():
        assert len(STATES) == len({theme[state] for state in STATES})


COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b(?=[^{}]*[;}])|rgba?\([^)]*\)")


def test_colours_stand_in_the_tokens_alone() -> None:
    elsewhere = []
    for sheet in STATIC.iterdir():
        if sheet.name.endswith(".css") and sheet.name != "tokens.css":
            text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
            elsewhere += [(sheet.name, one) for one in COLOUR.findall(text)]

    assert elsewhere == []
