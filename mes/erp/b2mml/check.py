"""A document in a file → is it valid by what is read here, and by MESA's own schema where that was fetched? Pure."""

from pathlib import Path

from lxml import etree

from mes.erp.b2mml.xml_document import KINDS, BadDocument, mistakes_by, name_of, need_kind, parsed, subset

ADDRESS = "github.com/MESAInternational/B2MML-BatchML, folder Schema"


class NoSchema(Exception):
    """The folder has not MESA's schema as it can be read."""


def checked(content: bytes, folder: Path | None) -> tuple[str, dict[str, list[str]]]:
    """The kind of the document, and its mistakes by each schema: that of shopfloor, and MESA's if a folder is given."""
    try:
        root = parsed(content)
        need_kind(root, KINDS)
    except BadDocument as err:
        return "", {"shopfloor": [f"{place}: {text}" for place, text in err.mistakes]}
    kind = name_of(root)
    schemas = {"shopfloor": subset()} | ({} if folder is None else {"MESA": _whole(folder, kind)})
    found = {who: [f"{place}: {text}" for place, text in mistakes_by(one, root)] for who, one in schemas.items()}
    return kind, found


def _whole(folder: Path, kind: str) -> etree.XMLSchema:
    """MESA's own schema of a kind of document, from its folder or the one above."""
    name = f"B2MML-{kind}.xsd"
    path = next((one for one in (folder / name, folder / "Schema" / name) if one.is_file()), None)
    if path is None:
        raise NoSchema(f"{folder} has no {name}: fetch MESA's schema, {ADDRESS}")
    try:
        return etree.XMLSchema(etree.parse(str(path), etree.XMLParser(no_network=True)))
    except (etree.XMLSyntaxError, etree.XMLSchemaParseError) as err:
        raise NoSchema(f"{path} cannot be read as a schema: fetch the whole folder anew, {ADDRESS}") from err
