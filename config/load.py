"""Plant file → Plant, or a list of mistakes that names each place and its cure."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError

from config import dialect
from config.complaints import complaints
from config.plant import Plant
from config.templates import BadTemplate, Expanded, Place, expand
from config.yaml_mistakes import mistake_of

Answer = TypeVar("Answer")


class BadPlantFile(ValueError):
    """The plant file cannot be used; the text has one line for each mistake."""


def load_plant(path: Path) -> Plant:
    """The plant, or BadPlantFile with one line for each mistake, each starting with the file's name."""
    return _of_file(path, parse_plant)


def expanded_text(path: Path) -> str:
    """The plant file as YAML with all templates filled in, or BadPlantFile."""
    return _of_file(path, _expanded_text)


def parse_plant(text: str) -> Plant:
    """As load_plant, from the text itself."""
    return plant_of(document_of(text))


def plant_of(document: dict[object, object]) -> Plant:
    """As load_plant, from what the text says."""
    found = _expanded(document)
    try:
        return Plant.model_validate(found.document)
    except ValidationError as err:
        raise BadPlantFile("\n".join(_complaints(err, found))) from err


def _of_file(path: Path, parse: Callable[[str], Answer]) -> Answer:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as err:
        raise BadPlantFile(f"{path}: cannot be read ({err.strerror}): give the path of a plant file") from err
    except UnicodeDecodeError as err:
        raise BadPlantFile(f"{path}: cannot be read: it is not UTF-8: save it as a text in UTF-8") from err
    try:
        return parse(text)
    except BadPlantFile as err:
        raise BadPlantFile("\n".join(f"{path}: {line}" for line in str(err).splitlines())) from err


def _expanded_text(text: str) -> str:
    document = document_of(text)
    plant_of(document)
    return dialect.dump(_expanded(document).document)


def document_of(text: str) -> dict[object, object]:
    """What the text says before anything is checked, its templates not filled in; or BadPlantFile."""
    try:
        document = dialect.load(text)
    except dialect.WrongKey as err:
        raise BadPlantFile(str(err)) from err
    except yaml.YAMLError as err:
        raise BadPlantFile(mistake_of(err)) from err
    except (ValueError, RecursionError) as err:
        raise BadPlantFile(
            "file: holds a number with thousands of digits, or brackets in brackets without end"
        ) from err
    if not isinstance(document, dict):
        raise BadPlantFile("file: holds no plant: start with 'site:', see config/plant.example.yaml")
    return document


def _expanded(document: dict[object, object]) -> Expanded:
    """The document with all templates filled in."""
    try:
        return expand(document)
    except BadTemplate as err:
        raise BadPlantFile(str(err)) from err


def _complaints(err: ValidationError, found: Expanded) -> list[str]:
    """One line for each mistake: place, what was written, the cure."""
    lines: dict[str, str] = {}
    for place, text, kind in complaints(err, found.document):
        loc, made = _written(place, found.origins)
        where = ".".join(str(part) for part in loc) or "plant"
        # The machines of a template share its mistakes: the first one tells.
        lines.setdefault(f"{where}: {kind}" if made else f"{where}: {text}", f"{where}: {text}{made}")
    return list(lines.values())


def _written(loc: Place, origins: Mapping[Place, tuple[Place, str]]) -> tuple[Place, str]:
    """Where it stands in the file, and which machine of a template it is about."""
    for length in (2, 4):
        if loc[:length] in origins:
            place, machine = origins[loc[:length]]
            return (*place, *loc[length:]), f" (as {machine})"
    return loc, ""
