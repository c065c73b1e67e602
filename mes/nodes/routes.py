"""/api/v1/nodes."""

from fastapi import APIRouter

from mes.nodes.models import NodeAnswer
from mes.nodes.store import nodes
from mes.web.context import LEND_S, TheContext
from mes.web.models import Page

router = APIRouter(tags=["nodes"])


@router.get("/nodes")
async def list_nodes(context: TheContext) -> Page[NodeAnswer]:
    """Edge agents: state, newest frame, what is missing, and their clocks; all on one page."""
    async with context.pool.connection(LEND_S) as conn:
        return Page(items=await nodes(conn, context.plant), next_cursor=None)
