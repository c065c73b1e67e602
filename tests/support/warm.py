"""Imported by the process from which services are forked: mes has read there what each of its routes takes."""

from pathlib import Path
from typing import Any

from config.load import load_plant
from mes.app import create_app
from mes.keeper.refresh_loop import Refresh
from runtime.database import async_pool
from runtime.settings import settings_from

NOWHERE: dict[str, Any] = {"type": "http", "method": "GET", "path": "/nowhere", "root_path": "", "headers": []}

_settings = settings_from({"SHOPFLOOR_DATABASE": "postgresql://127.0.0.1/none"})
_pool = async_pool(_settings.need_database(), "mes")  # never opened
for _route in create_app(_settings, load_plant(Path("config/demo.yaml")), _pool, Refresh(alive=True)).routes:
    _route.matches(NOWHERE)
