"""/api/v1/nodes."""

from fastapi import APIRouter

from mes.erp.house import LEND_S, TheHouse
from mes.erp.models import Page
from mes.erp.node_models import NodeAnswer
from mes.erp.nodes import nodes

router = APIRouter(tags=["nodes"])


@router.get("/nodes")
async def list_nodes(house: TheHouse) -> Page[NodeAnswer]:
    """Edge agents: state, newest frame, what is missing, and their clocks; all on one page."""
    async with house.pool.connection(LEND_S) as conn:
        return Page(items=await nodes(conn, house.plant), next_cursor=None)
