"""What is unusual about a machine, in English and Chinese. Pure."""

from alerts.alarms.spans import span_en, span_zh
from alerts.detectors.anomaly import Figure
from alerts.detectors.machine import Deviation, TagDeviation
from config.plant import Plant

FIGURES = {
    Figure.VALUE: ("", ""),
    Figure.MEAN: ("its mean of the last minutes", "最近几分钟的均值"),
    Figure.TIME_OF_DAY: ("unusual for this time of day", "在一天中的这个时段不正常"),
    Figure.TOGETHER: ("together they move as never before", "各量的配合前所未见"),
    Figure.SHIFT: ("a lasting shift", "持续偏移"),
}


def unusual(plant: Plant, machine: str, found: Deviation | None) -> tuple[str, str]:
    """'temperature 68 °C, usually 61 ± 3; ...', with what kind it is and when a fixed limit will be reached."""
    if found is None or not found.tags:
        return "unlike its good time", "与正常时段不同"
    en = "; ".join(_tag(plant, machine, tag, "usually") for tag in found.tags)
    zh = "；".join(_tag(plant, machine, tag, "通常") for tag in found.tags)
    kind = FIGURES[found.figure]
    if kind[0]:
        en, zh = f"{en} ({kind[0]})", f"{zh}（{kind[1]}）"
    if found.to_limit is not None:
        en += f"; at its limit in about {span_en(found.to_limit)} if it goes on"
        zh += f"；照此趋势约 {span_zh(found.to_limit)}后到达限值"
    return en, zh


def _tag(plant: Plant, machine: str, found: TagDeviation, usually: str) -> str:
    tags = {tag.name: tag.unit for tag in plant.machine(machine).tags}
    unit = tags.get(found.tag, "s")
    unit = f" {unit}" if unit else ""
    comma = "，" if usually == "通常" else ", "
    return f"{found.tag} {found.value:.4g}{unit}{comma}{usually} {found.usual:.4g} ± {found.spread:.2g}{unit}"
