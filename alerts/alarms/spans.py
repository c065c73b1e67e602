"""How long, in English and Chinese. Pure."""

from datetime import timedelta

UNITS_EN = (("h", 3600), ("min", 60), ("s", 1))
UNITS_ZH = (("小时", 3600), ("分钟", 60), ("秒", 1))


def span_en(span: timedelta) -> str:
    """'1 h 30 min', to the second below an hour, to the minute above."""
    return _span(span, UNITS_EN)


def span_zh(span: timedelta) -> str:
    """'1 小时 30 分钟', as span_en."""
    return _span(span, UNITS_ZH)


def _span(span: timedelta, units: tuple[tuple[str, int], ...]) -> str:
    seconds = span.total_seconds()
    if seconds < 60:
        return f"{seconds:g} {units[-1][0]}"
    left = round(seconds) if seconds < 3600 else round(seconds / 60) * 60
    parts = []
    for unit, size in units:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts)
