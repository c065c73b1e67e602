"""/api/v1/kpis/{id}/explain: the receipt of a result."""

import json
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from mes.evidence.store_receipt import receipt_of
from mes.web.bounds import Letters
from mes.web.context import TheContext
from mes.web.workers import HeavyRoute

router = APIRouter(tags=["equipment"], route_class=HeavyRoute)


@router.get("/kpis/{id}/explain", response_class=Response, responses={200: {"content": {"application/json": {}}}})
async def explain(
    context: TheContext, id_: Annotated[Letters, Path(alias="id", description="`id` of a KPI, or of all of an answer.")]
) -> Response:
    """The receipt of a result: number, formula, policy, intervals, edits, count steps, and the frames with hashes.

    It is read with what was known when the result was told. `shopfloor verify` computes the result again from it.
    A result of more than 50,000 facts has no receipt in one piece; the answer names the longest window that has.
    """
    made = await receipt_of(context, id_)
    return Response(json.dumps(made, ensure_ascii=False), media_type="application/json")
