"""Where a text stops being YAML → its place, and what is probably wrong. Pure."""

import yaml

# What PyYAML says, and what people have usually done.
CURES = {
    "cannot start any token": "a tab, @, ` or % begins a text: indent with blanks, and put such a text in quotes",
    "mapping values are not allowed": "there is a ':' too many: put a text with ': ' in quotes, or mend the indent",
    "could not find expected ':'": "a ':' is missing, or the line above is not finished",
    "expected <block end>": "the indent differs from that of the lines it belongs to",
    "expected ',' or": "a ',' is missing, or a bracket is not closed",
    "unexpected end of stream": "a quote or bracket is not closed",
    "undefined alias": "'*' names what no '&' has named above",
    "unknown escape character": "in double quotes a backslash begins a sign: use single quotes",
}
OTHERWISE = "look at this line and the one above for the indent, ':', quotes and brackets"


def mistake_of(err: yaml.YAMLError) -> str:
    """Such as 'line 7, column 3: this is not YAML: …'."""
    if isinstance(err, yaml.reader.ReaderError):
        return "file: this is not YAML: it has characters that no text has: save it as a text in UTF-8"
    mark = getattr(err, "problem_mark", None)
    said = str(getattr(err, "problem", None) or "")
    place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "file"
    cure = next((cure for words, cure in CURES.items() if words in said), OTHERWISE)
    return f"{place}: this is not YAML: {cure}"
