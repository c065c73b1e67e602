"""Versions of products in the database: drafted, changed while a draft, released, retired; their documents."""

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from config.plant import Plant
from mes.feed.store_audit import note
from mes.feed.store_outbox import tell
from mes.orders.products.models import ChangeVersionBody, DocumentAnswer, VersionAnswer, VersionBody, VersionFields
from mes.orders.products.store import product_of, rows, run, subject
from mes.orders.store_operations import Refused
from mes.web.access.author import Author
from mes.web.etag import need_match
from mes.web.problems import Problem, mistake
from runtime.lending import Connection

PLANT_FILE = "plant file"
SIGNED = {"source", "version", "person", "client", "at"}


async def add_version(conn: Connection, plant: Plant, body: VersionBody, author: Author) -> VersionAnswer:
    """The version, as a draft; a Problem where product or places are not known."""
    _need_places(plant, body)
    await run(conn, "lock_product", {"number": body.product})
    if await product_of(conn, body.product) is None:
        raise mistake("body.product", f"'{body.product}' is no product of the table: PUT /api/v1/products first.")
    await _need_free_label(conn, body.product, body.label, None)
    id_ = uuid4()
    await run(conn, "add_version", body.model_dump(exclude={"routing"}) | _signed(id_, author))
    await _put_routing(conn, id_, body)
    return await _changed(conn, "product_version.create", id_, None, author)


async def change_version(
    conn: Connection, plant: Plant, id_: UUID, body: ChangeVersionBody, author: Author, if_match: str | None
) -> VersionAnswer:
    """A draft brought to these words; Refused for what is released."""
    _need_places(plant, body)
    before = await _held(conn, id_)
    need_match(if_match, before.version)
    _need_draft(before)
    await _need_free_label(conn, before.product, body.label, id_)
    await run(conn, "change_version", body.model_dump(exclude={"routing"}) | _signed(id_, author))
    await run(conn, "forget_routing", {"id": id_})
    await _put_routing(conn, id_, body)
    return await _changed(conn, "product_version.put", id_, before, author)


async def release_version(conn: Connection, id_: UUID, replaces: UUID | None, author: Author) -> VersionAnswer:
    """From now on it never changes, and orders are made by it; Refused where another one holds at the same time."""
    before = await _held(conn, id_)
    if before.state == "released":
        return before
    _need_draft(before)
    if replaces is not None:
        other = await version_of(conn, replaces)
        if other.product != before.product or other.state != "released":
            raise mistake("body.replaces", f"{replaces} is no released version of '{before.product}'.")
        if before.valid_from is not None and before.valid_from > datetime.now(UTC):
            raise mistake("body.replaces", "Until 'valid_from' no version would hold: release it when it begins.")
        await retire_version(conn, replaces, author)
    beside = await rows(conn, "version_beside", {"id": id_})
    if beside:
        raise Refused(
            f"Version '{beside[0]['label']}' of '{before.product}' holds at a time at which '{before.label}' would.",
            'Give the draft another range, or send "replaces" with the id of that version: it is then retired.',
        )
    await run(conn, "put_version_state", {"state": "released"} | _signed(id_, author))
    return await _changed(conn, "product_version.release", id_, before, author)


async def retire_version(conn: Connection, id_: UUID, author: Author) -> VersionAnswer:
    """No order is made by it any more; what was released by it keeps its method."""
    before = await _held(conn, id_)
    if before.state == "retired":
        return before
    await run(conn, "put_version_state", {"state": "retired"} | _signed(id_, author))
    return await _changed(conn, "product_version.retire", id_, before, author)


async def attach(
    conn: Connection, id_: UUID, name: str, media_type: str, content: bytes, author: Author
) -> DocumentAnswer:
    """A document of a draft; the same bytes are stored once, the same name is replaced."""
    before = await _held(conn, id_)
    _need_draft(before)
    sha256 = hashlib.sha256(content).hexdigest()
    made = DocumentAnswer(name=name, sha256=sha256, media_type=media_type, size=len(content))
    if made in before.documents:
        return made
    row = {"name": name, "media_type": media_type, "sha256": sha256, "bytes": content} | _signed(id_, author)
    await run(conn, "put_document", row)
    await run(conn, "attach_document", row)
    await run(conn, "touch_version", {"id": id_})
    await _changed(conn, "product_version.document", id_, before, author)
    return made


async def document_of(conn: Connection, id_: UUID, sha256: str) -> tuple[str, str, bytes]:
    """Name, media type and bytes of a version's document, or a Problem 404."""
    found = await rows(conn, "document", {"id": id_, "sha256": sha256})
    if not found:
        raise Problem(
            404, f"Version {id_} has no document {sha256}.", f"GET /api/v1/product-versions/{id_} lists them."
        )
    return found[0]["name"], found[0]["media_type"], bytes(found[0]["bytes"])


async def versions(
    conn: Connection, product: str | None = None, before: int | None = None, limit: int = 1000
) -> list[tuple[int, VersionAnswer]]:
    """Versions with their place in the list, the newest first."""
    asked = {"id": None, "product": product, "before": before, "limit": limit}
    return [(row.pop("written"), VersionAnswer(**row, source="api")) for row in await rows(conn, "versions", asked)]


async def version_of(conn: Connection, id_: UUID) -> VersionAnswer:
    """One version, or a Problem 404."""
    found = await rows(conn, "versions", {"id": id_, "product": None, "before": None, "limit": 1})
    if not found:
        raise Problem(404, f"There is no product version {id_}.", "GET /api/v1/product-versions lists them.")
    return VersionAnswer(**{key: value for key, value in found[0].items() if key != "written"}, source="api")


def of_plant_file(number: str) -> VersionAnswer:
    """A product of the plant file counts as one released version without a routing."""
    nothing = dict.fromkeys(("id", "valid_from", "valid_to", "version", "person", "client", "at"))
    return VersionAnswer(
        product=number, label=PLANT_FILE, state="released", routing=[], documents=[], source=PLANT_FILE, **nothing
    )


async def _held(conn: Connection, id_: UUID) -> VersionAnswer:
    """The version as it is, while nobody else changes its product."""
    await run(conn, "lock_product", {"number": (await version_of(conn, id_)).product})
    return await version_of(conn, id_)


def _need_draft(version: VersionAnswer) -> None:
    if version.state != "draft":
        raise Refused(
            f"Version '{version.label}' of '{version.product}' is {version.state}: it never changes.",
            "POST /api/v1/product-versions makes a new draft.",
        )


def _need_places(plant: Plant, body: VersionFields) -> None:
    known = {"machines": {one.id for one in plant.machines}, "lines": {one.id for one in plant.lines}}
    for number, step in enumerate(body.routing):
        for key, ids in known.items():
            for id_ in getattr(step, key):
                if id_ not in ids:
                    cure = "GET /api/v1/equipment lists all ids."
                    raise mistake(f"body.routing.{number}.{key}", f"'{id_}' is not in the plant file; {cure}")


async def _need_free_label(conn: Connection, product: str, label: str, id_: UUID | None) -> None:
    taken = await rows(conn, "version_with_label", {"product": product, "label": label})
    if taken and taken[0]["id"] != id_:
        raise Refused(f"'{product}' has a version '{label}' already.", "Give this one a label of its own.")


async def _put_routing(conn: Connection, id_: UUID, body: VersionFields) -> None:
    for step in body.routing:
        await run(conn, "add_step", {"id": id_} | step.model_dump())


async def _changed(
    conn: Connection, action: str, id_: UUID, before: VersionAnswer | None, author: Author
) -> VersionAnswer:
    """The version after a change, which is told and noted."""
    after = await version_of(conn, id_)
    told: dict[str, Any] = {"number": after.product, "product_version": after.model_dump(mode="json", exclude=SIGNED)}
    await tell(conn, "product.changed", subject(after.product), told)
    then = None if before is None else before.model_dump(mode="json", exclude=SIGNED)
    await note(conn, author, action, f"product_version/{id_}", then, told["product_version"])
    return after


def _signed(id_: UUID, author: Author) -> dict[str, Any]:
    return {"id": id_, "person": author.person, "client": author.client}
