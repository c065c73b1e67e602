"""How an OPC UA node id is written in the plant file. Pure."""

import binascii
import re
from base64 import b64decode
from uuid import UUID

EXAMPLE = "such as 'nsu=urn:maker:plc;s=Press.State' or 'ns=2;i=1234'; 'shopfloor browse' lists them"
FORM = re.compile(r"(?:nsu=(?P<uri>[^;]*);|ns=(?P<index>[^;]*);)?(?P<kind>[isgb])=(?P<name>.*)", re.DOTALL)
ANY_CASE = re.compile(r"\s*(?:(nsu?)\s*=\s*([^;]*?)\s*;)?\s*([isgb])\s*=\s*(.*?)\s*", re.DOTALL | re.IGNORECASE)
LARGEST_INDEX, LARGEST_NUMBER = 65_535, 2**32 - 1


def wrong_node(text: str) -> str:
    """What is wrong with the form of a node id, and the cure; empty when it is right."""
    match = FORM.fullmatch(text)
    if match is None:
        return _no_form(text)
    index, uri, kind, name = match["index"], match["uri"], match["kind"], match["name"]
    if uri == "":
        return f"{text!r} names no namespace: write one after 'nsu=', {EXAMPLE}"
    if index is not None and not (index.isascii() and index.isdigit() and int(index) <= LARGEST_INDEX):
        return f"{text!r}: 'ns' is a number up to {LARGEST_INDEX}; a namespace's URI comes after 'nsu='"
    if name == "":
        return f"{text!r} ends after '{kind}=': write what identifies the node, {EXAMPLE}"
    return _wrong_name(text, text[: match.start("kind")], kind, name)


def _wrong_name(text: str, namespace: str, kind: str, name: str) -> str:
    if kind == "i" and not (name.isascii() and name.isdigit() and int(name) <= LARGEST_NUMBER):
        return f"{text!r}: 'i' is a number up to {LARGEST_NUMBER}; a name is '{namespace}s={name}'"
    if kind == "g" and not _is_guid(name):
        return f"{text!r}: 'g' is a GUID, such as 'g=72962b91-fa75-4ae6-8d28-b404dc7daf63'"
    if kind == "b" and not _is_base64(name):
        return f"{text!r}: 'b' is a byte string in Base64, such as 'b=AQID'"
    return ""


def _no_form(text: str) -> str:
    almost = ANY_CASE.fullmatch(text)
    if almost is not None:
        space, where, kind, name = almost.groups()
        meant = (f"{space.lower()}={where};" if space else "") + f"{kind.lower()}={name}"
        return f"{text!r} is almost a node id: write '{meant}', in small letters and without blanks"
    if text.startswith(("/", "Objects", "Root")):
        return f"{text!r} is a path of browse names: write the node id, {EXAMPLE}"
    return f"{text!r} is no node id: write one {EXAMPLE}"


def _is_guid(name: str) -> bool:
    try:
        return str(UUID(name)) == name.lower()
    except ValueError:
        return False


def _is_base64(name: str) -> bool:
    try:
        return bool(b64decode(name, validate=True))
    except (binascii.Error, ValueError):
        return False
