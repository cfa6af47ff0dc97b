# SPDX-License-Identifier: Apache-2.0
"""The schema of a table, compared whole: families that add up what is written
are refused, and what create finds different is said."""

import pytest
from google.cloud.bigtable_admin_v2.types import table as tables
from google.cloud.bigtable_admin_v2.types import types as kinds

from bigtable_double import Double

BYTES = kinds.Type.Int64(encoding=kinds.Type.Int64.Encoding(
    big_endian_bytes={}))
TYPES = {
    "sum": kinds.Type(aggregate_type=kinds.Type.Aggregate(
        input_type=kinds.Type(int64_type=BYTES), sum={})),
    "max": kinds.Type(aggregate_type=kinds.Type.Aggregate(
        input_type=kinds.Type(int64_type=BYTES), max={})),
    "min": kinds.Type(aggregate_type=kinds.Type.Aggregate(
        input_type=kinds.Type(int64_type=BYTES), min={})),
    "hll": kinds.Type(aggregate_type=kinds.Type.Aggregate(
        input_type=kinds.Type(int64_type=BYTES), hllpp_unique_count={})),
    "int64": kinds.Type(int64_type=BYTES),
    "string": kinds.Type(string_type=kinds.Type.String(
        encoding=kinds.Type.String.Encoding(utf8_bytes={}))),
    "bytes": kinds.Type(bytes_type=kinds.Type.Bytes(
        encoding=kinds.Type.Bytes.Encoding(raw={}))),
}


def accepts(request):
    yield "entries", [(i, 0) for i in range(len(request.message.entries))]


AGGREGATES = ("sum", "max", "min", "hll")


def table(granularity=1, **families):
    return tables.Table.pb(tables.Table(granularity=granularity, column_families={
        name: tables.ColumnFamily(value_type=TYPES.get(kind))
        for name, kind in families.items()}))


@pytest.fixture
def server():
    made = []

    def make(answer):
        double = Double(accepts, admin={
            "GetTable": lambda request: answer}).start()
        made.append(double)
        return double
    yield make
    for double in made:
        double.__exit__()


def apply(tools, double, *args, family="f", ts=None):
    ts = ts if ts is not None else 4102444800000000  # not old
    return tools.run(
        "nf-load", "-v", *args, "--plaintext", "--endpoint", double.endpoint,
        "bigtable://p/i", input="".join(
            '{"table":"t","row":"%d","ts":%d,"cells":{"%s":{"q":{"int64":'
            '"7"}}}}\n' % (i, ts, family) for i in range(3)))


@pytest.mark.parametrize("kind", AGGREGATES)
@pytest.mark.parametrize("args", ([], ["--reject", "r"]))
def test_an_aggregate_is_refused(tools, server, kind, args):
    double = server(table(f=kind))
    p = apply(tools, double, *args)
    assert p.returncode == 78 and "aggregate" in p.stderr
    assert double.requests == []


@pytest.mark.parametrize("kind", ("int64", "string", "bytes", None))
def test_other_types_are_written(tools, server, kind):
    double = server(table(f=kind))
    assert apply(tools, double).returncode == 0
    assert len(double.requests) == 1


def test_an_aggregate_that_nothing_is_written_to(tools, server):
    double = server(table(f=None, s="sum"))
    assert apply(tools, double).returncode == 0
    assert apply(tools, double, family="s").returncode == 78


def test_a_schema_that_is_not_to_be_had(tools):
    with Double(accepts) as double:
        p = apply(tools, double)
        assert p.returncode == 0 and "schema is not known" in p.stderr


@pytest.mark.parametrize("have,args,said", (
    (table(f="sum"), [], "family f is aggregate, not untyped"),
    (table(f="int64"), [], "family f is int64, not untyped"),
    (table(granularity=2, f=None), ["--granularity", "millis"],
     "granularity"),
    (table(granularity=1, f=None), ["--granularity", "micros"],
     "granularity"),
    (table(granularity=2, f=None), [], None),
    (table(f=None), ["-f", "f:versions=1"], "garbage-collection rule")))
def test_what_create_says_of_a_table(tools, server, have, args, said):
    double = server(have)
    p = tools.run("nf-load", "create", "--plaintext", "--endpoint",
                  double.endpoint, "-t", "t", "-f", "f", *args,
                  "bigtable://p/i", check=0)
    if said is None:
        assert "warning" not in p.stderr
    else:
        assert said in p.stderr, p.stderr


@pytest.mark.parametrize("made", ("micros", "millis"))
def test_granularity_of_a_database(tools, made):
    def create(*args):
        return tools.run("nf-load", "create", "-t", "t", "-f", "f", *args,
                         "sqlite:a.db", check=0).stderr
    create("--granularity", made)
    other = "millis" if made == "micros" else "micros"
    assert "granularity" in create("--granularity", other)
    assert "granularity" not in create("--granularity", made)
    assert "granularity" not in create()
