"""The time elements as docs/elements.md and its Chinese twin tell them.

`.venv/bin/python -m tests.support.elements_table` writes both anew after a change of mes/kpi/elements.py.
"""

from dataclasses import fields
from pathlib import Path

from mes.kpi.elements import UNOBSERVED, Elements, in_answers

HEADS = {
    "en": """# Time elements

[English](elements.md) · [简体中文](elements.zh.md)

What every KPI is made of: whole microseconds, parts and stops of a window, machine by machine.
They add up over machines and over time; those marked * add up over full hours of the clock only.
The first column is the name in answers of the API; [kpis.md](kpis.md) tells how KPIs are made of them.

| Name | Unit | Meaning |
|---|---|---|
""",
    "zh": """# 时间要素

[English](elements.md) · [简体中文](elements.zh.md)

每个 KPI 的组成：一个时间窗内每台机器的整数微秒、零件数和停机次数。
它们按机器和时间相加；带 * 的只按整点小时相加。
第一列是 API 应答中的名字；[kpis.zh.md](kpis.zh.md) 说明如何由它们得到 KPI。

| 名字 | 单位 | 含义 |
|---|---|---|
""",
}
UNITS = {"en": {"us": "µs", "part": "parts", "stop": "stops"}, "zh": {"us": "微秒", "part": "件", "stop": "次"}}


def table(language: str) -> str:
    """The whole page in a language, en or zh."""
    rows = [
        f"| `{in_answers(one.name)}`{' *' if one.name in UNOBSERVED else ''}"
        f" | {UNITS[language][one.metadata['unit']]} | {one.metadata[language]} |"
        for one in fields(Elements)
    ]
    return HEADS[language] + "\n".join(rows) + "\n"


def page(language: str) -> Path:
    """Where it stands."""
    return Path("docs") / ("elements.md" if language == "en" else "elements.zh.md")


if __name__ == "__main__":
    for tongue in HEADS:
        page(tongue).write_text(table(tongue), encoding="utf-8")
