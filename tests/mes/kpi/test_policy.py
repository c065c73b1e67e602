"""Policies: every state has a place, the site's own words count, and content under one version never changes."""

from collections.abc import Sequence

import psycopg
import pytest

from config.load import BadPlantFile, parse_plant
from config.plant import Plant
from contract.sample import State
from mes.kpi.policy import BUILT_IN, ISO, TPM, Divisor, Element, Loss, Policy, policies_of, policy_from
from mes.kpi.store_policies import ChangedPolicy, keep_policies, kept_policy
from runtime.database import connect
from tests.mes.house import reading
from tests.mes.screens.lines import PLANT


def plant(*policies: str, policy: str = "iso-22400-2") -> Plant:
    """A plant with policies of its own, one line of YAML each."""
    listed = "".join(f"\n  - {text}" for text in policies)
    return parse_plant(PLANT.format(machines=MACHINE, zone="UTC") + f"policy: {policy}\npolicies: {listed or '[]'}\n")


MACHINE = """
      - {id: press-1, name: {en: P, zh: 压}, device: plc, ideal_cycle: 2s, tags: [{name: t, register: 1}]}"""


def own(*texts: str) -> Policy:
    return policies_of(plant(*texts).policies)["ours"]


@pytest.mark.parametrize("policy", BUILT_IN.values())
def test_every_state_but_no_data_is_booked_once_and_every_stop_is_a_loss(policy: Policy) -> None:
    assert sorted(state for state, _ in policy.booking) == sorted(set(State) - {State.NO_DATA})
    assert sorted(state for state, _ in policy.losses) == sorted(set(State) - {State.NO_DATA, State.RUNNING})


def test_tpm_differs_from_iso_in_minor_stops_missing_work_and_the_divisor_only() -> None:
    iso, tpm = ISO.content(), TPM.content()

    assert {key for key in iso if iso[key] != tpm[key]} == {"states", "minor_as", "failure_divisor"}
    assert {word for word in iso["states"] if iso["states"][word] != tpm["states"][word]} == {"idle"}


def test_a_site_says_only_what_is_different() -> None:
    policy = own(
        "{name: ours, version: 3, minor_stop: 90s, states: {starved: planned_stop}, losses: {idle: setup},"
        " minor_as: producing, failures: [down, stopped], startup: 5min, failure_divisor: failures}"
    )

    assert dict(policy.booking) == dict(ISO.booking) | {State.STARVED: Element.PLANNED_STOP}
    assert dict(policy.losses) == dict(ISO.losses) | {State.IDLE: Loss.SETUP}
    assert (policy.minor_stop_us, policy.startup_us) == (90_000_000, 300_000_000)
    assert (policy.minor, policy.divisor) == (Element.PRODUCING, Divisor.FAILURES)
    assert policy.failures == {State.DOWN, State.STOPPED}
    assert policy.startup_after == ISO.startup_after


def test_the_hash_is_that_of_the_content_and_not_of_the_order_of_words() -> None:
    one = own("{name: ours, version: 1, failures: [down, stopped], states: {idle: delay, setup: down}}")
    other = own("{name: ours, version: 1, states: {setup: down, idle: delay}, failures: [stopped, down]}")
    third = own("{name: ours, version: 1, states: {setup: down, idle: delay}, failures: [stopped]}")

    assert one.hash == other.hash != third.hash
    assert len({policy.hash for policy in (*BUILT_IN.values(), one, third)}) == 4


@pytest.mark.parametrize("policy", [*BUILT_IN.values(), own("{name: ours, version: 2, minor_as: down, startup: 0s}")])
def test_a_policy_is_read_back_as_it_was_said(policy: Policy) -> None:
    again = policy_from(policy.name, policy.version, policy.content())

    assert (again.hash, again.content(), again.minor) == (policy.hash, policy.content(), policy.minor)


@pytest.mark.parametrize(
    ("texts", "chosen", "said"),
    [
        (["{name: ours, version: 1}", "{name: ours, version: 2}"], "ours", "twice"),
        (["{name: tpm-classic, version: 2}"], "tpm-classic", "twice"),
        (["{name: ours, version: 0}"], "ours", "version"),
        (["{name: ours, version: 1, states: {idle: lunch}}"], "ours", "planned_stop"),
        (["{name: ours, version: 1, based_on: oee}"], "ours", "tpm-classic"),
        ([], "ours", "iso-22400-2"),
    ],
)
def test_a_mistake_in_a_policy_is_named(texts: Sequence[str], chosen: str, said: str) -> None:
    with pytest.raises(BadPlantFile, match=said):
        plant(*texts, policy=chosen)


async def test_content_that_changed_under_its_old_version_is_refused_and_the_cure_named(database: str) -> None:
    with connect(database, "mes") as conn:
        keep_policies(conn, plant("{name: ours, version: 1, minor_stop: 60s}"))
        keep_policies(conn, plant("{name: ours, version: 1, minor_stop: 60s}"))
        with pytest.raises(ChangedPolicy, match=r"ours.* version: 2"):
            keep_policies(conn, plant("{name: ours, version: 1, minor_stop: 61s}"))
        keep_policies(conn, plant("{name: ours, version: 2, minor_stop: 61s}"))
    async with reading(database) as later:
        kept = [await kept_policy(later, "ours", version) for version in (1, 2, 3)]

    assert [policy and policy.minor_stop_us for policy in kept] == [60_000_000, 61_000_000, None]


def test_the_database_keeps_policies_for_ever(database: str) -> None:
    with connect(database, "mes") as conn, psycopg.connect(database) as other:
        keep_policies(conn, plant())
        names = other.execute("SELECT name, version FROM policy ORDER BY name").fetchall()

    assert names == [("iso-22400-2", 1), ("tpm-classic", 1)]
