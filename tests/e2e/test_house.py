# SPDX-License-Identifier: Apache-2.0
"""tests/house sees each fault that it is for, and takes nothing else for one.

A copy of the sources gets files of its own; every line of them that ends in
/* KIND */ is at fault, and no other.
"""
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOPS = ("lib", "fetch", "stage", "transform", "load")

PLANTED = {
    # Circles, of two and of three; two halves behind one door are meant.
    "lib/base/ring.h": """\
#include "ring_end.h" /* circle */
""",
    "lib/base/ring_end.h": """\
#include "ring.h"
""",
    "fetch/chase.h": """\
#include "chase_on.h" /* circle */
""",
    "fetch/chase_on.h": """\
#include "chase_out.h"
""",
    "fetch/chase_out.h": """\
""",
    "fetch/chase_out.c": """\
#include "chase_out.h"

#include "chase.h"
""",
    "lib/json/scan_more.h": """\
#include "scan_most.h"
""",
    "lib/json/scan_most.h": """\
#include "scan_more.h"
""",
    # Folders: down, up, sideways, foreign headers, both backends.
    "lib/base/wing.c": """\
#include <grpc/grpc.h>

#include "lib/json/sill.h" /* folder */
#include "load/sill.h" /* folder */
""",
    "lib/http/wing.c": """\
#include <curl/curl.h>
#include <jansson.h> /* folder */
""",
    "stage/wing.c": """\
#include "lib/http/sill.h"
#include "load/sill.h" /* folder */
#include "stage/store/sill.h"
""",
    "stage/store/wing.c": """\
#include "stage/sill.h" /* folder */
""",
    "transform/value/wing.c": """\
#include "transform/mapping/sill.h" /* folder */
""",
    "transform/mapping/wing.c": """\
#include "transform/record/sill.h" /* folder */
#include "transform/value/sill.h"
""",
    "transform/record/wing.c": """\
#include "transform/sill.h" /* folder */
""",
    "load/wing.c": """\
#include <grpc/grpc.h> /* folder */
#include <sqlite3.h> /* folder */

#include "load/bigtable/bigtable.pb-c.h" /* folder */
#include "load/bigtable/sill.h" /* folder */
#include "load/sqlite/sill.h" /* folder */
""",
    "load/sqlite/wing.c": """\
#include <sqlite3.h>

#include "load/bigtable/sill.h" /* folder */
#include "load/cmd_wing.h" /* folder */
#include "load/sill.h"
""",
    "load/rows/wing.c": """\
int x; /* folder */
""",
    "load/cmd_wing.h": "",
    "lib/http/sill.h": "",
    "lib/json/sill.h": "",
    "load/sill.h": "",
    "load/bigtable/sill.h": "",
    "load/sqlite/sill.h": "",
    "stage/sill.h": "",
    "stage/store/sill.h": "",
    "transform/sill.h": "",
    "transform/mapping/sill.h": "",
    "transform/record/sill.h": "",
    "transform/value/sill.h": "",
    # How an include is written, and in which order.
    "stage/store/spelt.c": """\
#include "../part.h" /* include */ /* folder */
#include "err.h" /* include */
#include "file.h"
#include "stage/store/spool.h" /* include */
""",
    "lib/base/own.h": "",
    "lib/base/own.c": """\
#include <stdio.h> /* order */
#include "own.h"
""",
    "lib/base/sorted.h": "",
    "lib/base/sorted.c": """\
#include "sorted.h"

#include <string.h>
#include <stdio.h> /* order */
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "io.h"
#include "err.h" /* order */
#include <ctype.h> /* order */
""",
    # Names and prototypes.
    "fetch/room.h": """\
struct err;
int room_read(struct err *e); /* prototype */

/**
 * room_open(e), room_close(e):
 * Do so.
 */
int room_open(struct err *e);
void room_close(struct err *e);

int room_write(struct err *e); /* prototype */

struct room_ops {
	int (*open)(void *self, struct err *e);
	int (*put)(void *, struct err *e); /* vtable */
	void (*close)(struct room_ops *); /* vtable */
	void (*stop)(void);
};
""",
    "fetch/room.c": """\
#include "room.h"

static int
lift_the_lid(struct err *e)
{ /* static */

	return (room_open(e));
}

int
room_read(struct err *e)
{

	return (lift_the_lid(e));
}

int
open_room(struct err *e)
{ /* export */

	return (room_open(e));
}
""",
    "load/hall.c": """\
static void
lift_the_lid(void)
{ /* static */

}

int
main(void)
{

	lift_the_lid();
	return (0);
}
""",
    # How calls are tested, and what they are given.
    "stage/asks.c": """\
#include <assert.h>
#include <stdbool.h>
#include <string.h>

static char *
find_name_here(int n)
{

	return (n ? NULL : "x");
}

static int
do_one_thing(bool quick)
{

	if (!quick)
		return (-1);
	return (0);
}

static int
take_the_next(int n)
{

	if (n < 0)
		return (-1);
	return (n > 3 ? 1 : 0);
}

static int
is_three_here(int n)
{ /* bool */

	return (n == 3);
}

static bool
is_four_here(int n)
{

	return (n == 4);
}

static int
compare_by_size(int a, int b)
{

	return (a < b ? -1 : a > b);
}

static void
ask_all_of_them(struct buf *b, bool q, const char *text)
{
	int rc;

	if (do_one_thing(q)) /* call */
		return;
	if (do_one_thing(q) != 0) /* call */
		return;
	if (do_one_thing(q) < 0) /* call */
		return;
	if (q && do_one_thing(q)) /* call */
		return;
	if ((rc = do_one_thing(q)) != 0) /* call */
		return;
	if (!find_name_here(3)) /* call */
		return;
	if (unlink("x") != 0) /* call */
		return;
	while (do_one_thing(q) == 0 && take_the_next(3)) /* call */
		continue;
	if ((rc = take_the_next(2)) < 0) /* call */
		return;
	if (do_one_thing(q) == -1 || find_name_here(2) == NULL)
		return;
	if (take_the_next(2) == 1 || (rc = take_the_next(3)) != 0)
		return;
	if (compare_by_size(1, 2) < 0 || is_four_here(2) || !is_four_here(3))
		return;
	if (strcmp(text, "(do_one_thing(q))") != 0)
		return;
	do_one_thing(true); /* boolean */
	atomic_store(&stop, true);
	(void)buf_puts(b, "x"); /* void */
	(void)err_set(e, ERR_DATA, "x"); /* void */
	(void)unlink("x");
	printf("%llu", n); /* llu */
	printf("%s %08lld", text, n); /* llu */
	printf("%zu %" PRIu64, n, m);
	rc = (int)strtol(text, NULL, 10); /* number */
	x = strtod(text, &end); /* number */
	assert(rc++ < 3); /* assert */
	assert(do_take_next(b) == 3 && (rc = 3)); /* assert */
	assert(rc <= 3 && b->len == 0);
	return (do_one_thing(q));
}
""",
}


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """(path, line, kind) of what is reported in the planted files."""
    tree = tmp_path_factory.mktemp("house")
    for top in TOPS:
        shutil.copytree(ROOT / top, tree / top)
    (tree / "tests").mkdir()
    shutil.copy(ROOT / "tests/house", tree / "tests/house")
    for path, text in PLANTED.items():
        (tree / path).parent.mkdir(exist_ok=True)
        (tree / path).write_text(text)
    r = subprocess.run([tree / "tests/house"], capture_output=True, text=True)
    assert r.returncode == 1 and r.stderr == ""
    found = set()
    for line in r.stdout.splitlines():
        m = re.fullmatch(r"([^:]+):(\d+): .+ \[(\w+)\]", line)
        assert m, line
        if m.group(1) in PLANTED:
            found.add((m.group(1), int(m.group(2)), m.group(3)))
    return found


def marked():
    return {(path, n, kind) for path, text in PLANTED.items()
            for n, line in enumerate(text.splitlines(), 1)
            for kind in re.findall(r"/\* (\w+) \*/", line)}


def kinds():
    r = subprocess.run([ROOT / "tests/house", "--kinds"], check=True,
                       capture_output=True, text=True)
    return [line.split()[0] for line in r.stdout.splitlines()]


@pytest.mark.parametrize("kind", kinds())
def test_each_fault_is_seen(reported, kind):
    want = {m for m in marked() if m[2] == kind}
    assert want
    assert {r for r in reported if r[2] == kind} == want


def test_figures():
    r = subprocess.run([ROOT / "tests/house", "--figures"], check=True,
                       capture_output=True, text=True)
    assert re.match(r"[1-9][0-9]{4} lines of C in [1-9]\d* files", r.stdout)
    assert re.search(r"^[1-9]\d* circles of includes: ", r.stdout, re.M)


def test_unknown_kind():
    r = subprocess.run([ROOT / "tests/house", "tidiness"],
                       capture_output=True, text=True)
    assert (r.returncode, r.stdout) == (64, "")
    assert r.stderr == "tests/house: unknown kind: tidiness\n"


def test_contributing_has_the_table():
    r = subprocess.run([ROOT / "tests/house", "--table"], check=True,
                       capture_output=True, text=True)
    assert r.stdout.count("\n") > 15
    assert r.stdout in (ROOT / "CONTRIBUTING.md").read_text()
