"""The commands of docs/b2mml.md do what it says, as they stand there."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from contract.sample import from_us
from mes.erp.b2mml.xml_document import document_of
from tests.mes.erp.b2mml.test_performance_out import texts
from tests.mes.house import MINUTE, START
from tests.mes.orders.quantities.test_routes import made
from tests.mes.running import mes
from tests.support.eventually import eventually

KEY = "erp-key-0123456789"
AUTHORIZED = {"Authorization": f"Bearer {KEY}"}


def blocks(page: str, kind: str) -> list[str]:
    text = Path("docs", page).read_text(encoding="utf-8")
    return re.findall(rf"^```{kind}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def done(commands: str, url: str, folder: Path) -> str:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    own = {"MES": url, "KEY": KEY, "PATH": path, "PYTHONPATH": str(Path.cwd())}
    asked = ["bash", "-euo", "pipefail", "-c", commands]
    run = subprocess.run(asked, check=True, env=own, cwd=folder, stdout=subprocess.PIPE, text=True, timeout=60)
    return run.stdout


def test_both_languages_have_the_same_commands() -> None:
    for kind in ("sh", "xml", "text"):
        assert blocks("b2mml.md", kind) == blocks("b2mml.zh.md", kind)


def test_an_order_goes_in_and_what_was_made_comes_out_by_the_commands_of_the_page(
    database: str, free_port: Callable[[], int], tmp_path: Path
) -> None:
    made(database)
    [document], [sending, reading] = blocks("b2mml.md", "xml"), blocks("b2mml.md", "sh")
    (tmp_path / "schedule.xml").write_text(document, encoding="utf-8")
    with mes(database, free_port(), tmp_path / "mes.log", API_KEY_ERP=KEY) as running:
        told = done(sending, running.url, tmp_path)
        with httpx.Client(base_url=f"{running.url}/api/v1", headers=AUTHORIZED) as http:
            at = [from_us(START + minute * MINUTE).isoformat() for minute in (0, 40)]
            order = http.post("/orders/WO-1042/start", json={"at": at[0]}).json()
            operation = order["operations"][0]["id"]
            body = {"at": at[1], "override": ["quantity"]}
            assert http.post(f"/operations/{operation}/complete", json=body).status_code == 200

            def confirmed() -> bool:
                answer = http.post(f"/operations/{operation}/confirmations", json={"kind": "final"})
                return bool(answer.json().get("items"))

            eventually("the operation is confirmed", confirmed, 20)
            of_api = http.get(f"/operations/{operation}/confirmations").json()
        checked = done(reading, running.url, tmp_path)
    documents = [document_of((tmp_path / name).read_bytes()) for name in ("performance.xml", "since.xml")]

    assert [part.count('"status":201') for part in told.split('"dry_run":')] == [0, 1, 1]
    assert checked.splitlines() == ["shopfloor: a valid OperationsPerformance. 有效。"]
    for root in documents:
        ids = texts(root, "OperationsResponse/SegmentResponse/ID")
        assert ids == [f"{operation}/{one['number']}" for one in of_api]


@pytest.mark.parametrize("page", ["b2mml.md", "b2mml.zh.md"])
def test_the_page_acknowledges_mesa(page: str) -> None:
    """Its licence wants this sentence of whoever uses B2MML."""
    sentence = "The Business To Manufacturing Markup Language (B2MML) is used courtesy of MESA International."

    assert sentence in Path("docs", page).read_text(encoding="utf-8")
