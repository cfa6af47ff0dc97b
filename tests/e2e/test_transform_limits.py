# SPDX-License-Identifier: Apache-2.0
"""nf-transform at Bigtable's limits: what is allowed to the last byte passes,
one more is refused with its code.  The large ones with NF_TORTURE=full."""

import json

import pytest

from conftest import FULL, ndjson

MIB = 1 << 20
LARGE = pytest.mark.skipif(not FULL, reason="NF_TORTURE=full")


def transform(tools, rule, record):
    """The size of the output and the code of the reject, if any."""
    (tools.folder / "m.json").write_text(json.dumps(
        {"nf_mapping": 1, "rules": [{"table": "t", **rule}]}))
    (tools.folder / "in").write_text(json.dumps(record) + "\n")
    with open(tools.folder / "in", "rb") as lines, \
            open(tools.folder / "out", "wb") as out:
        tools.run("nf-transform", "-q", "-m", "m.json", "--ts", "0",
                  "--max-line", "512M", "--reject", "r", stdin=lines,
                  stdout=out, check=0)
    codes = [r["code"] for r in ndjson((tools.folder / "r").read_text())]
    (tools.folder / "in").unlink()
    return (tools.folder / "out").stat().st_size, codes


def check(tools, rule, record_of, limit, code, least=None):
    size, codes = transform(tools, rule, record_of(limit))
    assert codes == [] and size > (limit if least is None else least)
    assert transform(tools, rule, record_of(limit + 1)) == (0, [code])


@pytest.mark.parametrize("letter", ["x", "\u00e9", "\""])
def test_row_key(tools, letter):
    width = len(letter.encode())
    check(tools, {"key": "{/k}", "cells": {"f": {"q": "/v"}}},
          lambda n: {"k": letter * (4096 // width) + "x" * (n - 4096),
                     "v": "v"}, 4096, "key_too_long")


@pytest.mark.parametrize("letter", ["x", "\u00e9", "\\"])
@pytest.mark.parametrize("wild", [False, True])
def test_qualifier(tools, letter, wild):
    width = len(letter.encode())
    cells = [{"all": "/o"}] if wild else {"{/q}": "/v"}

    def record(n):
        name = letter * (16384 // width) + "x" * (n - 16384)
        return {"o": {name: "v"}} if wild else {"q": name, "v": "v"}

    check(tools, {"key": "{$record}", "cells": {"f": cells}}, record, 16384,
          "qualifier_too_long")


@pytest.mark.parametrize("wild", [False, True])
def test_mutations(tools, wild):
    cells = [{"all": "/o"}] if wild else [
        {"for_each": "/o", "columns": {"{#}": "$record"}}]
    check(tools, {"key": "{$record}", "cells": {"f": cells}},
          lambda n: {"o": {f"{i}": 1 for i in range(n)} if wild
                     else [{}] * n}, 100_000, "too_many_cells")


@LARGE
@pytest.mark.parametrize("cells", [[{"all": "/o"}], {"v": "/o/v"}, {
    "v": {"from": "/o/v|trim", "type": "string"}}])
@pytest.mark.parametrize("letter", ["x", "\u00e9", "\\"])
def test_value(tools, cells, letter):
    width = len(letter.encode())
    check(tools, {"key": "{$record}", "cells": {"f": cells}},
          lambda n: {"o": {"v": letter * (100 * MIB // width) +
                           "x" * (n - 100 * MIB)}},
          100 * MIB, "cell_too_large")


@LARGE
def test_bytes(tools):
    def record(n):
        return {"v": "AAAA" * (n // 3) + ["", "AA==", "AAA="][n % 3]}
    check(tools, {"key": "{$record}", "cells": {"f": {
        "v": {"from": "/v", "type": "bytes"}}}}, record, 100 * MIB,
        "cell_too_large")


@LARGE
def test_row(tools):
    """The names around the values count a little."""
    def record(n):
        return {"o": {"a": "x" * (90 * MIB), "b": "\"" * (90 * MIB),
                      "c": "x" * (76 * MIB - 200 + n)}}
    rule = {"key": "{$record}", "cells": {"f": [{"all": "/o"}]}}
    size, codes = transform(tools, rule, record(0))
    assert codes == [] and size > 256 * MIB
    assert transform(tools, rule, record(200)) == (0, ["row_too_large"])


@pytest.mark.parametrize("least,most", [(1, 48), pytest.param(
    20, 60, marks=LARGE), pytest.param(180, 512, marks=LARGE)])
def test_all_rows_of_a_record(tools, least, most):
    """Each item drags a megabyte along."""
    def rows(n):
        return {"x": "x" * (MIB - 100), "items": [{}] * n,
                "unused": "x" * ((least - 1) * MIB)}
    rule = {"for_each": "/items", "key": "{#}",
            "cells": {"f": {"x": "/x"}}}
    size, codes = transform(tools, rule, rows(most - 1))
    assert codes == [] and size > (most - 2) * MIB
    assert transform(tools, rule, rows(most + 1)) == (0, ["row_too_large"])


def test_threads_hold_little_of_what_records_become(tools):
    """Half a megabyte becomes half a gigabyte, in which one is refused."""
    (tools.folder / "m.json").write_text(json.dumps(
        {"nf_mapping": 1, "rules": [{
            "table": "t", "for_each": "/a", "key": "{/id}#{#}",
            "cells": {"f": {"t": "/t"}}}]}))
    (tools.folder / "in").write_text("".join(json.dumps(
        {"id": "" if n == 7 else str(n), "t": "x" * 4000, "a": [0] * 2000},
        separators=(",", ":")) + "\n" for n in range(60)))
    results = set()
    for jobs in 1, 2, 4:
        done = tools.sh("/usr/bin/time -o rss -f %M nf-transform -q -m m.json"
                        f" --ts 0 -j {jobs} --reject r < in | sha256sum",
                        check=0)
        assert int((tools.folder / "rss").read_text()) < 200 << 10, jobs
        results.add((done.stdout, (tools.folder / "r").read_text()))
    assert len(results) == 1
