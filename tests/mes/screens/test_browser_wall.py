import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from contract.sample import State, from_us, to_us
from mes.web.words import words
from tests.mes.erp.plants import STEP, alarm, parts, tape
from tests.mes.screens.lines import HOUR, MINUTE, SECOND, plant_at
from tests.mes.screens.screens import Served, foreign_requests, served, text, wait_until

pytestmark = pytest.mark.browser


def now_us() -> int:
    return to_us(datetime.now(UTC))


def live_line(database: str, machines: int = 4) -> None:
    """All machines run since yesterday, an hour of it at their ideal rate; their data stay fresh for the test."""
    now = now_us()
    for number in range(1, machines + 1):
        tape(database, f"press-{number}", (now - 25 * HOUR, State.RUNNING), (now + 5 * MINUTE, State.NO_DATA))
        parts(database, f"press-{number}", "total", 2 * SECOND, now - HOUR, now)


@pytest.fixture
def site(database: str, free_port: Callable[[], int]) -> Iterator[Served]:
    live_line(database)
    with served(database, plant_at(12), free_port()) as site:
        yield site


def number(browser: WebDriver, machine: str) -> bool:
    """True when the row of a machine shows an OEE."""
    return text(browser, f"#part-{machine} .oee .value").isdigit()


def counts(browser: WebDriver) -> list[str]:
    return [text(browser, f"#part-press-{n} .good") for n in range(1, 5)]


def test_every_tile_follows_the_facts(site: Served, browser: WebDriver) -> None:
    browser.get(f"{site.url}/wall/line-1")
    wait_until("tiles", lambda: all(re.fullmatch(r"1.80\d", count) for count in counts(browser)))
    before = counts(browser)

    now = now_us()
    with psycopg.connect(site.database, autocommit=True) as conn:
        for number in range(1, 5):
            conn.execute(
                f"INSERT INTO {STEP} VALUES (%s, 'total', %s, %s, 777, 777, false)",
                (f"press-{number}", from_us(now), from_us(now - SECOND)),
            )
        conn.execute("INSERT INTO state_change VALUES ('press-2', %s, 5)", (from_us(now),))

    wait_until("all counts", lambda: all(new != old for new, old in zip(counts(browser), before, strict=True)))
    wait_until("DOWN", lambda: "DOWN" in text(browser, "#part-press-2 .state"))
    assert "RUNNING" in text(browser, "#part-press-1 .state")


def test_a_silent_machine_shows_no_data_and_never_its_last_value(site: Served, browser: WebDriver) -> None:
    browser.get(f"{site.url}/wall/line-1")
    wait_until("a number", lambda: number(browser, "press-3"))

    with psycopg.connect(site.database, autocommit=True) as conn:
        conn.execute("UPDATE state_change SET at = %s WHERE machine = 'press-3' AND state = 0", (from_us(now_us()),))

    took = wait_until("NO DATA", lambda: "NO DATA" in text(browser, "#part-press-3"), 10)
    assert took < 10
    assert text(browser, "#part-press-3 .oee") == "–"
    assert "repeating-linear-gradient" in browser.execute_script(
        "return getComputedStyle(document.querySelector('#part-press-3 .tile')).backgroundImage"
    )
    assert number(browser, "press-1")


def test_a_silent_server_turns_the_whole_wall_to_no_data_and_back(
    database: str, free_port: Callable[[], int], browser: WebDriver
) -> None:
    live_line(database)
    port = free_port()
    with served(database, plant_at(12), port) as site:
        browser.get(f"{site.url}/wall/line-1")
        wait_until("a number", lambda: number(browser, "press-1"))

    took = wait_until("NO DATA", lambda: "? NO DATA" in text(browser, "#silent"), 10)
    assert took < 10
    assert text(browser, "#part-press-1") == text(browser, "#part-head") == ""

    with served(database, plant_at(12), port):
        wait_until("numbers again", lambda: number(browser, "press-1"), 20)
        assert text(browser, "#silent") == ""


def test_a_silent_database_turns_the_whole_wall_to_no_data(site: Served, browser: WebDriver) -> None:
    browser.get(f"{site.url}/wall/line-1")
    wait_until("a number", lambda: number(browser, "press-1"))

    with psycopg.connect(site.database, autocommit=True) as conn:
        conn.execute("ALTER TABLE state_change RENAME TO away")
        conn.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'shopfloor-mes'")
        wait_until("NO DATA", lambda: "? NO DATA" in text(browser, "#silent"), 10)


def test_ages_count_on_between_events(site: Served, browser: WebDriver) -> None:
    browser.get(f"{site.url}/wall/line-1")
    wait_until("a number", lambda: number(browser, "press-1"))
    with psycopg.connect(site.database, autocommit=True) as conn:
        # The newest sample of a tape that ends ahead of now is no_data_after (6 s) before its end.
        conn.execute("UPDATE state_change SET at = %s WHERE state = 0", (from_us(now_us() + 5 * SECOND),))
    seen: set[str] = set()

    def look() -> bool:
        seen.add(text(browser, "#part-press-1 .age"))
        return len([age for age in seen if age]) >= 3

    wait_until("three ages", look, 6)


def test_the_chinese_wall_has_no_english_word(site: Served, browser: WebDriver) -> None:
    with psycopg.connect(site.database, autocommit=True) as conn:
        conn.execute("INSERT INTO state_change VALUES ('press-2', %s, 5)", (from_us(now_us()),))
        conn.execute("UPDATE state_change SET at = %s WHERE machine = 'press-3' AND state = 0", (from_us(now_us()),))
    alarm(site.database, "press-4")
    browser.get(f"{site.url}/wall/line-1?lang=zh")
    wait_until("停机", lambda: "停机" in text(browser, "#part-press-2 .state"))

    shown = text(browser, "body")

    assert "无数据" in shown
    english = set(re.findall(r"[A-Za-z]{2,}", shown))
    assert english <= {"OEE"}
    assert not any(word in shown for key, word in words("en").items() if key.startswith("state."))


TOP_OF_TILES = "return document.querySelector('main').offsetTop"


def says(database: str, node: str, state: str) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO node (node, state, epoch, since) VALUES (%s, %s, 1, now() - interval '3 s')"
            " ON CONFLICT (node) DO UPDATE SET state = excluded.state, since = excluded.since",
            (node, state),
        )


@pytest.mark.parametrize(("language", "words_of_it"), [("en", "edge-1 is offline · for"), ("zh", "edge-1 离线 · 已")])
def test_an_edge_agent_that_is_offline_is_named_on_the_lines_that_it_reads(
    site: Served, browser: WebDriver, language: str, words_of_it: str
) -> None:
    says(site.database, "edge-1", "online")
    says(site.database, "edge-of-another-line", "offline")
    browser.get(f"{site.url}/wall/line-1?lang={language}")
    wait_until("tiles", lambda: number(browser, "press-1"))
    before, height = (
        text(browser, "#part-foot .absent"),
        browser.execute_script("return document.querySelector('main').offsetTop"),
    )
    says(site.database, "edge-1", "offline")
    wait_until("the strip", lambda: words_of_it in text(browser, "#part-foot .absent"))
    shown, outside = text(browser, "#part-foot .absent"), browser.execute_script(OUTSIDE)
    says(site.database, "edge-1", "online")
    wait_until("no strip", lambda: text(browser, "#part-foot .absent") == "")

    assert before == ""
    assert shown.startswith("▲")
    assert "another" not in shown
    assert outside == []
    assert browser.execute_script(TOP_OF_TILES) == height


def test_the_page_of_edge_agents_stays_fresh_and_says_its_silence(site: Served, browser: WebDriver) -> None:
    says(site.database, "edge-1", "online")
    browser.get(f"{site.url}/nodes")
    wait_until("online", lambda: "● online" in text(browser, "#node-edge-1 h2"))
    says(site.database, "edge-1", "offline")
    wait_until("offline", lambda: "▲ OFFLINE" in text(browser, "#node-edge-1 h2"))
    site.stop()

    wait_until("silence", lambda: browser.execute_script("return document.body.classList.contains('silent')"))


@pytest.mark.parametrize("language", ["en", "zh"])
# From six metres: nothing is smaller than 6 % of the screen, in Chinese 6.5 %.
@pytest.mark.parametrize("machines", [1, 4, 8, 12])
def test_nothing_runs_over_its_row_and_all_is_legible_from_afar(
    database: str, free_port: Callable[[], int], browser: WebDriver, machines: int, language: str
) -> None:
    live_line(database, machines)
    for number in range(1, machines + 1):
        alarm(database, f"press-{number}")
    now = now_us()
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("INSERT INTO state_change VALUES ('press-1', %s, 3)", (from_us(now),))
    says(database, "edge-1", "offline")
    with served(database, plant_at(12, machines), free_port()) as site:
        browser.get(f"{site.url}/wall/line-1?lang={language}")
        wait_until("tiles", lambda: len(browser.find_elements("css selector", ".oee .value")) >= min(1, machines))
        outside = browser.execute_script(OUTSIDE)
        smallest = browser.execute_script(SMALLEST)

    assert outside == []
    assert smallest >= (0.0599 if language == "en" else 0.0649)


# Elements whose box leaves its tile, or that lie over a neighbour in the same column.
OUTSIDE = """
const wrong = [];
for (const tile of document.querySelectorAll(".tile")) {
  const box = tile.getBoundingClientRect();
  for (const part of tile.querySelectorAll(".top, .state, .value, .alarm, .strip, .name, .stood, .info, .order")) {
    if (!part.checkVisibility()) continue;
    const inner = part.getBoundingClientRect();
    const across = inner.left < box.left - 1 || inner.right > box.right + 1;
    if (across || inner.top < box.top - 1 || inner.bottom > box.bottom + 1)
      wrong.push(part.className + " leaves its tile: " + part.textContent);
  }
}
if (document.documentElement.scrollHeight > innerHeight || document.documentElement.scrollWidth > innerWidth)
  wrong.push("page scrolls");
return wrong;
"""
SMALLEST = """
const all = [...document.querySelectorAll("#part-head *, main *")];
const says = e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
const texts = all.filter(e => says(e) && e.checkVisibility());
return Math.min(...texts.map(e => parseFloat(getComputedStyle(e).fontSize))) / innerHeight;
"""


def test_no_page_asks_for_anything_outside(site: Served, browser: WebDriver) -> None:
    for path in ("/", "/wall/line-1", "/stops", "/stops/line-1", "/alarms", "/orders", "/nodes", "/login", "/docs"):
        browser.get(site.url + path)
        wait_until("loaded", lambda: browser.execute_script("return document.readyState") == "complete")
        if path == "/docs":
            wait_until("the description", lambda: len(browser.find_elements("css selector", ".opblock-tag")) > 15)
            browser.find_element("css selector", ".opblock-tag").click()
            wait_until("the routes", lambda: len(browser.find_elements("css selector", ".opblock")) > 5)
        if path == "/wall/line-1":
            wait_until("tiles", lambda: number(browser, "press-1"))
        assert foreign_requests(browser, site.url) == []
        severe = [line for line in browser.get_log("browser") if line["level"] == "SEVERE"]
        assert severe == []


def test_an_alarm_is_acknowledged_with_a_name(site: Served, browser: WebDriver) -> None:
    number = alarm(site.database)
    browser.get(f"{site.url}/alarms")

    browser.find_element("css selector", "button").click()
    assert text(browser, ".pending") == ""
    browser.find_element("id", "name").send_keys("李伟")
    browser.find_element("css selector", "button").click()
    wait_until("pending", lambda: text(browser, ".pending") != "")

    with psycopg.connect(site.database) as conn:
        assert conn.execute("SELECT alarm, action, by FROM alarm_request").fetchall() == [
            (number, "acknowledge", "李伟")
        ]
    assert browser.find_element("id", "name").get_attribute("value") == "李伟"
    started = time.monotonic()
    with psycopg.connect(site.database, autocommit=True) as conn:
        conn.execute("UPDATE alarm SET acked = true, acked_by = '李伟', acked_at = now()")
    wait_until("acknowledged", lambda: "acknowledged by 李伟" in text(browser, "#list"))
    assert time.monotonic() - started < 10


def test_an_oee_of_which_little_was_seen_is_not_shown_large(site: Served, browser: WebDriver) -> None:
    with psycopg.connect(site.database, autocommit=True) as conn:
        late = from_us(now_us() - HOUR)
        conn.execute("UPDATE state_change SET at = %s WHERE machine = 'press-1' AND state = 1", (late,))

    browser.get(f"{site.url}/wall/line-1")
    wait_until("a number", lambda: number(browser, "press-2"))

    assert text(browser, "#part-press-1 .oee .value") == "–"
    assert re.fullmatch(r"\d+–\d+ %", text(browser, "#part-press-1 .bounds"))
    assert text(browser, "#part-press-2 .bounds") == ""
