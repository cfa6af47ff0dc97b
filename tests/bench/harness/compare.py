# SPDX-License-Identifier: Apache-2.0
"""Do two programs say the same?  Nothing is timed before they do.

The answers: "exact" (the same values, texts of numbers included), "other
timestamps" (the same but for the cells' time), "digits lost" (the same only if
numbers are read as doubles), and an exception.
"""

import json

EXACT = "exact"
OTHER_TIME = "other timestamps"
LOOSE = "digits lost"


class Different(Exception):
    """Two outputs that should say the same do not."""


def loose(value):
    """The value with everything that looks like a number as a double, and
    JSON in strings read."""
    if isinstance(value, dict):
        return {key: loose(item) for key, item in value.items()}
    if isinstance(value, list):
        return [loose(item) for item in value]
    if isinstance(value, str):
        if value[:1] == "{":
            return loose(json.loads(value, parse_float=str, parse_int=str))
        try:
            return float(value)
        except ValueError:
            return value
    return value


def nested(value):
    """The value with JSON in strings read, numbers as their texts."""
    if isinstance(value, dict):
        return {key: nested(item) for key, item in value.items()}
    if isinstance(value, list):
        return [nested(item) for item in value]
    if isinstance(value, str) and value[:1] == "{":
        return nested(json.loads(value, parse_float=str, parse_int=str))
    return value


def parse(line):
    return json.loads(line, parse_float=str, parse_int=str)


def lines(path, ordered):
    with open(path, "rb") as f:
        found = f.read().splitlines()
    if not ordered:
        found.sort(key=lambda line: (parse(line)["table"],
                                     parse(line)["row"]))
    return found


def same(ours, theirs, ordered=True):
    """Compare two files of NDJSON line by line: EXACT or LOOSE."""
    a, b = lines(ours, ordered), lines(theirs, ordered)
    if not a or len(a) != len(b):
        raise Different(f"{len(a)} lines of ours, {len(b)} of theirs")
    result = EXACT
    for i, (x, y) in enumerate(zip(a, b)):
        if x == y:
            continue
        x, y = parse(x), parse(y)
        if x == y or nested(x) == nested(y):
            continue
        if loose(x) != loose(y):
            raise Different(f"line {i + 1} differs")
        result = LOOSE
    return result


def same_cells(ours, theirs):
    """Compare what two null servers were sent."""
    if not ours["rows"] or (ours["rows"], ours["cells"]) != (
            theirs["rows"], theirs["cells"]):
        raise Different(f"{ours['rows']} rows, {ours['cells']} cells of ours,"
                        f" {theirs['rows']}, {theirs['cells']} of theirs")
    if ours["exact"] == theirs["exact"]:
        return EXACT
    if ours["text"] == theirs["text"]:
        return OTHER_TIME
    if ours["loose"] == theirs["loose"]:
        return LOOSE
    raise Different("other cells")
