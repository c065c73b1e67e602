"""A name in one language or in many → in English and Chinese, which screens show. Pure."""

import re
from collections.abc import Collection, Mapping

from config.quoted import quoted

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
SHOWN = ("en", "zh")
EXAMPLE = "write a text such as Line 1, or one for each language: {en: Line 1, zh: 一号线}"


def in_shown_languages(written: object, others: Collection[str] = ()) -> dict[object, object]:
    """`en` and `zh`, each from what there is: the other of the two, or else the first language that was written.

    `others` are keys that are no language, which stay, as unknown ones do. ValueError names what is wrong.
    """
    if isinstance(written, str):
        written = {SHOWN[0]: written}
    if written is None or (isinstance(written, str) and not written.strip()):
        raise ValueError(f"is empty: {EXAMPLE}")
    if not isinstance(written, Mapping):
        raise ValueError(f"{quoted(written)} is not a name: {EXAMPLE}")
    texts = {key: text for key, text in written.items() if _is_language(key) and key not in others}
    for key, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            what = (
                f"{quoted(text)} is not a text: write it in quotes"
                if isinstance(text, int | float)
                else "is empty: write it"
            )
            raise ValueError(f"{key}: {what}, or leave this language out")
    rest = {key: value for key, value in written.items() if key not in texts}
    if not texts:
        wrong = f"'{next(iter(rest))}' is no language" if rest.keys() - set(others) else "no language is there"
        raise ValueError(f"{wrong}: {EXAMPLE}")
    return rest | {language: _in(language, texts) for language in SHOWN}


def _in(language: str, texts: Mapping[str, str]) -> str:
    """The text in a language, in a kind of it such as zh-Hans, in the other one that is shown, or in any."""
    for wanted in (language, *SHOWN):
        for key, text in texts.items():
            if key.split("-")[0] == wanted and (wanted not in texts or key == wanted):
                return text
    return next(iter(texts.values()))


def _is_language(key: object) -> bool:
    return isinstance(key, str) and LANGUAGE.fullmatch(key) is not None
