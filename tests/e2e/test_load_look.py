# SPDX-License-Identifier: Apache-2.0
"""Looking around in a target: ls, count, scan -o and -0, --create."""

import json

import pytest

from conftest import FLAT

TS = 1795456800000000
KEYS = ("a", "a\nb", "c\td", "e\rf", "\u00e9", "\\\\x")


def row(key, ts=TS, table="t", **cells):
    return json.dumps({"table": table, "row": key, "ts": ts, "cells": {
        "f": cells or {"q": key}}}) + "\n"


@pytest.fixture
def db(tools):
    tools.run("nf-load", "create", "-t", "t", "-f", "f:versions=2", "-f",
              "g:age=30d", "sqlite:a.db", check=0)

    def load(text):
        return tools.run("nf-load", "sqlite:a.db", input=text, check=0)
    return load


def scan(tools, *args, check=0):
    return tools.run("nf-load", "scan", "-q", "-t", "t", *args,
                     "sqlite:a.db", check=check).stdout


def test_ls(tools, db):
    tools.run("nf-load", "create", "-t", "u", "-f", "x", "--granularity",
              "micros", "sqlite:a.db", check=0)
    out = tools.run("nf-load", "ls", "sqlite:a.db", check=0).stdout
    assert [json.loads(line) for line in out.splitlines()] == [
        {"table": "t", "granularity": "millis", "families": {
            "f": {"gc": {"versions": 2}}, "g": {"gc": {"age": "2592000s"}}}},
        {"table": "u", "granularity": "micros",
         "families": {"x": {"gc": {}}}}]
    p = tools.run("nf-load", "ls", "-t", "none", "sqlite:a.db")
    assert p.returncode == 78 and "no such table" in p.stderr


def test_count(tools, db):
    def count(*args):
        return tools.run("nf-load", "count", "-q", *args, "sqlite:a.db",
                         check=0).stdout
    assert count() == "t\t0\n" and count("-t", "t") == "0\n"
    db("".join(row(f"{i:05d}") for i in range(1200)) + row("x", a="1", b="2"))
    assert count("-t", "t") == "1201\n"
    assert count("-t", "t", "-p", "0000") == "10\n"
    assert count("-t", "t", "-l", "7") == "7\n"
    assert count("-t", "t", "--range", "[00010,00020)") == "10\n"


@pytest.mark.parametrize("key", ("a\nb", "a\n", "a\r", "\n"))
def test_keys_with_ends_of_lines(tools, db, key):
    db(row("a") + row(key) + row("z"))
    p = tools.run("nf-load", "scan", "-q", "-t", "t", "--keys-only",
                  "sqlite:a.db")
    assert p.returncode == 65 and "--null" in p.stderr
    got = tools.start("nf-load", "scan", "-q", "-t", "t", "-0",
                      "--keys-only", "sqlite:a.db")
    out, _ = got.communicate()
    assert sorted(out.decode().split("\0")[:-1]) == sorted(["a", key, "z"])
    (tools.folder / "keys").write_bytes(out)
    assert len(scan(tools, "-0", "--keys", "keys").splitlines()) == 3


@pytest.mark.parametrize("text,n", (
    (b"a\r\n", 1), (b"a\r\nb\r\n", 2), (b"a\nb", 2), (b"\r\n\r\na", 1),
    (b"a \r\n", 0)))
def test_key_files(tools, db, text, n):
    db(row("a") + row("b"))
    (tools.folder / "keys").write_bytes(text)
    assert len(scan(tools, "--keys", "keys").splitlines()) == n


def test_values_with_nul(tools, db):
    db(row("k", a="1\n2", b="3"))
    assert scan(tools, "-0", "--values") == "1\n2\0" "3\0"


def test_outputs(tools, db):
    db(row("k", a="1\t2", b="x"))
    db(row("k", TS + 1000, a="new"))
    assert json.loads(scan(tools, "-o", "json")) == {
        "table": "t", "row": "k", "f:a": "new", "f:b": "x"}
    assert scan(tools, "-o", "tsv").splitlines() == [
        f"k\tf\ta\t{TS + 1000}\tnew", f"k\tf\ta\t{TS}\t1\\t2",
        f"k\tf\tb\t{TS}\tx"]
    assert scan(tools, "-o", "table").splitlines() == [
        "k", f"  f:a  @{TS + 1000}  new", f"  f:a  @{TS}  1\\t2",
        f"  f:b  @{TS}  x"]
    for args in ["--values"], ["--keys-only"]:
        scan(tools, "-o", "json", *args, check=64)


@pytest.mark.parametrize("key", KEYS)
def test_tsv_is_one_line(tools, db, key):
    db(row(key))
    (line,) = scan(tools, "-o", "tsv").splitlines()
    assert len(line.split("\t")) == 5


def test_bytes_in_every_form(tools, db):
    db('{"table":"t","row":{"base64":"/wA="},"ts":0,"cells":[{"family":"f",'
       '"qualifier":{"base64":"gA=="},"value":{"base64":"AAE="}}]}\n')
    assert scan(tools, "-o", "tsv") == \
        "\\xff\\x00\tf\t\\x80\t0\t\\x00\\x01\n"
    assert json.loads(scan(tools, "-o", "json"))["row"] == {"base64": "/wA="}


def test_create_on_the_way(tools):
    mapping = tools.folder / "m.json"
    mapping.write_text(json.dumps({"nf_mapping": 1, "tables": {
        "t": {"families": {"f": {}}}, "u": {"families": {"g": {}}}}}))
    for _ in range(2):      # what is there stays
        tools.run("nf-load", "--create", mapping, "sqlite:a.db",
                  input=row("k"), check=0)
    assert tools.run("nf-load", "count", "-q", "sqlite:a.db",
                     check=0).stdout == "t\t1\nu\t0\n"
    p = tools.run("nf-load", "--create", FLAT.parent / "none.json",
                  "sqlite:a.db", input=row("k"))
    assert p.returncode in (74, 78)


@pytest.mark.parametrize("ts,said", (
    (1795456800000, True), (100000000000, True), (TS, False), (0, False),
    (1000, False), (31536000000000, False)))
def test_milliseconds(tools, db, ts, said):
    p = db(row("a", ts) + row("b", ts))
    assert p.stderr.count("milliseconds") == said
