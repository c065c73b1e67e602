"""What the subcommands with more than one argument may be told. Pure."""

import argparse
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import get_args

from config.durations import parse_duration
from config.modbus import Table
from config.quoted import quoted

DEMO_PLANT = Path(str(files("config").joinpath("demo.yaml")))


def demo(sub: argparse.ArgumentParser) -> None:
    """Of `demo`."""
    sub.add_argument("--data", type=Path, default=Path("data"), metavar="DIR", help="keeps everything (data)")
    sub.add_argument("--plant", type=Path, default=DEMO_PLANT, metavar="FILE", help="another plant file")
    sub.add_argument("--database", metavar="URL", help="an external PostgreSQL or TimescaleDB")
    sub.add_argument("--broker", metavar="URL", help="an external broker, mqtt://... or mqtts://...")
    sub.add_argument("--port", type=int, default=8080, help="of the wall (8080)")
    sub.add_argument(
        "--history", type=_duration, default=timedelta(hours=8), help="what the machines lived before (8h)"
    )
    sub.add_argument("--seed", type=int, default=1, help="another seed, another day (1)")
    sub.add_argument("--no-simulator", action="store_true", help="the PLCs of the plant file are real")
    sub.add_argument("--erp", choices=["tryton"], help="start this ERP beside it, installed from PyPI on first use")


def simulator(sub: argparse.ArgumentParser) -> None:
    """Of `simulator`."""
    sub.add_argument("--seed", type=int, default=1, help="the same seed lives the same day (1)")
    sub.add_argument("--truth", type=Path, default=Path("truth.jsonl"), metavar="FILE", help="what really happened")
    sub.add_argument("--logger", type=Path, metavar="FOLDER", help="where the history is left for the edge agents")
    sub.add_argument("--history", type=_duration, default=timedelta(0), help="live through this first (0s)")
    sub.add_argument("--pace", choices=("normal", "lively"), default="normal", help="lively: much happens, for tests")
    sub.add_argument("--stop-after", type=_duration, metavar="TIME", help="then all machines stand still, still served")


def scan(sub: argparse.ArgumentParser) -> None:
    """Of `scan`."""
    sub.add_argument(
        "place",
        metavar="URL|DEVICE",
        help="modbus://HOST:PORT?unit=1 and any key of a device, or one of the plant file",
    )
    sub.add_argument("--table", choices=get_args(Table), default="holding", help="which table (holding)")
    sub.add_argument("--from", dest="first", type=int, default=0, metavar="N", help="the first address (0)")
    sub.add_argument("--to", dest="last", type=int, default=999, metavar="N", help="the last address (999)")
    sub.add_argument("--width", type=int, choices=(1, 2, 4), default=1, help="registers of a value, see docs/modbus.md")
    sub.epilog = "Reads only. Ctrl-C ends it and prints what was found. 只读；按 Ctrl-C 结束并打印已找到的内容。"


def tags(sub: argparse.ArgumentParser) -> None:
    """Of `tags`, a verb each."""
    verbs = sub.add_subparsers(dest="verb", metavar="VERB", required=True)
    table = verbs.add_parser(
        "import", help="show what a table of tags would change in the plant file, or write it 导入"
    )
    table.add_argument("table", type=Path, metavar="TABLE", help="a table as browse writes it: CSV, xlsx or ods")
    table.add_argument("--plant", type=Path, metavar="FILE", help="the plant file (SHOPFLOOR_PLANT)")
    table.add_argument("--apply", action="store_true", help="write the plant file; comments and layout stay")
    table.add_argument("--machine", default="", metavar="ID", help="whose tags these are, where no column says it")
    table.epilog = (
        "Tags that are not in the table are left alone. Exit code 1: rows with mistakes were left out, all others are "
        "done; 2: the table or the plant file cannot be used, nothing is written."
    )


def certificate(sub: argparse.ArgumentParser) -> None:
    """Of `certificate`, a verb each."""
    verbs = sub.add_subparsers(dest="verb", metavar="VERB", required=True)
    verbs.add_parser("create", help="make the agent's key and certificate 生成")
    verbs.add_parser("show", help="the agent's certificate, to be accepted by servers 显示")
    verbs.add_parser("list", help="the servers that the agent trusts 列出")
    verbs.add_parser("https", help="mes: its own authority for HTTPS, with the fingerprint 网页证书")
    trust = verbs.add_parser("trust", help="trust a server, after its fingerprint was compared 信任")
    trust.add_argument("source", metavar="FILE|URL", help="a certificate in DER or PEM form, or opc.tcp://HOST:PORT")
    trust.add_argument("--fingerprint", metavar="SHA256", help="what the server shows, instead of the question")
    remove = verbs.add_parser("remove", help="trust a server no longer 移除")
    remove.add_argument("fingerprint", metavar="SHA256", help="its fingerprint, or its first eight digits")


def client(sub: argparse.ArgumentParser) -> None:
    """Of `client`, a verb each."""
    verbs = sub.add_subparsers(dest="verb", metavar="VERB", required=True)
    add = verbs.add_parser("add", help="a new program; prints its key, once 新增")
    rotate = verbs.add_parser("rotate", help="another key for a program; prints it, once 更换密钥")
    scopes = verbs.add_parser("scopes", help="what a program may do from now on 修改权限")
    revoke = verbs.add_parser("revoke", help="a program may nothing any more, within seconds and for good 吊销")
    verbs.add_parser("list", help="all programs, and how long their keys are good 列出")
    for one in (add, rotate, scopes, revoke):
        one.add_argument("name", metavar="NAME", help="what journals call it: small letters, digits, - and _")
    for one in (add, scopes):
        one.add_argument("--scopes", required=True, metavar="A,B", help="what it may do: read,orders, see /docs")
    for one in (add, rotate):
        one.add_argument("--expires", type=_duration, metavar="TIME", help="the key is good for so long: 90d (no end)")
    rotate.add_argument(
        "--overlap",
        type=_duration,
        default=timedelta(days=1),
        metavar="TIME",
        help="the one before is good so long (24h)",
    )


def mes(sub: argparse.ArgumentParser) -> None:
    """Of `mes`."""
    sub.add_argument(
        "verb", nargs="?", choices=["first-administrator"], help="print a link to set up an administrator, and end"
    )
    sub.epilog = (
        "Where nobody can log in yet, mes prints such a link at its start; it works once, for 24 hours. "
        "还没有人能登录时，mes 启动时会打印设置管理员的链接，只能用一次，24 小时内有效。"
    )


def on_call(sub: argparse.ArgumentParser) -> None:
    """Of `on-call`."""
    sub.add_argument("--at", type=_instant, default="0s", metavar="TIME", help="2026-12-24T03:10+08:00 (now)")
    sub.add_argument("--policy", metavar="ID", help="whom an alarm of this policy would call, and how")
    sub.add_argument("--priority", choices=["low", "medium", "high"], default="high", help="of that alarm (high)")
    sub.add_argument("--lasts", type=_duration, default="4h", metavar="TIME", help="with nobody acknowledging it (4h)")


def alerts(sub: argparse.ArgumentParser) -> None:
    """Of `alerts`: without a verb the service."""
    verbs = sub.add_subparsers(dest="verb", metavar="VERB")
    tried = verbs.add_parser("try", help="when would a rule have raised an alarm? nothing is written 试运行规则")
    tried.add_argument("rule", metavar="RULE", help="its id in the plant file")
    tried.add_argument("--from", dest="from_at", type=_instant, default="24h", metavar="TIME", help="begin (24h)")
    tried.add_argument("--to", dest="to_at", type=_instant, default="0s", metavar="TIME", help="end (now)")
    tried.add_argument("--plant", type=Path, metavar="FILE", help="another plant file, before it is put in force")
    tried.epilog = "TIME is 2026-01-31T06:00:00Z, or 24h for so long ago."


def b2mml(sub: argparse.ArgumentParser) -> None:
    """Of `b2mml`, a verb each."""
    verbs = sub.add_subparsers(dest="verb", metavar="VERB", required=True)
    check = verbs.add_parser("check", help="is a document valid? each mistake with its element, line and cure 检查")
    check.add_argument("file", type=Path, metavar="FILE", help="an OperationsSchedule or OperationsPerformance")
    check.add_argument("--schema", type=Path, metavar="DIR", help="a folder with MESA's schema: valid by that, too?")
    check.epilog = "Exit code 0: valid, 1: not valid, 2: the file or the schema cannot be read."


def audit(sub: argparse.ArgumentParser) -> None:
    """Of `audit`."""
    sub.add_argument("--from", dest="from_at", type=_instant, required=True, metavar="TIME", help="begin, included")
    sub.add_argument("--to", dest="to_at", type=_instant, default="0s", metavar="TIME", help="end, excluded (now)")
    sub.add_argument("--node", metavar="EDGE", help="only this edge (all)")
    sub.add_argument("--count", action="store_true", help="count the rows of table sample too; takes its time")
    sub.add_argument("--json", action="store_true", help="for programs")
    sub.epilog = "TIME is 2026-01-31T06:00:00Z, or 24h for so long ago. Exit code 1: it does not add up."


def _duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as err:
        raise argparse.ArgumentTypeError(str(err)) from err


def _instant(text: str) -> datetime:
    """An instant with its zone, or so long ago."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        try:
            return datetime.now(UTC) - parse_duration(text)
        except (ValueError, OverflowError) as err:
            known = "an instant such as 2026-12-24T03:10+08:00, or so long ago, such as 24h"
            raise argparse.ArgumentTypeError(f"{quoted(text)} is neither {known}") from err
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError(f"'{text}' has no zone: write {text}Z for UTC, or {text}+08:00")
    if not 2000 <= at.year < 2200:
        raise argparse.ArgumentTypeError(f"'{text}' is not in the years 2000 to 2199")
    return at
