# SPDX-License-Identifier: Apache-2.0
"""nf-fetch against random APIs: whatever they do, all records come or an
error does.  NF_WALKS=10000 walks that many."""

import collections
import hashlib
import json
import os
import pathlib
import random
import subprocess

import pytest

from rest import Reply, Rest

WALKS = int(os.environ.get("NF_WALKS", "500"))
CHUNKS = 10


def key(i):
    return hashlib.sha256(b"%d" % i).hexdigest()[:20]


class Api:
    """A list, a way to page, signs, an end, faults, and a lie perhaps."""

    def __init__(self, rnd):
        self.r = rnd
        self.n = rnd.choice([0, 1, 7, 10, 19, 20, 21, 35, 60])
        self.size = rnd.choice([5, 7, 10])
        self.all = [{"id": i, "next": i, "total": 9000 + i}
                    for i in range(self.n)]
        self.way = rnd.choice(["page", "offset", "cursor", "next", "link",
                               "auto"])
        self.cursor = rnd.choice([key, str, lambda i: f"o:{i}"])
        self.signs = {s for s in ("more", "total", "pages", "header")
                      if rnd.random() < 0.4}
        self.end = rnd.choice(["empty", "204", "404"])
        self.place = rnd.choice(["/next", "/meta/next", "header"])
        # What is wrong: with the API, or with what it is asked by.
        self.wrong = rnd.choice([None, None, None, "typo", "drop", "hole",
                                 "lies", "param"])
        self.at = rnd.randrange(0, max(1, -(-self.n // self.size)))
        self.fault = rnd.choice([None, None, "cut", "503"])
        self.moves = rnd.random() < 0.15
        self.faulty = set()
        self.gone = None

    def lies(self):
        """Does it say nowhere that there is more than came?"""
        signs = self.signs
        if self.wrong == "hole" and self.way not in ("page", "offset"):
            signs = signs & {"total", "header"}  # its pages are all there
        return not signs or self.wrong == "lies"

    def start(self, r):
        """Where the page begins that is asked for, in the list as it was."""
        start = self.asked(r)
        if self.gone is not None and self.cursor is not key:
            start += 1  # a place in the list is another one now
        return start

    def asked(self, r):
        if self.way == "page":
            return (int(r.query.get("page", 1)) - 1) * self.size
        if self.way == "offset":
            return int(r.query.get("offset", 0))
        c = r.query.get("c")
        if c is None:
            return 0
        return next(i for i in range(self.n + 1) if self.cursor(i) == c)

    def __call__(self, r):
        if self.fault and r.target not in self.faulty:
            self.faulty.add(r.target)
            if self.fault == "503":
                return Reply(503)
            reply = self.page(r)
            if len(reply.body) > 1:
                reply.body = reply.body[:self.r.randrange(len(reply.body))]
                reply.headers.pop("Content-Length", None)
            return reply
        return self.page(r)

    def page(self, r):
        start = self.start(r)
        found = self.all[start:start + self.size]
        index = start // self.size
        more = start + self.size < self.n
        if self.wrong == "hole" and index == self.at and index > 0 and more:
            found = []
        if not found and start > 0 and self.way in ("page", "offset"):
            if self.end != "empty" and self.wrong != "hole":
                return Reply(int(self.end), b"" if self.end == "204"
                             else b"{}")
        doc, headers = {"data": found}, {}
        if self.wrong != "lies":
            if "more" in self.signs:
                doc["has_more"] = more
            if "total" in self.signs:
                doc["total"] = self.n
            if "pages" in self.signs:
                doc["total_pages"] = -(-self.n // self.size)
            if "header" in self.signs:
                headers["X-Total-Count"] = str(self.n)
        next_c = self.cursor(start + self.size) if more else None
        if self.wrong == "drop" and index == self.at:
            next_c = None
        if self.way in ("cursor", "next") and next_c is not None:
            value = next_c if self.way == "cursor" else f"?c={next_c}"
            if self.place == "header":
                headers["X-Next"] = value
            elif self.place == "/next":
                doc["next"] = value
            else:
                doc["meta"] = {"next": value}
        if self.way in ("link", "auto") and next_c is not None:
            headers["Link"] = f"<?c={next_c}>; rel=next"
        return Reply(body=json.dumps(doc).encode(), headers=headers)

    def args(self):
        args = ["--records", "/data"]
        if self.way == "auto":
            return args
        args += ["-p", self.way]
        typo = "x" if self.wrong == "typo" else ""
        if self.way in ("cursor", "next"):
            args += ["--next", "X-Next" + typo] if \
                self.place == "header" else ["--next", self.place + typo]
        if self.way == "cursor":
            args += ["--cursor-param", "c"]
        if self.way in ("page", "offset") and self.wrong == "param":
            args += ["--page-param", "q"]
        return args


def walk(fetch, seed):
    """One walk, and if it makes marks, another from one of them on."""
    rnd = random.Random(seed)
    api = Api(rnd)
    with Rest(api) as server:
        args = [fetch, "-q", "--seal", "--run", "r", "--at", "7",
                "--set", "/timeouts/retry_base=1ms", *api.args()]
        done = subprocess.run([*args, server.base], capture_output=True,
                              encoding="utf-8", timeout=60)
        lines = done.stdout.splitlines()
        rows = [json.loads(x) for x in lines if not x.startswith('{"$nf"')]
        marks = [x for x in lines if x.startswith('{"$nf":"mark"')]
        what = (seed, api.__dict__, done.returncode, done.stderr)
        assert done.returncode in (0, 65, 75, 78), what
        assert rows == api.all[:len(rows)] or api.wrong, what
        if done.returncode == 0:
            if rows != api.all:
                assert api.wrong and api.lies(), what
                return "lied"
            end = json.loads(lines[-1])
            assert end["records"] == api.n, what
            assert end["proof"]["by"] != "limit", what
        else:
            assert '"end"' not in done.stdout, what
            assert api.wrong, what
        if not marks or api.wrong:
            return "error" if done.returncode else "whole"
        # The run died, and perhaps the list has lost a record since that was
        # written already: a key still means what it meant.
        mark = rnd.choice(marks)
        before = [json.loads(x) for x in lines[:lines.index(mark)]
                  if not x.startswith('{"$nf"')]
        cursor = mark[len('{"$nf":"mark","cursor":'):-1]
        if api.moves:
            api.gone = before[0]
        again = subprocess.run([*args, "--resume", cursor, server.base],
                               capture_output=True, encoding="utf-8",
                               timeout=60)
        what += (cursor, again.returncode, again.stderr)
        assert again.returncode == 0, what
        rest = [json.loads(x) for x in again.stdout.splitlines()
                if not x.startswith('{"$nf"')]
        assert before + rest == api.all, what
        if not api.moves:
            assert json.loads(again.stdout.splitlines()[-1])["proof"] == \
                json.loads(lines[-1])["proof"], what
        return "resumed"


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_walks(tools, chunk):
    fetch = os.path.join(os.environ.get("NF_BUILD", str(
        pathlib.Path(__file__).resolve().parents[2] / "build")), "nf-fetch")
    seen = collections.Counter(
        walk(fetch, seed) for seed in range(chunk, WALKS, CHUNKS))
    print("walks:", dict(seen))
    assert sum(seen.values()) == len(range(chunk, WALKS, CHUNKS))
    # Only an API that says nothing of the rest has been believed.
    assert seen["whole"] + seen["resumed"] > seen["lied"]
