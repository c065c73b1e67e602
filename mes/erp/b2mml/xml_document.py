"""Bytes that somebody has sent → a document that is valid, or each mistake with its place and cure. Pure."""

import re
from collections.abc import Sequence
from importlib.resources import files

from lxml import etree

NAMESPACE = "http://www.mesa.org/xml/B2MML"
# A thousand orders have fewer; what unpacks to more in memory is refused before it does.
MOST_NODES = 150_000
# A thousand orders and what stands before them. Each mistake costs the validator a walk along its siblings.
MOST_SIBLINGS = 1100
MOST_MISTAKES = 50
LONGEST_ECHO = 40
BLANKS = " \t\r\n"
KINDS = ("OperationsSchedule", "OperationsPerformance")
TIME = "Give a time such as 2026-12-01T14:00:00Z."
LEAVE = "Leave it out, or keep the schema's order"
# What an element may hold, where its name does not say it.
CURES = {
    "Priority": "Give a number from 0 to 100.",
    "OperationsType": "Only Production is read.",
    "MaterialUse": "Give Produced for what is to be made, Consumed for what goes into it.",
    "EquipmentLevel": "Give Enterprise, Site, Area, ProductionLine, WorkCenter, WorkCell or WorkUnit.",
    "HierarchyScope": "Give its EquipmentID and EquipmentLevel.",
    "DataType": "Give decimal, or leave it out.",
    "RequestState": "Give Released or Waiting, or leave it out.",
}
NOT_XML = {
    etree.ErrorTypes.ERR_DOCUMENT_EMPTY: "There is no XML here.",
    etree.ErrorTypes.ERR_TAG_NAME_MISMATCH: "An element ends here that did not begin, or the one before has no end.",
    etree.ErrorTypes.ERR_TAG_NOT_FINISHED: "The document ends before its elements do: it was cut off.",
    etree.ErrorTypes.ERR_GT_REQUIRED: "A tag has no end here: > is missing, or the document was cut off.",
    etree.ErrorTypes.ERR_UNDECLARED_ENTITY: "Only the entities amp, lt, gt, quot and apos are known.",
    etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING: "The encoding that the document declares is not known: use UTF-8.",
    etree.ErrorTypes.ERR_INVALID_ENCODING: "The text is not in the encoding that the document declares.",
    etree.ErrorTypes.ERR_INVALID_CHAR: "A control character stands here: no XML can hold it.",
}


class BadDocument(ValueError):
    """What is sent is no document that is read here; each mistake as its place and its text."""

    def __init__(self, *mistakes: tuple[str, str]) -> None:
        super().__init__("; ".join(f"{place}: {text}" for place, text in mistakes))
        self.mistakes = mistakes


class _Guard:
    """Looks at a document as it is read, and builds nothing of it: no document type, and not too much of anything."""

    def __init__(self) -> None:
        self.nodes = 0
        self.siblings = [0]

    def doctype(self, *_: str | None) -> None:
        text = "A document type (DOCTYPE) stands before the root; with it come entities and files. Leave it out."
        raise BadDocument(("document", text))

    def start(self, _tag: str, attributes: dict[str, str]) -> None:
        self.nodes += 1 + len(attributes)
        self.siblings[-1] += 1
        self.siblings.append(0)
        if self.nodes > MOST_NODES:
            raise BadDocument(("document", f"It has more than {MOST_NODES} elements and attributes: send it in parts."))
        if self.siblings[-2] > MOST_SIBLINGS:
            text = f"More than {MOST_SIBLINGS} elements stand side by side: send 1000 orders at most, or in parts."
            raise BadDocument(("document", text))

    def end(self, _tag: str) -> None:
        self.siblings.pop()

    def close(self) -> None:
        return None


def document_of(content: bytes, *kinds: str) -> etree._Element:
    """The root of a document of one of these kinds that is valid by the subset; BadDocument with all that is wrong.

    Nothing outside the document is looked up, no entity is resolved, comments are no part of a text.
    """
    root = parsed(content)
    need_kind(root, kinds or KINDS)
    wrong = mistakes_by(subset(), root)
    if wrong:
        raise BadDocument(*wrong)
    return root


def parsed(content: bytes) -> etree._Element:
    """The root of well-formed XML without a document type; BadDocument for anything else."""
    careful = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
    try:
        etree.fromstring(content, etree.XMLParser(target=_Guard(), **careful))
        return etree.fromstring(content, etree.XMLParser(remove_comments=True, remove_pis=True, **careful))
    except etree.XMLSyntaxError as err:
        line, column = err.position
        text = NOT_XML.get(err.code, "It is not well-formed: each element needs its end, and & is written &amp;.")
        raise BadDocument((f"line {line}, column {column}", text)) from err


def subset() -> etree.XMLSchema:
    """What is read and written here of B2MML; a new one for each document, since it keeps the mistakes of the last."""
    return etree.XMLSchema(etree.fromstring(files("mes.erp.b2mml").joinpath("subset.xsd").read_bytes()))


def mistakes_by(schema: etree.XMLSchema, root: etree._Element) -> list[tuple[str, str]]:
    """What keeps a document from being valid by a schema, the first of each element; none where it is."""
    if schema.validate(root):
        return []
    found: dict[str, tuple[str, str]] = {}
    for entry in schema.error_log:
        path = str(entry.path)
        if path not in found:
            [element] = root.getroottree().xpath(path)
            found[path] = (place_of(element), _said(element, str(entry.type_name), str(entry.message)))
        if len(found) == MOST_MISTAKES:
            break
    return list(found.values())


def place_of(element: etree._Element) -> str:
    """Where an element stands: its names from below the root, which of several it is, and its line."""
    names = []
    at: etree._Element | None = element
    while at is not None:
        parent = at.getparent()
        same = [at] if parent is None else parent.findall(at.tag)
        names.append(name_of(at) if len(same) == 1 else f"{name_of(at)}[{same.index(at) + 1}]")
        at = parent
    return f"{'/'.join(reversed(names[:-1])) or names[0]}, line {element.sourceline}"


def name_of(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(etree.QName(element).localname)


def text_in(element: etree._Element) -> str:
    """The text of an element, without blanks around it."""
    return (element.text or "").strip(BLANKS)


def need_kind(root: etree._Element, kinds: Sequence[str]) -> None:
    """BadDocument unless a document is of B2MML 7 and one of these kinds."""
    name, namespace = name_of(root), etree.QName(root).namespace or ""
    if namespace != NAMESPACE:
        known = f"the namespace of B2MML 7 is {NAMESPACE}"
        raise BadDocument((place_of(root), f"'{name}' is of the namespace '{shortened(namespace)}'; {known}."))
    if name not in kinds:
        inside = [one for one in kinds if root.find(f".//{{{NAMESPACE}}}{one}") is not None]
        cure = f"Send the {inside[0]} that is in it by itself." if inside else f"Send {' or '.join(kinds)}."
        raise BadDocument((place_of(root), f"The document is of the kind '{shortened(name)}'. {cure}"))


def _said(element: etree._Element, kind: str, message: str) -> str:
    """A complaint of the validator in plain words; of its own words only names are used."""
    name = shortened(name_of(element))
    expected = re.findall(r"\}(\w+)", message.partition("Expected is")[2])
    if kind == "SCHEMAV_ELEMENT_CONTENT" and "Missing child" in message:
        return f"{name} lacks {expected[-1] if expected else 'an element'}: MESA's schema wants it there."
    if kind == "SCHEMAV_ELEMENT_CONTENT":
        here = f"read here: {', '.join(expected)}" if expected else "nothing more is read here"
        cure = f"Put {expected[0]} before it, or leave it out" if len(expected) == 1 else LEAVE
        return f"{name} is not read at this place; {here}. {cure}."
    if kind.startswith("SCHEMAV_CVC_COMPLEX_TYPE_3"):
        attribute = re.search(r"attribute '([^']+)'", message)
        return f"The attribute {shortened(attribute[1]) if attribute else ''} of {name} is not read: leave it out."
    if len(element):
        return f"{name} is not as the schema has it: it holds other elements than it should."
    time = name.endswith(("Time", "time", "Date"))
    cure = TIME if time else CURES.get(name, "It must not be empty." if not text_in(element) else "Give another one.")
    return f"'{shortened(text_in(element))}' is nothing that {name} takes. {cure}"


def shortened(text: str) -> str:
    """As much of a text as a person reads."""
    return text if len(text) <= LONGEST_ECHO else f"{text[:LONGEST_ECHO]}…"
