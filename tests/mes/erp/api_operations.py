"""Every operation of the API, from its own description."""

from typing import Any

from mes.app import create_app
from mes.keeper.refresh_loop import Refresh
from runtime.database import async_pool
from tests.mes.erp.plants import settings
from tests.mes.screens.lines import plant


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    app = create_app(settings(""), plant(), async_pool("", "mes"), Refresh())
    found = []
    for path, methods in app.openapi()["paths"].items():
        if path.startswith("/api/v1/"):
            found += [(method.upper(), path.removeprefix("/api/v1"), said) for method, said in methods.items()]
    return found


OPERATIONS = operations()
