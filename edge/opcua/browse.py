"""A whole OPC UA server → rows that a plant file can use. Reads only, a bounded request at a time."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from asyncua import ua

from edge.opcua.link import Link, bounded
from edge.opcua.tag_names import Row, rows_of
from edge.opcua.values import TYPES, code_of, quality_of, shown, text

MOST_AT_ONCE = 100
MOST_REFERENCES = 1_000
OBJECTS = ua.NodeId(ua.Int32(ua.ObjectIds.ObjectsFolder))
FOLDER_TYPE, PROPERTY_TYPE = (
    ua.NodeId(ua.Int32(number)) for number in (ua.ObjectIds.FolderType, ua.ObjectIds.PropertyType)
)
# What each server says of itself; a plant has no use for it.
OWN = {ua.NodeId(ua.Int32(ua.ObjectIds.Server)), ua.NodeId(ua.Int32(ua.ObjectIds.Aliases))}


@dataclass(frozen=True, slots=True)
class Step:
    """A node on the way: its name, and whether it is only a folder."""

    name: str
    folder: bool


@dataclass(frozen=True, slots=True)
class Found:
    """An object or a variable, and the way to it from Objects."""

    node: ua.NodeId
    way: tuple[Step, ...]
    variable: bool = False


@dataclass
class Progress:
    """How far a walk has come."""

    seen: int = 0
    variables: int = 0
    waiting: int = 0


class Walk:
    """Breadth first from Objects; a node that several ways lead to is visited once."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.progress = Progress()
        self.visited = {OBJECTS}
        self.units: dict[ua.NodeId, ua.NodeId] = {}
        # The types of variables that show no value now, and the ids of machines by their names.
        self.kinds: dict[ua.NodeId, str] = {}
        self.machines: dict[str, str] = {}

    async def rows(self) -> AsyncIterator[list[Row]]:
        """The rows of some variables at a time, in the order of the walk."""
        await self.link.learn_types()
        level: list[Found] = [Found(OBJECTS, ())]
        most = min(MOST_AT_ONCE, self.link.limits["browse"])
        while level:
            below: list[Found] = []
            for start in range(0, len(level), most):
                some = level[start : start + most]
                below += await self._children(some)
                self.progress.waiting = len(level) - start - len(some) + len(below)
                # The unit of a variable is a property below it, so it is known only now.
                if variables := [found for found in some if found.variable]:
                    yield await self._read(variables)
            level = below

    async def _children(self, parents: Sequence[Found]) -> list[Found]:
        """The objects and variables below some nodes that were not yet visited."""
        nodes: list[Found] = []
        for parent, references in zip(parents, await self._browse(parents), strict=True):
            for reference in references:
                node = _local(reference.NodeId)
                if node is None or node in OWN:
                    continue
                type_ = _local(reference.TypeDefinition)
                if type_ == PROPERTY_TYPE:
                    if reference.BrowseName.Name == "EngineeringUnits":
                        self.units[parent.node] = node
                    continue
                if node in self.visited:
                    continue
                self.visited.add(node)
                name = text(reference.DisplayName) or reference.BrowseName.Name or ""
                step = Step(name, type_ == FOLDER_TYPE)
                nodes.append(Found(node, (*parent.way, step), reference.NodeClass == ua.NodeClass.Variable))
        self.progress.seen += len(nodes)
        return nodes

    async def _browse(self, parents: Sequence[Found]) -> list[list[ua.ReferenceDescription]]:
        asked = ua.BrowseParameters(
            RequestedMaxReferencesPerNode=ua.UInt32(MOST_REFERENCES),
            NodesToBrowse=[_description(parent.node) for parent in parents],
        )
        session = self.link.client.uaclient
        results = await bounded(session.browse(asked), self.link.seconds)
        found = [list(result.References or ()) for result in results]
        rest = {n: result.ContinuationPoint for n, result in enumerate(results) if result.ContinuationPoint}
        while rest:
            more = ua.BrowseNextParameters(ReleaseContinuationPoints=False, ContinuationPoints=list(rest.values()))
            results = await bounded(session.browse_next(more), self.link.seconds)
            for n, result in zip(rest, results, strict=True):
                found[n] += result.References or ()
            rest = {n: r.ContinuationPoint for n, r in zip(rest, results, strict=True) if r.ContinuationPoint}
        return found

    async def _read(self, variables: Sequence[Found]) -> list[Row]:
        """The rows of some variables: values and units as they are now."""
        self.progress.variables += len(variables)
        values = await self.link.read([found.node for found in variables])
        units = [self.units[found.node] for found in variables if found.node in self.units]
        said = dict(zip(units, await self.link.read(units), strict=True))
        empty = [found.node for found, answer in zip(variables, values, strict=True) if not _has_type(answer)]
        self.kinds = dict(zip(empty, await self._declared(empty), strict=True))
        return [row for found, answer in zip(variables, values, strict=True) for row in self._rows(found, answer, said)]

    def _rows(
        self, found: Found, answer: ua.DataValue | None, said: dict[ua.NodeId, ua.DataValue | None]
    ) -> Iterator[Row]:
        code = code_of(answer) if answer is not None else int(ua.StatusCodes.BadDecodingError)
        variant = answer.Value if answer is not None else None
        unit = said.get(self.units.get(found.node, OBJECTS))
        folders = [step.folder for step in found.way]
        yield from rows_of(
            node=self._name(found.node),
            way=[step.name for step in found.way],
            folders=folders,
            value=shown(variant.Value) if variant is not None else None,
            kind=self.kinds.get(found.node) or (TYPES.get(variant.VariantType.name, "") if variant else ""),
            quality=quality_of(code).name,
            machines=self.machines,
            unit=text(getattr(unit.Value.Value, "DisplayName", None)) or "" if unit and unit.Value else "",
        )

    async def _declared(self, nodes: Sequence[ua.NodeId]) -> list[str]:
        """The plant file's words for the types that variables are declared with; empty where it has none."""
        kinds: list[str] = []
        for some in self.link.portions("read", nodes):
            question = self.link.client.uaclient.read_attributes(list(some), ua.AttributeIds.DataType)
            answers = await bounded(question, self.link.seconds)
            kinds += [_kind_of(answer.Value.Value if answer.Value else None) for answer in answers]
        return kinds

    def _name(self, node: ua.NodeId) -> str:
        """The node by its namespace's URI, which outlives a renumbering."""
        plain = str(ua.NodeId(node.Identifier, ua.Int16(0), node.NodeIdType).to_string())
        if node.NamespaceIndex == 0:
            return plain
        return f"nsu={self.link.namespaces[node.NamespaceIndex]};{plain}"


async def walk(link: Link, heard: asyncio.Queue[list[Row]], progress: list[Progress]) -> None:
    """Walk the server of a link that is not yet open, and put what is found into a queue."""
    await link.open()
    walking = Walk(link)
    progress.append(walking.progress)
    async for rows in walking.rows():
        heard.put_nowait(rows)


def _has_type(answer: ua.DataValue | None) -> bool:
    return answer is None or (answer.Value is not None and answer.Value.VariantType is not ua.VariantType.Null)


def _kind_of(declared: object) -> str:
    """A number in OPC UA's own namespace is one of its built-in types."""
    if not isinstance(declared, ua.NodeId) or declared.NamespaceIndex or not isinstance(declared.Identifier, int):
        return ""
    known = {kind.value: kind.name for kind in ua.VariantType}
    return TYPES.get(known.get(declared.Identifier, ""), "")


def _description(node: ua.NodeId) -> ua.BrowseDescription:
    return ua.BrowseDescription(
        NodeId=node,
        BrowseDirection=ua.BrowseDirection.Forward,
        ReferenceTypeId=ua.NodeId(ua.Int32(ua.ObjectIds.HierarchicalReferences)),
        IncludeSubtypes=True,
        NodeClassMask=ua.UInt32(ua.NodeClass.Object | ua.NodeClass.Variable),
        ResultMask=ua.UInt32(ua.BrowseResultMask.All),
    )


def _local(node: ua.NodeId | None) -> ua.NodeId | None:
    """A node of this server as a plain NodeId; None for one of another server."""
    if node is None or getattr(node, "ServerIndex", None):
        return None
    return ua.NodeId(node.Identifier, node.NamespaceIndex, node.NodeIdType)
