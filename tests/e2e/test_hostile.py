# SPDX-License-Identifier: Apache-2.0
"""Whatever a record looks like: a verdict, always the same, and never more
than 256 MiB at the default limits."""

import json
import re

import pytest

from rest import Reply, Rest

MB = 1 << 20
LIMIT = 256 * 1024  # KiB

# A record as bytes, and who takes it: f(etch), s(tage), t(ransform), l(oad).
# nf-load has it as the cells of a family.
RECORDS = {
    "overlong": ("", b'{"a":"\xc0\xaf"}'),
    "surrogate": ("", b'{"a":"\xed\xa0\x80"}'),
    "truncated": ("", b'{"a":"\xe2\x82"}'),
    "lone-escape": ("", b'{"a":"\\ud800"}'),
    "escaped-nul": ("fstl", b'{"a":"\\u0000"}'),
    "nul": ("", b'{"a":"\x00"}'),
    "key-with-nul": ("fstl", b'{"a\\u0000b":"1"}'),
    "bom": ("st", b'\xef\xbb\xbf{"a":"1"}'),
    "control": ("", b'{"a":"\x01"}'),
    "blank": ("fstl", b'   {"a" : "1" }  '),
    "cut": ("", b'{"a":"1"'),
    "garbage-behind": ("", b'{"a":"1"}}'),
    "two": ("", b'{"a":"1"}{"a":"2"}'),
    "no-object": ("fst", b'"a"'),
    "twice": ("", b'{"a":"1","a":"2"}'),
    "1e400": ("fstl", b'{"a":1e400}'),
    "400-digits": ("fstl", b'{"a":' + b"9" * 400 + b"}"),
    "leading-zero": ("", b'{"a":01}'),
    "nan": ("", b'{"a":NaN}'),
    "deep-512": ("fst", b'{"a":' + b"[" * 500 + b"]" * 500 + b"}"),
    "deep-1e6": ("", b'{"a":' + b"[" * 1000000 + b"]" * 1000000 + b"}"),
    "deep-open": ("", b'{"a":' * 1000000),
    "million-keys": ("fst", b"{" + b",".join(
        b'"k%d":1' % i for i in range(1000000)) + b"}"),
    "million-values": ("fst", b'{"a":[' + b"1," * 999999 + b"1]}"),
    "million-escapes": ("fstl", b'{"a":"' + b"\\u00e7" * 1000000 + b'"}'),
    "15-mb": ("fstl", b'{"a":"' + b"x" * (15 * MB) + b'"}'),
    "100-mb": ("", b'{"a":"' + b"x" * (100 * MB) + b'"}'),
    "100-mb-blank": ("", b" " * (100 * MB)),
    "control-line": ("l", b'{"$nf":"end","records":1,"crc32c":"00000000"}'),
}
MAPPING = """{"nf_mapping": 1, "tables": {"t": {"families": {"f": {}}}},
"rules": [{"table": "t", "key": "{$record}", "cells": {"f": {
"n": "$record", "a": {"from": "/a", "type": "json"}}}}]}"""


def measured(tools, script):
    """The exit code, the messages and the most memory, in KiB."""
    done = tools.sh(f"/usr/bin/time -o rss -f %M {script}", timeout=300)
    rss = (tools.folder / "rss").read_text().split()[-1]
    return done.returncode, done.stderr, int(rss)


def verdicts(tools, body):
    """What each tool says of the record, and the memory it took."""
    (tools.folder / "mapping").write_text(MAPPING)
    (tools.folder / "in").write_bytes(body + b"\n")
    mutation = b'{"table":"t","row":"r","ts":1000,"cells":{"f":%s}}\n' % body
    (tools.folder / "mutation").write_bytes(mutation)
    tools.run("nf-load", "create", "-t", "t", "-f", "f", "sqlite:t.db",
              check=0)
    found = {}
    with Rest(lambda r: Reply(body=b"[" + body + b"]", headers={
            "Content-Type": "application/json"})) as api:
        found["nf-fetch"] = measured(
            tools, f"nf-fetch {api.base} > fetched")
    tools.sh("rm -rf run")
    found["nf-stage"] = measured(
        tools, "nf-stage put --unsealed --emit none file://$PWD/run < in")
    found["nf-transform"] = measured(
        tools, "nf-transform --ts 1000 -m ./mapping < in > out")
    found["nf-load"] = measured(
        tools, "nf-load apply sqlite:t.db < mutation")
    return found


@pytest.mark.parametrize("name", RECORDS)
def test_hostile(name, tools):
    takers, body = RECORDS[name]
    for _ in range(2):
        for tool, (code, err, rss) in verdicts(tools, body).items():
            takes = tool[len("nf-")] in takers
            assert code == (0 if takes else 65), (tool, err)
            assert takes or re.search(r"(line|page|record) 1\b", err), err
            print(f"{tool}: {code}, {rss} KiB: {err.splitlines()[0][:90]}")
            assert rss <= LIMIT, (tool, rss)


def rules(*cells, key="{/id}", **more):
    return [{"table": "t", "key": key, "cells": c, **more} for c in cells]


# A record of which the mapping would make far more than it is, or that takes
# much work, and the code of its reject: the one after it is transformed.
ALL = [{"all": "/o"}]
GROWING = {
    "long-name": (rules({"f": ALL}), {"id": "1", "o": {
        "k" * 16000: {f"{i}": 1 for i in range(75000)}}}, "row_too_large"),
    "many-cells": (rules({"f": ALL}), {"id": "1", "o": {
        f"{i}": 1 for i in range(200000)}}, "too_many_cells"),
    "one-key": (rules({"f": ALL}, {"g": ALL}), {"id": "k" * 4000, "o": {
        f"k{i}": 1 for i in range(60000)}}, None),
    "note-in-each-row": (rules(
        {"f": {"note": "/note"}}, key="{/id}#{#}", for_each="/items"),
        {"id": "1", "note": "x" * 500000, "items": [{}] * 1000},
        "row_too_large"),
    "million-rows": (rules({"f": {"n": "$record"}}, key="{#}",
                           for_each="/i"),
                     {"i": [1] * 8000000}, "row_too_large"),
}


@pytest.mark.parametrize("name", GROWING)
def test_growing(name, tools):
    rule, record, code = GROWING[name]
    (tools.folder / "mapping").write_text(json.dumps(
        {"nf_mapping": 1, "unmatched": "skip", "rules": rule}))
    text = json.dumps(record, separators=(",", ":"))
    (tools.folder / "in").write_text(text + '\n{"id":"2","o":{"x":1}}\n')
    done, err, rss = measured(
        tools, "nf-transform --ts 1000 -m ./mapping --reject r < in > out")
    assert done == 0, err
    refused = (tools.folder / "r").read_text().splitlines()
    assert [json.loads(r)["code"] for r in refused] == [code] * bool(code)
    assert "2 records" in err, err
    print(f"{rss} KiB: {err.splitlines()[0][:90]}")
    assert rss <= LIMIT, rss


@pytest.mark.parametrize("body,code", [
    (b"[" + b"1," * (3 << 20) + b"1]", 0),
    (b"[" + b"1," * (6 * MB - 9) + b"1]", 0),
    (b"[" + b"1," * (15 << 20) + b"1]", 65),
    (b"[" + b'"%s",' % (b"x" * 1000) * (31 << 10) + b"1]", 0)])
@pytest.mark.parametrize("rules", [
    [], [{"pointer": "/error", "do": "fail"}]])
def test_pages_within_the_memory(tools, body, code, rules):
    """Several large pages, one fetched while another is written."""
    (tools.folder / "s.json").write_text(json.dumps({"responses": rules}))
    def answer(request):
        # No page has the records of the one before it.
        n = request.query.get("page", "1")
        return Reply(body=b"[" + n.encode() + b"," + body[1:])
    with Rest(answer) as api:
        done, err, rss = measured(tools, "nf-fetch -p page --max-pages 3 "
                                  f"-s s.json {api.base} > fetched")
    assert done == code, err
    assert code == 0 or "values" in err
    assert rss <= LIMIT
