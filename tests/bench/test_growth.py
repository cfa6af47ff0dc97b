# SPDX-License-Identifier: Apache-2.0
"""Ten times the work takes about ten times the instructions, in whatever
dimension it grows."""

import json
import random
import shutil

import pytest

import instructions

# What ten times may take: the start is in both counts, and a larger table is
# further from the processor, which no count sees.
LINEAR = 11.5


def mapping(cells, key="{/id|pad:10}", **more):
    return {"nf_mapping": 1, "rules": [dict({
        "table": "t", "key": key, "cells": {"f": cells}}, **more)]}


def columns(order):
    """n columns of a mapping, the members of a record in some order."""
    def make(n):
        names = [f"column_{k:05}" for k in range(n)]
        members = list(names)
        if order == "reversed":
            members.reverse()
        elif order == "shuffled":
            random.Random(7).shuffle(members)
        record = {"id": 1, **{name: "value" for name in members}}
        if order == "escaped":
            text = json.dumps(record).replace("column_", "\\u0063olumn_")
        else:
            text = json.dumps(record)
        return mapping({name: "/" + name for name in names}), text + "\n"
    return make


def items(n):
    return mapping({"v": "./v"}, "{/id}#{#}", for_each="/it"), json.dumps(
        {"id": 1, "it": [{"v": k} for k in range(n)]}) + "\n"


def members(n):
    return mapping([{"all": "/o", "prefix": "o."}]), json.dumps(
        {"id": 1, "o": {f"m{k}": "x" for k in range(n)}}) + "\n"


def unread(n):
    return mapping({"id": "/id"}), json.dumps(
        {"id": 1, **{f"m{k}": "x" for k in range(n)}}) + "\n"


def text(n):
    return mapping({"v": "/v"}), json.dumps(
        {"id": 1, "v": "a\\\"é" * n}) + "\n"


def indexes(n):
    return mapping({f"c{k}": f"/it/{k}" for k in range(n)}), json.dumps(
        {"id": 1, "it": list(range(n))}) + "\n"


def shared(n):
    """Rows that share a key, and so are compared cell by cell."""
    return mapping({"{#}": "./v"}, "{/id}", for_each="/it"), json.dumps(
        {"id": 1, "it": [{"v": k} for k in range(n)]}) + "\n"


def allowed(n):
    """Values that are looked up in a list, both of them long."""
    texts = [f"text-{k}" for k in range(n)]
    random.Random(7).shuffle(texts)
    return mapping({"v": {"from": "./v", "in": texts}}, "{/id}#{#}",
                   for_each="/it"), json.dumps(
        {"id": 1, "it": [{"v": f"text-{k}"} for k in range(n)]}) + "\n"


def named_in_condition(n):
    texts = [f"text-{k}" for k in range(n)]
    return mapping({"v": "./v"}, "{/id}#{#}", for_each="/it", when={
        "from": "./v", "in": texts}), json.dumps(
        {"id": 1, "it": [{"v": f"text-{k}"} for k in range(n)]}) + "\n"


def excepted(n):
    """Members that a wildcard leaves out, each by its name."""
    names = [f"m{k}" for k in range(n)]
    return mapping([{"all": "/o", "prefix": "o.", "except": names},
                    {"columns": {"id": "/id"}}]), json.dumps(
        {"id": 1, "o": {name: "x" for name in names}}) + "\n"


def records(n):
    return mapping({"v": "/v"}), "".join(
        json.dumps({"id": k, "v": "x"}) + "\n" for k in range(n))


DIMENSIONS = {
    **{f"columns, {order}": (columns(order), 200) for order in (
        "in order", "reversed", "shuffled", "escaped")},
    "items": (items, 500), "members": (members, 500),
    "members that nothing reads": (unread, 500),
    "a long text": (text, 1000), "items by number": (indexes, 300),
    "rows that share a key": (shared, 200), "records": (records, 500),
    "an in list": (allowed, 300), "an in list of a condition":
    (named_in_condition, 300), "names that a wildcard leaves out":
    (excepted, 300)}


def of_records(make, n, path):
    """The instructions for the records, without those for the mapping."""
    rules, lines = make(n)
    path.write_text(json.dumps(rules))
    command = [instructions.BUILD / "nf-transform", "-m", path, "--ts", "0"]
    return instructions.count(command, lines.encode()) - \
        instructions.count(command)


@pytest.mark.parametrize("name", DIMENSIONS)
def test_growth(name, tmp_path):
    if not shutil.which("valgrind"):
        pytest.skip("no valgrind")
    make, n = DIMENSIONS[name]
    small, large = (of_records(make, size, tmp_path / "m.json")
                    for size in (n, 10 * n))
    print(f"{name}: {small} to {large}: {large / small:.1f}")
    assert small > 0 and large < LINEAR * small
