"""The one command line: one subcommand for each service. The only file that may import everything."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from psycopg import OperationalError, ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from config.hints import hints
from config.load import BadPlantFile, expanded_text, load_plant
from config.modbus import ADDRESSES
from config.plant import Plant
from runtime import command_line
from runtime.database import NotMigrated, connect, migrate, require_schema
from runtime.ending import INTERRUPTED
from runtime.help_text import EPILOG
from runtime.settings import BadSetting, Settings, settings_from


class Trouble(Exception):
    """What a person can put right; printed as one line."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; its exit code."""
    try:
        arguments = _parser().parse_args(argv)
        run: Callable[[argparse.Namespace], int] = arguments.run
        return run(arguments)
    except (BadPlantFile, BadSetting, NotMigrated, Trouble) as err:
        print(err, file=sys.stderr)
        return 2
    except OperationalError as err:
        first = str(err).strip().splitlines()[0]
        print(f"database: {first} - check SHOPFLOOR_DATABASE and that the server runs", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="shopfloor",
        description="Shop-floor data collection and MES edge; its numbers can be proven.\n"
        "车间数据采集与边缘 MES：每个数字都可以验证。",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="subcommands", metavar="SUBCOMMAND", required=True)

    def command(name: str, text: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        sub.set_defaults(run=run)
        return sub

    command_line.demo(command("demo", "a simulated plant and the whole system on this machine 演示", _demo))
    check = command("check", "say whether a plant file is right 检查工厂文件", _check)
    check.add_argument("plant", type=Path, metavar="PLANT")
    check.add_argument("--expanded", action="store_true", help="print it with all templates filled in")
    command("migrate", "bring the database's tables to this version 建表或升级", _migrate)
    command_line.simulator(
        command("simulator", "serve a plant file's machines over Modbus TCP and OPC UA 模拟工厂", _simulator)
    )
    edge = command("edge", "read PLCs, journal, publish; never writes to a PLC 边缘代理", _edge)
    edge.add_argument("edge_id", metavar="EDGE", help="an edge of the plant file")
    edge.add_argument("--logger", type=Path, metavar="FOLDER", help="import data loggers' files EDGE-*.csv from here")
    edge.add_argument(
        "--print", action="store_true", dest="only_print", help="show the readings, journal and publish nothing"
    )
    edge.epilog = "On SIGHUP it reads the plant file again, without losing a sample. 收到 SIGHUP 时重新读取工厂文件。"
    browse = command("browse", "OPC UA: all variables of a server as a table for the plant file 浏览", _browse)
    browse.add_argument("place", metavar="URL|DEVICE", help="opc.tcp://HOST:PORT, or a device of the plant file")
    command_line.scan(command("scan", "Modbus: which addresses can be read, as a table for the plant file 扫描", _scan))
    command_line.tags(command("tags", "a table of tags into the plant file 标签表", _tags))
    command_line.certificate(
        command("certificate", "OPC UA: the agent's certificate, and which servers it trusts; HTTPS 证书", _certificate)
    )
    command("collector", "store frames from MQTT in the database, then acknowledge 采集服务", _collector)
    command_line.mes(command("mes", "compute KPIs and orders, serve the wall and the API 看板与接口", _mes))
    command_line.alerts(command("alerts", "watch the rules and tell people; try one over the past 报警", _alerts))
    command_line.audit(command("audit", "the loss certificate: where every sample is 采样核对证明", _audit))
    command_line.on_call(command("on-call", "who is called when, before anybody is 什么时候呼叫谁", _on_call))
    command("audit-entries", "are the audit entries as they were sealed? 审计条目是否未被改动", _audit_entries)
    command_line.client(command("client", "programs that may use the API, and their keys 接口程序与密钥", _client))
    command("new-epoch", "say that the database was restored from a copy 声明数据库已从备份恢复", _new_epoch)
    command_line.b2mml(command("b2mml", "documents of B2MML, as ERPs send and read them 检查 B2MML 文档", _b2mml))
    verify = command("verify", "compute a KPI again from its receipt, without the engine 验证凭据", _verify)
    verify.add_argument("receipt", type=Path, metavar="RECEIPT", help="what GET /api/v1/kpis/{id}/explain answered")
    verify.add_argument(
        "--frames", type=Path, metavar="FOLDER", help="frames as they went over MQTT, one a line or file"
    )
    verify.epilog = "Exit code 0: verified, 1: differs, with the first line that does, 2: not a receipt."
    return parser


def _settings() -> Settings:
    return settings_from(os.environ)


def _plant(settings: Settings) -> Plant:
    return load_plant(settings.plant)


def _database(url: str) -> str:
    """`url` itself, or BadSetting when it is none."""
    try:
        conninfo_to_dict(url)
    except ProgrammingError as err:
        # The driver's own text would show the password.
        raise BadSetting("SHOPFLOOR_DATABASE must look like postgresql://user:password@host:5432/shopfloor") from err
    return url


def _need_tables(settings: Settings) -> None:
    """NotMigrated on a database without our tables; one that is away is waited for by the service itself."""
    with suppress(OperationalError):
        _migrated(settings)


def _migrated(settings: Settings) -> str:
    """The address of the database; NotMigrated when it has not our tables."""
    url = _database(settings.need_database())
    require_schema(url)
    return url


def _demo(arguments: argparse.Namespace) -> int:
    from laptop.demo import Demo, DemoTrouble

    _database(arguments.database or os.environ.get("SHOPFLOOR_DATABASE", ""))
    options = {name: text for name, text in vars(arguments).items() if name != "run"}
    try:
        return Demo(**options, command=(sys.executable, str(Path(__file__).resolve()))).run()
    except DemoTrouble as err:
        raise Trouble(str(err)) from err


def _check(arguments: argparse.Namespace) -> int:
    if arguments.expanded:
        print(expanded_text(arguments.plant), end="")
        return 0
    plant = load_plant(arguments.plant)
    tags = sum(len(machine.tags) for machine in plant.machines)
    held = ((len(plant.lines), "line"), (len(plant.machines), "machine"), (tags, "tag"))
    said = ", ".join(f"{count} {what}{'' if count == 1 else 's'}" for count, what in held)
    edges = f"{'edge' if len(plant.edges) == 1 else 'edges'} {', '.join(plant.edges)}"
    print(f"{arguments.plant}: right. {said}, {edges}. 正确。")
    for hint in hints(plant):
        print(f"look at this 请检查: {hint}")
    return 0


def _migrate(_: argparse.Namespace) -> int:
    applied = migrate(_database(_settings().need_database()))
    print(f"applied {', '.join(applied)}" if applied else "the database is up to date")
    return 0


def _simulator(arguments: argparse.Namespace) -> int:
    from simulator import service
    from simulator.pace import Pace

    plant = _plant(_settings())
    pace = Pace.lively() if arguments.pace == "lively" else Pace.normal()
    return service.run(
        plant,
        seed=arguments.seed,
        truth=arguments.truth,
        logger_folder=arguments.logger,
        history=arguments.history,
        pace=pace,
        stop_after=arguments.stop_after,
    )


def _edge(arguments: argparse.Namespace) -> int:
    if arguments.only_print:
        from edge.commands import print as command

        settings = _settings()
        return command.run(settings, _plant(settings), arguments.edge_id)
    # It waits until the agent can act on it: nobody is to miss a reload because it came during the start.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    from edge import agent

    settings = _settings()
    return agent.run(settings, _plant(settings), arguments.edge_id, arguments.logger)


def _browse(arguments: argparse.Namespace) -> int:
    from edge.commands import browse as command

    settings = _settings()
    plant = None if arguments.place.startswith("opc.tcp://") else _plant(settings)
    return command.run(settings, command.device_of(arguments.place, plant))


def _scan(arguments: argparse.Namespace) -> int:
    from edge.commands import scan as command

    if not 0 <= arguments.first <= arguments.last < ADDRESSES:
        raise Trouble(f"--from must not exceed --to, and {ADDRESSES - 1} is the last address")
    plant = None if arguments.place.startswith(command.SCHEME) else _plant(_settings())
    device, machine = command.device_of(arguments.place, plant)
    return command.run(device, machine, arguments.table, (arguments.first, arguments.last), arguments.width)


def _tags(arguments: argparse.Namespace) -> int:
    from config.tables import import_command as command

    try:
        return command.run(arguments.table, arguments.plant or _settings().plant, arguments.apply, arguments.machine)
    except command.CannotImport as err:
        raise Trouble(str(err)) from err


def _certificate(arguments: argparse.Namespace) -> int:
    from edge.commands import certificate as command

    if arguments.verb == "https":
        return _https()
    folder = _settings().data / "certificates"
    if arguments.verb == "trust":
        command.trust(folder, arguments.source, arguments.fingerprint)
    elif arguments.verb == "remove":
        command.remove(folder, arguments.fingerprint)
    else:
        {"create": command.create, "show": command.show, "list": command.trusted}[arguments.verb](folder)
    return 0


def _https() -> int:
    from mes.service import with_own_certificate
    from runtime.own_authority import OwnAuthority, fingerprint_of

    settings = _settings()
    if settings.own_authority is None:
        raise Trouble(
            "set SHOPFLOOR_HTTPS=own and SHOPFLOOR_HTTPS_NAMES=mes.local,10.0.0.5 as for mes, and its SHOPFLOOR_DATA"
        )
    with_own_certificate(settings)
    own = OwnAuthority(settings.own_authority, settings.https_names)
    print(f"{own.authority}: install it on tablets, see /ca 请安装到平板，见 /ca")
    print(f"SHA-256 {fingerprint_of(own.authority)}")
    print(f"for 用于 {', '.join(own.names)}")
    return 0


def _collector(_: argparse.Namespace) -> int:
    from collector import service

    settings = _settings()
    _need_tables(settings)
    return service.run(settings)


def _audit(arguments: argparse.Namespace) -> int:
    from mes.evidence.certificate_text import json_of, text_of
    from mes.evidence.store_certificate import ask, certify

    if arguments.from_at >= arguments.to_at:
        raise Trouble("--from must be earlier than --to")
    with connect(_migrated(_settings()), "audit") as conn:
        conn.execute("SET statement_timeout = 0")  # a long window takes as long as it takes
        made = ask(conn, certify(arguments.from_at, arguments.to_at, arguments.node, arguments.count))
    print(json_of(made) if arguments.json else text_of(made))
    return 0 if made.adds_up else 1


def _on_call(arguments: argparse.Namespace) -> int:
    from mes.alarms.rosters import store_command
    from mes.web.problems import Problem

    settings = _settings()
    url = _migrated(settings)
    asked = arguments.at, arguments.policy, arguments.priority, arguments.lasts
    try:
        print(store_command.run(url, _plant(settings), *asked))
    except Problem as err:
        raise Trouble(f"{err.detail} {err.cure}") from err
    return 0


def _audit_entries(_: argparse.Namespace) -> int:
    from mes.feed.store_sequencer import check_seals

    settings = _settings()
    with connect(_migrated(settings), "audit-entries") as conn:
        conn.execute("SET statement_timeout = 0")  # a long history takes as long as it takes
        sealed, broken = check_seals(conn, settings.audit_key)
    if broken is None:
        print(f"{sealed} audit entries are as they were sealed. {sealed} 条审计条目均未被改动。")
        return 0
    print(
        f"audit entry {broken} was changed or is missing, or SHOPFLOOR_AUDIT_KEY is not the key of its seal. "
        f"审计条目 {broken} 被改动或缺失，或者 SHOPFLOOR_AUDIT_KEY 不是封存它的密钥。"
    )
    return 1


def _client(arguments: argparse.Namespace) -> int:
    from mes.people.programs import store_client_command as command

    try:
        print(command.run(_migrated(_settings()), arguments))
    except command.CannotChangeClient as err:
        raise Trouble(str(err)) from err
    return 0


def _new_epoch(_: argparse.Namespace) -> int:
    from mes.feed.store_sequencer import begin_epoch

    with connect(_migrated(_settings()), "new-epoch") as conn:
        epoch = begin_epoch(conn)
    print(f"the feed begins epoch {epoch}: consumers are told to reconcile. 事件流开始新的一代，消费方会被要求先对账。")
    return 0


def _b2mml(arguments: argparse.Namespace) -> int:
    if find_spec("lxml") is None:
        raise Trouble("this needs the package lxml, which is not installed: pip install 'shopfloor[b2mml]'")
    from mes.erp.b2mml.check import NoSchema, checked

    try:
        kind, found = checked(arguments.file.read_bytes(), arguments.schema)
    except OSError as err:
        raise Trouble(f"{arguments.file}: cannot be read: {err.strerror}") from err
    except NoSchema as err:
        raise Trouble(str(err)) from err
    for who, mistakes in found.items():
        for mistake in mistakes:
            print(f"{who}: {mistake}")
        if not mistakes:
            print(f"{who}: a valid {kind}. 有效。")
    return 1 if any(found.values()) else 0


def _verify(arguments: argparse.Namespace) -> int:
    from verify import command

    code, said = command.run(arguments.receipt, arguments.frames)
    print(said, file=sys.stderr if code == command.NONE else sys.stdout)
    return code


def _mes(arguments: argparse.Namespace) -> int:
    from mes import service

    settings = _settings()
    if arguments.verb == "first-administrator":
        from mes.people.accounts import store_first_command

        url = _migrated(settings)
        print(store_first_command.run(url, service.address_of(settings)))
        return 0
    _need_tables(settings)
    return service.run(settings, _plant(settings))


def _alerts(arguments: argparse.Namespace) -> int:
    from alerts import service

    settings = _settings()
    if arguments.verb == "try":
        return _try_rule(settings, arguments)
    _need_tables(settings)
    return service.run(settings, _plant(settings))


def _try_rule(settings: Settings, arguments: argparse.Namespace) -> int:
    from alerts.trials.printed import lines_of
    from alerts.trials.store import NotTriable, try_rule
    from contract.sample import to_us

    plant = load_plant(arguments.plant) if arguments.plant else _plant(settings)
    rules = {rule.id: rule for rule in plant.rules}
    if arguments.rule not in rules:
        raise Trouble(f"'{arguments.rule}' is no rule of the plant file; they are {', '.join(rules) or 'none'}")
    url = _migrated(settings)
    rule, begin, end = rules[arguments.rule], arguments.from_at, arguments.to_at
    with connect(url, "alerts-try") as conn:
        conn.execute("SET default_transaction_read_only = on")
        try:
            times = try_rule(conn, plant, rule, begin, end)
        except NotTriable as err:
            raise Trouble(str(err)) from err
    print(*lines_of(plant, rule, times, (to_us(begin), to_us(end))), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
