# SPDX-License-Identifier: Apache-2.0
"""SQLite as a table to rely on: what its file is, that it is still there, who
else uses it, and what is left when nobody does."""

import json
import os
import random
import shutil
import signal
import sqlite3
import stat
import subprocess
import time

import pytest

TS = 1795456800000000


def rows(first, last, table="t", family="f", **cells):
    cells = cells or {"q": None}
    return "".join(
        '{"table":"%s","row":"%06d","ts":%d,"cells":{"%s":{%s}}}\n' % (
            table, i, TS, family, ",".join(
                '"%s":"%s"' % (k, i if v is None else v)
                for k, v in cells.items()))
        for i in range(first, last + 1))


def create(tools, name, *args, table="t", **kwargs):
    return tools.run("nf-load", "create", "-q", "-t", table, "-f", "f", *args,
                     f"sqlite:{name}", **kwargs)


def load(tools, name, text, **kwargs):
    return tools.run("nf-load", "-q", f"sqlite:{name}", input=text, **kwargs)


def keys(tools, name, *args):
    return tools.run("nf-load", "scan", "-q", "--keys-only", *args,
                     f"sqlite:{name}", check=0).stdout.split()


def beside(tools, name):
    """What there is beside the database, and itself."""
    path = tools.folder / name
    return sorted(p.name for p in path.parent.iterdir()
                  if p.name.startswith(path.name))


class Loading:
    """A load that is under way: fed bit by bit."""

    def __init__(self, tools, name, *args):
        self.p = tools.start("nf-load", "-q", "--batch-rows", "10", *args,
                             f"sqlite:{name}", stdin=subprocess.PIPE)

    def feed(self, text, wait=0.4):
        self.p.stdin.write(text.encode())
        self.p.stdin.flush()
        time.sleep(wait)

    def end(self, text=""):
        _, err = self.p.communicate(text.encode(), 60)
        return self.p.returncode, err.decode()


@pytest.mark.parametrize("name", (
    ":memory:", "file:u.db?mode=memory", "file::memory:?cache=shared",
    "file:u.db", "a b?c#d%41.db", "-.db"))
def test_a_name_is_a_name(tools, name):
    create(tools, name, check=0)
    load(tools, name, rows(1, 3), check=0)
    assert len(keys(tools, name)) == 3
    assert (tools.folder / name).is_file()


@pytest.mark.parametrize("how", ("removed", "moved", "replaced", "put back",
                                 "folder", "link", "folder's link"))
def test_the_file_goes_away(tools, how):
    (tools.folder / "d").mkdir()
    path = tools.folder / "d" / "a.db"
    create(tools, "d/a.db", check=0)
    create(tools, "other.db", check=0)
    (tools.folder / "link").symlink_to("d/a.db")
    (tools.folder / "to").symlink_to("d")
    work = Loading(tools, {"link": "link", "folder's link": "to/a.db"}.get(
        how, "d/a.db"))
    work.feed(rows(1, 50))
    if how == "link":
        (tools.folder / "link").unlink()
        (tools.folder / "link").symlink_to("other.db")
    elif how == "folder's link":
        (tools.folder / "e").mkdir()
        create(tools, "e/a.db", check=0)
        (tools.folder / "to").unlink()
        (tools.folder / "to").symlink_to("e")
    elif how == "removed":
        path.unlink()
    elif how == "moved":
        path.rename(tools.folder / "b.db")
    elif how == "replaced":
        create(tools, "d/new.db", check=0)
        (tools.folder / "d/new.db").rename(path)
    elif how == "put back":     # the same bytes, another file
        shutil.copy(path, tools.folder / "copy.db")
        (tools.folder / "copy.db").rename(path)
    else:
        (tools.folder / "d").rename(tools.folder / "e")
    work.feed(rows(51, 100))
    code, err = work.end(rows(101, 110))
    assert code == 74 and "removed or replaced" in err


@pytest.mark.parametrize("size", (0, 100, 4096, 8192))
def test_the_file_is_cut_off(tools, size):
    """By a cleaner, or a shell's redirection: it is no success."""
    create(tools, "a.db", check=0)
    work = Loading(tools, "a.db")
    work.feed(rows(1, 500))
    os.truncate(tools.folder / "a.db", size)
    work.feed(rows(501, 550))
    code, err = work.end(rows(551, 600))
    assert code == 74, err


def test_a_file_that_is_tidied_up(tools):
    """SQLite itself may make it shorter."""
    create(tools, "a.db", check=0)
    load(tools, "a.db", rows(1, 3000, pad="x" * 100), check=0)
    work = Loading(tools, "a.db")
    work.feed(rows(1, 50))
    size = (tools.folder / "a.db").stat().st_size
    with sqlite3.connect(tools.folder / "a.db") as db:
        db.execute("DELETE FROM nf_cell WHERE row > x'303030313030'")
    db.execute("VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    assert (tools.folder / "a.db").stat().st_size < size / 2
    work.feed(rows(51, 60))
    code, err = work.end(rows(61, 70))
    assert code == 0, err
    assert len(keys(tools, "a.db")) == 100


@pytest.mark.parametrize("change,code", (
    ("DELETE FROM nf_family; DELETE FROM nf_table", 78),
    ("DELETE FROM nf_family", 69),
    ("UPDATE nf_family SET name = 'g'", 69),
    ("UPDATE nf_table SET name = 'u'", 78),
    ("DROP TABLE nf_cell", 74)))
def test_tables_change_under_a_load(tools, change, code):
    create(tools, "a.db", check=0)
    work = Loading(tools, "a.db")
    work.feed(rows(1, 50))
    with sqlite3.connect(tools.folder / "a.db") as db:
        db.executescript(change)
    db.close()
    tools.run("nf-load", "create", "-t", "other", "-f", "f", "sqlite:a.db")
    got, err = work.end(rows(51, 100))
    assert got == code, err
    if code != 74:
        assert keys(tools, "a.db", "-t", "other") == []


def test_a_family_comes_under_a_load(tools):
    create(tools, "a.db", check=0)
    work = Loading(tools, "a.db")
    work.feed(rows(1, 20))
    create(tools, "a.db", "-f", "g", check=0)
    code, err = work.end(rows(21, 40, family="g"))
    assert code == 0, err


def test_numbers_of_tables_are_not_used_again(tools):
    create(tools, "a.db", check=0)
    with sqlite3.connect(tools.folder / "a.db") as db:
        db.execute("DELETE FROM nf_table")
    db.close()
    create(tools, "a.db", check=0)
    with sqlite3.connect(tools.folder / "a.db") as db:
        assert db.execute("SELECT id FROM nf_table").fetchall() == [(2,)]
    db.close()


@pytest.mark.parametrize("lock", ("IMMEDIATE", "EXCLUSIVE"))
@pytest.mark.parametrize("verb", ("apply", "create"))
@pytest.mark.parametrize("sig", (signal.SIGTERM, signal.SIGINT))
def test_a_signal_ends_the_wait_for_a_lock(tools, lock, verb, sig):
    create(tools, "a.db", check=0)
    db = sqlite3.connect(tools.folder / "a.db", isolation_level=None)
    db.execute(f"BEGIN {lock}")
    args = ["-t", "u", "-f", "f"] if verb == "create" else []
    p = tools.start("nf-load", verb, "-q", *args, "sqlite:a.db",
                    stdin=subprocess.PIPE)
    p.stdin.write(rows(1, 1).encode())
    p.stdin.close()
    p.stdin = None
    time.sleep(0.5)
    begun = time.monotonic()
    p.send_signal(sig)
    p.communicate(timeout=30)
    assert p.returncode == 128 + sig
    assert time.monotonic() - begun < 2
    db.close()


@pytest.mark.parametrize("make", (
    "CREATE TABLE users(x)", "CREATE VIEW v AS SELECT 1",
    "PRAGMA application_id = 7", "CREATE TABLE nf_cell(x)",
    "PRAGMA journal_mode = WAL; CREATE TABLE users(x)"))
@pytest.mark.parametrize("verb", ("create", "apply", "scan"))
def test_a_database_of_others(tools, make, verb):
    path = tools.folder / "app.db"
    db = sqlite3.connect(path)
    db.executescript(make)
    db.close()
    before = path.read_bytes()
    if verb == "create":
        p = create(tools, "app.db")
    else:
        p = tools.run("nf-load", verb, "-t", "t", "sqlite:app.db",
                      input=rows(1, 1))
    assert p.returncode == 78 and "left unchanged" in p.stderr
    assert path.read_bytes() == before
    assert beside(tools, "app.db") == ["app.db"]


@pytest.mark.parametrize("what", ("folder", "fifo", "text", "short"))
def test_what_is_not_a_database(tools, what):
    path = tools.folder / "x.db"
    if what == "folder":
        path.mkdir()
    elif what == "fifo":
        os.mkfifo(path)
    else:
        path.write_bytes(b"x" * (5000 if what == "text" else 10))
    for args in (["create", "-t", "t", "-f", "f"], ["scan"], ["apply"]):
        p = tools.run("nf-load", *args, "sqlite:x.db", input="", timeout=20)
        assert p.returncode == 78, (args, p.stderr)
        assert "x.db" in p.stderr


@pytest.mark.parametrize("layout", (2, 9, -1))
def test_another_version(tools, layout):
    create(tools, "a.db", check=0)
    db = sqlite3.connect(tools.folder / "a.db")
    db.executescript(f"PRAGMA user_version = {layout};"
                     "ALTER TABLE nf_cell RENAME COLUMN ts TO at")
    db.close()
    for args in (["create", "-t", "u", "-f", "f"], ["scan"], ["apply"]):
        p = tools.run("nf-load", *args, "sqlite:a.db", input=rows(1, 1))
        assert p.returncode == 78 and "another version" in p.stderr


def test_the_version_before_layouts(tools):
    """0.1.0 wrote no number; what it has made is read, and completed."""
    create(tools, "a.db", check=0)
    load(tools, "a.db", rows(1, 2), check=0)
    db = sqlite3.connect(tools.folder / "a.db")
    db.executescript("PRAGMA user_version = 0; DROP VIEW t;"
                     "DROP TABLE nf_column; PRAGMA journal_mode = WAL")
    db.close()
    assert len(keys(tools, "a.db")) == 2
    assert beside(tools, "a.db") == ["a.db"]
    load(tools, "a.db", rows(3, 3), check=0)
    assert len(keys(tools, "a.db")) == 3


@pytest.mark.parametrize("verb", ("scan", "diff", "dry"))
@pytest.mark.parametrize("journal", ("DELETE", "WAL"))
def test_reading_leaves_nothing(tools, verb, journal):
    create(tools, "a.db", check=0)
    load(tools, "a.db", rows(1, 20), check=0)
    assert beside(tools, "a.db") == ["a.db"]
    db = sqlite3.connect(tools.folder / "a.db")
    db.execute(f"PRAGMA journal_mode = {journal}")
    db.close()
    path = tools.folder / "a.db"
    before = path.read_bytes(), path.stat().st_mtime_ns
    os.chmod(path, 0o444)
    args = {"scan": ["scan"], "diff": ["diff"],
            "dry": ["create", "--dry-run", "-t", "u", "-f", "f"]}[verb]
    tools.run("nf-load", *args, "sqlite:a.db", input=rows(1, 20), check=0)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert beside(tools, "a.db") == ["a.db"]


def someone_else(tools, uid, *args, **kwargs):
    return subprocess.run(
        ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups",
         "env", f"PATH={tools.env['PATH']}", "HOME=/", *args],
        cwd=tools.folder, capture_output=True, encoding="utf-8", timeout=60,
        **kwargs)


needs_root = pytest.mark.skipif(os.geteuid() != 0 or shutil.which(
    "setpriv") is None, reason="needs root, to be others")


@pytest.fixture
def open_folder(tools):
    """One that others may look into; the build too."""
    path = tools.folder
    while path != path.parent:
        if not path.stat().st_mode & stat.S_IXOTH:
            os.chmod(path, path.stat().st_mode | stat.S_IXOTH)
        path = path.parent
    return tools.folder


@needs_root
@pytest.mark.parametrize("journal", ("DELETE", "WAL"))
def test_a_folder_that_cannot_be_written(tools, open_folder, journal):
    (tools.folder / "ro").mkdir()
    create(tools, "ro/a.db", check=0)
    load(tools, "ro/a.db", rows(1, 1), check=0)
    db = sqlite3.connect(tools.folder / "ro/a.db")
    db.execute(f"PRAGMA journal_mode = {journal}")
    db.close()
    os.chmod(tools.folder / "ro/a.db", 0o444)
    os.chmod(tools.folder / "ro", 0o555)
    p = someone_else(tools, 1002, "nf-load", "scan", "--keys-only",
                     "sqlite:ro/a.db")
    assert (p.returncode, p.stdout) == (0, "000001\n"), p.stderr


@needs_root
def test_a_scan_of_others_is_not_in_the_way(tools, open_folder):
    (tools.folder / "sh").mkdir()
    os.chmod(tools.folder / "sh", 0o1777)
    p = someone_else(tools, 1001, "nf-load", "create", "-t", "t", "-f", "f",
                     "sqlite:sh/a.db")
    assert p.returncode == 0, p.stderr
    # Not for all to read, until somebody says so.
    p = someone_else(tools, 1002, "nf-load", "scan", "sqlite:sh/a.db")
    assert p.returncode == 77 and "Permission denied" in p.stderr
    os.chmod(tools.folder / "sh/a.db", 0o644)
    p = someone_else(tools, 1002, "nf-load", "scan", "sqlite:sh/a.db")
    assert p.returncode == 0, p.stderr
    p = someone_else(tools, 1001, "nf-load", "sqlite:sh/a.db",
                     input=rows(1, 1))
    assert p.returncode == 0, p.stderr
    assert beside(tools, "sh/a.db") == ["a.db"]


@pytest.mark.parametrize("umask,mode", ((0o022, 0o640), (0o077, 0o600),
                                        (0, 0o660)))
def test_who_may_read(tools, umask, mode):
    old = os.umask(umask)
    try:
        create(tools, "a.db", check=0)
        load(tools, "a.db", rows(1, 3), check=0)
        tools.run("nf-load", "--results", "r", "sqlite:a.db",
                  input=rows(1, 3, family="none"), check=69)
    finally:
        os.umask(old)
    assert (tools.folder / "a.db").stat().st_mode & 0o777 == mode
    assert (tools.folder / "r").stat().st_mode & 0o777 == 0o600


def test_a_killed_load_leaves_a_database(tools):
    create(tools, "a.db", check=0)
    work = Loading(tools, "a.db")
    work.feed(rows(1, 50))
    work.p.kill()
    work.p.communicate()
    assert len(keys(tools, "a.db")) >= 40
    load(tools, "a.db", rows(51, 60), check=0)
    assert beside(tools, "a.db") == ["a.db"]


def test_a_trigger_that_swallows_rows(tools):
    create(tools, "a.db", check=0)
    db = sqlite3.connect(tools.folder / "a.db")
    db.execute("CREATE TRIGGER x BEFORE INSERT ON nf_cell BEGIN"
               " SELECT raise(ignore); END")
    db.close()
    p = load(tools, "a.db", rows(1, 1))
    assert p.returncode == 78 and keys(tools, "a.db") == []


def query(tools, sql):
    db = sqlite3.connect(f"file:{tools.folder}/a.db?mode=ro", uri=True)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def test_a_view_of_each_table(tools):
    create(tools, "a.db", check=0)
    assert query(tools, "SELECT * FROM t") == []
    load(tools, "a.db", rows(1, 2, number=None, discount="0.0"), check=0)
    assert query(tools, "SELECT row, number, discount FROM t") == [
        ("000001", "1", "0.0"), ("000002", "2", "0.0")]
    # A newer value, another column, a row without the first ones.
    load(tools, "a.db", '{"table":"t","row":"000001","ts":%d,"cells":{"f":{'
         '"number":"7","Total":"9.00"}}}\n' % (TS + 1000), check=0)
    load(tools, "a.db", rows(3, 3, total="1"), check=0)
    assert query(tools, "SELECT * FROM t") == [
        ("000001", "9.00", "0.0", "7", None),
        ("000002", None, "0.0", "2", None),
        ("000003", None, None, None, "1")]


def test_views_of_strange_names(tools):
    for table in "cells", "nf_cell", "T", "t", "select", "a-b.c":
        tools.run("nf-load", "create", "-t", table, "-f", "f", "-f", "g",
                  "sqlite:a.db", check=0)
    text = "".join(
        '{"table":"%s","row":"k","ts":0,"cells":{"f":{"row":"1","a\\"b":"2",'
        '"":"3","\\u0000":"4","select":"5","é":"6"},"g":{"é":"7"}}}\n' % t
        for t in ("cells", "nf_cell", "T", "t", "select", "a-b.c"))
    load(tools, "a.db", text, check=0)
    for table in "T", "select", "a-b.c":
        assert query(tools, 'SELECT row, "f:row", "a""b", "select", "f:é",'
                     f' "g:é" FROM "{table}"') == [
            ("k", "1", "2", "5", "6", "7")]
    assert query(tools, 'SELECT count(*) FROM cells WHERE "table" = "t"') \
        == [(7,)]


def test_a_view_of_many_columns(tools):
    create(tools, "a.db", check=0)
    load(tools, "a.db", rows(1, 1, **{f"c{i}": i for i in range(1200)}),
         check=0)
    assert query(tools, "SELECT c7, c700 FROM t") == [("7", "700")]


def test_prune_in_one_file(tools):
    """It reads and deletes in one database."""
    create(tools, "a.db", check=0)
    load(tools, "a.db", rows(1, 3000), check=0)
    p = tools.run("nf-load", "diff", "-q", "--scope", "", "--prune",
                  "--really", "--unsealed", "sqlite:a.db", "-t", "t",
                  input=rows(1, 2000), timeout=50)
    assert p.returncode == 0, p.stderr
    assert len(keys(tools, "a.db")) == 2000


def shuffled(n, seed):
    """Lines in no order: puts, deletes of columns and rows, again and again of
    the same keys, some the beginning of others, some with strange bytes."""
    chance = random.Random(seed)
    lines = []
    for i in range(n):
        key = "%d%s" % (chance.randrange(n // 3), "\u00e9\x01/"[
            chance.randrange(3):][:chance.randrange(3)])
        line = {"table": chance.choice("tuv"), "row": key}
        kind = chance.random()
        if kind < 0.05:
            line["delete"] = True
        else:
            line["ts"] = TS + 1000 * chance.randrange(3)
            line["cells"] = {"f": {
                "q%d" % q: {"delete": "column"} if kind < 0.15 else str(i)
                for q in range(chance.randrange(1, 4))}}
        lines.append(json.dumps(line) + "\n")
    return lines


@pytest.mark.parametrize("seed", range(2))
def test_keys_in_no_order(tools, seed):
    """They are sorted before a commit; what comes of it is what one line a
    commit makes."""
    text = "".join(shuffled(2000, seed))
    for name, args in (("sorted.db", ()), ("plain.db", ("--batch-rows", "1"))):
        for table in "tuv":
            create(tools, name, table=table, check=0)
        tools.run("nf-load", "-q", *args, "--results-all", "--results",
                  name + ".out", f"sqlite:{name}", input=text, check=0)
    for table in "tuv":
        have, want = (tools.run("nf-load", "scan", "-q", "--versions", "0",
                                "-t", table, f"sqlite:{name}", check=0).stdout
                      for name in ("sorted.db", "plain.db"))
        assert have == want and have.count("\n") > 200
    # The rows are reported in the order of the input.
    have, want = ((tools.folder / f"{name}.out").read_text()
                  for name in ("sorted.db", "plain.db"))
    assert have == want


def test_a_refused_line_among_sorted_ones(tools):
    """All before it is written, nothing behind it."""
    create(tools, "a.db", check=0)
    lines = [rows(i, i) for i in random.Random(1).sample(range(9000), 9000)]
    lines[7000] = rows(1, 1, family="none")
    done = load(tools, "a.db", "".join(lines))
    assert done.returncode == 69 and "line 7001:" in done.stderr
    assert len(keys(tools, "a.db")) == 7000


def test_sorted_lines_do_not_wait_long(tools):
    """--batch-age bounds how long, also where a commit could take more."""
    create(tools, "a.db", check=0)
    order = random.Random(1).sample(range(6000), 6000)
    p = tools.start("nf-load", "-q", "sqlite:a.db", stdin=subprocess.PIPE)
    p.stdin.write("".join(rows(i, i) for i in order).encode())
    p.stdin.flush()
    for _ in range(100):
        if len(keys(tools, "a.db")) == 6000:
            break
        time.sleep(0.1)
    assert len(keys(tools, "a.db")) == 6000
    p.communicate()
    assert p.returncode == 0
