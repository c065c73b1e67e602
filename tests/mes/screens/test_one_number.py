"""One number, one id: every page and the API say of a KPI, a window and an instant the same value, under one id."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from html import unescape
from typing import Any

import httpx
import pytest

from contract.sample import State, from_us, to_us
from mes.screens.wall.render import percent
from mes.web.navigation import PLACES
from tests.mes.erp.plants import parts, tape
from tests.mes.screens.lines import HOUR, MINUTE, SECOND, plant_at
from tests.mes.screens.screens import Served, served
from tests.mes.screens.test_browser_wall import now_us

# An element that shows a KPI, with all up to the next tag that closes it or opens the unit.
SHOWN = re.compile(
    r'<[a-z]+[^>]*\bdata-kpi="([a-z_]+)"([^>]*)>(.*?)(?:<small|</a>|</span>|</b>|</p>|</div>)', re.DOTALL
)
NAMED = re.compile(r'data-([a-z-]+)="([^"]*)"')
# Two are enough: all KPIs of an answer are made and numbered alike.
CHECKED = ("oee", "availability")
WALLS = ("/wall-site/events", "/wall/line-1/events", "/wall/machine/press-1/events", "/wall/machine/press-2/events")


@pytest.fixture
def site(database: str, free_port: Callable[[], int]) -> Iterator[Served]:
    """Two machines since yesterday: made at two rates, down for a while, one of them not observed for half an hour."""
    now = now_us()
    for number in (1, 2):
        machine, down = f"press-{number}", now - (2 + number) * HOUR
        tape(
            database,
            machine,
            (now - 25 * HOUR, State.RUNNING),
            (down, State.DOWN),
            (down + 17 * MINUTE, State.RUNNING),
            (now - number * HOUR, State.NO_DATA if number == 2 else State.STARVED),
            (now - number * HOUR + 30 * MINUTE, State.RUNNING),
            (now + 5 * MINUTE, State.NO_DATA),
        )
        parts(database, machine, "total", (2 + number) * SECOND, now - 6 * HOUR, down)
        parts(database, machine, "total", 3 * SECOND, down + 17 * MINUTE, now)
    with served(database, plant_at(12, 2), free_port()) as made:
        yield made


def numbers(html: str) -> list[tuple[str, dict[str, str], str]]:
    """KPI, what is said of it, and the text of each number that a page shows; a dash is none."""
    found = []
    for kpi, attributes, text in SHOWN.findall(html):
        shown = " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split()).removesuffix("%").strip()
        if re.fullmatch(r"\d[\d.]*", shown):
            found.append((kpi, dict(NAMED.findall(attributes)), shown))
    return found


def wall(http: httpx.Client, path: str) -> str:
    """What a wall shows first, all its parts one after another."""
    with http.stream("GET", path) as answer:
        for line in answer.iter_lines():
            if line.startswith("data:"):
                return "".join(strings(json.loads(line.removeprefix("data:"))))
    raise AssertionError(f"{path} ended without an event")


def strings(made: Any) -> Iterator[str]:
    if isinstance(made, str):
        yield made
    elif isinstance(made, dict):
        for part in made.values():
            yield from strings(part)


def test_walls_and_the_first_page_show_what_the_api_answers_for_their_instant(site: Served) -> None:
    seen = 0
    with httpx.Client(base_url=site.url, timeout=20) as http:
        for html in (*(wall(http, path) for path in WALLS), http.get("/").text):
            shown = numbers(html)
            assert shown
            for kpi, said, text in shown:
                window = {"from": said["from"], "to": said["as-of"], "as_of": said["as-of"]}
                answer = http.get(f"/api/v1/equipment/{said['of']}/kpis", params=window).json()
                assert text == percent(answer[kpi]["value"]), (kpi, said)
                seen += 1

    assert seen >= 10


def test_every_page_and_file_says_one_value_under_one_id(site: Served) -> None:
    start, end = from_us(now_us() - 5 * HOUR), from_us(now_us())
    window = {"from": stamp(start), "to": stamp(end), "as_of": stamp(end)}
    with httpx.Client(base_url=site.url, timeout=30) as http:
        pages = [http.get(place.path, follow_redirects=True).text for place in PLACES if place.path != "/docs"]
        places = ("works", "line-1", "press-1", "press-2")
        pages += [http.get(f"/policies/{id_}", params=window).text for id_ in places]
        for id_ in places:
            for period in ("shift", "day"):
                asked = {"equipment": id_, "period": period, "as_of": stamp(end)}
                pages.append(http.get("/report", params=asked).text)
                pages.append(as_elements(http.get("/report", params=asked | {"format": "csv"}).text))
        ids = {
            said["result"] for html in pages for kpi, said, _ in numbers(html) if kpi in CHECKED and "result" in said
        }
        pages += [http.get("/explain", params={"result_id": id_}).text for id_ in sorted(ids)[:3]]
        receipts = {id_: http.get(f"/api/v1/kpis/{id_}/explain").json() for id_ in ids}
        answers = {id_: http.get(f"/api/v1/equipment/{id_}/kpis", params=window).json() for id_ in places}

    assert [receipt for receipt in receipts.values() if "kpis" not in receipt] == []
    values = {id_: receipt["kpis"][0] for id_, receipt in receipts.items()}
    for html in pages:
        for kpi, said, text in numbers(html):
            if kpi in CHECKED and "result" in said:
                told = values[said["result"]]
                assert (told["name"], text) in {(kpi, shown) for shown in written(told["value"])}
    by_window: dict[tuple[Any, ...], set[str]] = {}
    for id_, receipt in receipts.items():
        policy = receipt["policy"]
        key = (receipt["equipment"], receipt["from"], receipt["to"], receipt["as_of"], policy["name"], policy["hash"])
        by_window.setdefault((*key, values[id_]["name"]), set()).add(id_)
    for id_, answer in answers.items():
        for kpi in CHECKED:
            [same] = [one for key, one in by_window.items() if is_of(key, id_, kpi, start, end, answer)]
            same.add(answer[kpi]["id"])
    assert [key for key, same in by_window.items() if len(same) != 1] == []
    assert len(by_window) >= 20


def stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"


def written(value: float) -> set[str]:
    """All ways in which pages write a ratio."""
    return {percent(value), f"{value * 100:.1f}", f"{value:.4f}", f"{value:.4g}", repr(value)}


def as_elements(csv: str) -> str:
    """The lines of a CSV that have an id, as the elements of a page."""
    rows = [line.split(",") for line in csv.splitlines()]
    return "".join(
        f'<b data-kpi="{row[2]}" data-result="{row[7]}">{row[3]}</b>'
        for row in rows
        if len(row) == 8 and row[7] not in ("", "result_id")
    )


def is_of(key: tuple[Any, ...], equipment: str, kpi: str, start: datetime, end: datetime, answer: Any) -> bool:
    """Whether a result is of this KPI and window, by the policy of the answer."""
    wanted = (equipment, to_us(start), to_us(end), answer["policy"]["name"], kpi)
    return (key[0], key[1], key[2], key[4], key[-1]) == wanted
