# SPDX-License-Identifier: Apache-2.0
"""What the tests of nf-stage share: streams as a producer writes them."""

import contextlib
import gzip
import hashlib
import json
import subprocess

import google_crc32c

from storage import Storage

SOURCE = hashlib.sha256(b"a source").hexdigest()


def crc_hex(data):
    return google_crc32c.Checksum(data).digest().hex()


def begin(run="r", source=SOURCE, at=1795456800000000, start=None):
    return json.dumps({"$nf": "begin", "v": 1, "run": run, "source": source,
                       "at": at, "from": start},
                      separators=(",", ":")).encode() + b"\n"


def mark(cursor):
    return json.dumps({"$nf": "mark", "cursor": cursor},
                      separators=(",", ":")).encode() + b"\n"


def end(records):
    body = b"".join(r + b"\n" for r in records)
    return json.dumps({"$nf": "end", "records": len(records),
                       "crc32c": crc_hex(body)},
                      separators=(",", ":")).encode() + b"\n"


def stream(records, start=None, every=10, marks=True, **head):
    """A sealed stream of records[start:], as one piece of bytes."""
    at = 0 if start is None else start["at"]
    out = [begin(start=start, **head)]
    for i, record in enumerate(records[at:], at + 1):
        out.append(record + b"\n")
        if marks and i % every == 0:
            out.append(mark({"at": i}))
    out.append(end(records[at:]))
    return b"".join(out)


def records(n, tag="r"):
    return [b'{"%s":%d,"pad":"%s","v":9.00}'
            % (tag.encode(), i,
               hashlib.sha256(b"%d" % i).hexdigest().encode())
            for i in range(n)]


def plain(lines):
    """The records of a sealed stream, checked against its seal."""
    lines = lines.splitlines()
    first, last = json.loads(lines[0]), json.loads(lines[-1])
    assert first["$nf"] == "begin" and last["$nf"] == "end", lines[-1][:80]
    found = lines[1:-1]
    assert last["records"] == len(found)
    assert last["crc32c"] == crc_hex(b"".join(r + b"\n" for r in found))
    return found


class FileRun:
    """A run in a folder, looked at without our own code."""

    def __init__(self, folder):
        self.folder = folder
        self.uri = f"file://{folder}"

    def read(self, name):
        return (self.folder / name).read_bytes()

    def names(self):
        return sorted(str(p.relative_to(self.folder))
                      for p in self.folder.rglob("*") if p.is_file())


class ObjectRun:
    """A run in the strict double."""

    def __init__(self, storage, name, bucket="bucket"):
        self.storage, self.prefix, self.bucket = storage, name + "/", bucket
        self.uri = f"gs://{bucket}/{name}"

    def read(self, name):
        return self.storage.data(self.prefix + name, self.bucket)

    def names(self):
        return [n.removeprefix(self.prefix)
                for n in self.storage.names(self.prefix)]


def check(run, allowed=None):
    """No manifest without its parts, no part that is not whole.

    Returns the records the manifest names, or None if absent.
    allowed: the record lists that a commit may be."""
    names = run.names()
    for name in names:
        if name.startswith("part-"):
            gzip.decompress(run.read(name))
    if "_nf/manifest.json" not in names:
        return None
    m = json.loads(run.read("_nf/manifest.json"))
    found, before = [], m["source"]
    for i, part in enumerate(m["parts"]):
        data = run.read(part["part"])
        raw = gzip.decompress(data)
        receipt = json.loads(run.read(part["receipt"]))
        assert len(data) == part["size"] == receipt["size"]
        assert crc_hex(data) == part["crc32c"] == receipt["crc32c"]
        assert raw.endswith(b"\n") and raw.count(b"\n") == part["records"]
        assert crc_hex(raw) == part["raw_crc32c"]
        assert len(raw) == part["raw_size"]
        before = hashlib.sha256(before.encode() + raw).hexdigest()[:32]
        assert part["part"] == f"part-{i:05d}-{before}.ndjson.gz"
        found += raw.splitlines()
    assert len(found) == m["records"]
    if allowed is not None:
        assert found in allowed
    return found


def put(tools, run, data, *args, env=None, timeout=120):
    """put fed with bytes; returns (exit, stdout, stderr)."""
    p = tools.start("nf-stage", *args, run.uri, stdin=subprocess.PIPE,
                    env=env or {})
    out, err = p.communicate(data, timeout)
    return p.returncode, out, err


def attempt(tools, run, source, *args, env=None, **kwargs):
    """What pipeline.sh does: ask for the mark, fetch from there, put."""
    got = tools.run("nf-stage", "mark", run.uri, env=env or {}, check=0)
    at = got.stdout.strip()
    if at == "committed":
        data = b""
    else:
        data = stream(source, start=None if at == "null" else json.loads(at),
                      **kwargs)
    return put(tools, run, data, *args, env=env)


@contextlib.contextmanager
def empty(kind, folder):
    """An empty run in a folder ("file") or in the strict double ("gs")."""
    if kind == "file":
        r = FileRun(folder / "runs" / "r")
        r.env = {}
        yield r
        return
    with Storage() as storage:
        r = ObjectRun(storage, "runs/r")
        r.env = storage.env
        yield r


def cat(tools, run, *args, code=0):
    p = tools.run("nf-stage", "cat", *args, run.uri, env=run.env, check=code)
    return p.stdout.encode()


def mark_of(tools, run):
    return tools.run("nf-stage", "mark", run.uri, env=run.env,
                     check=0).stdout.strip()


def damage(run, name, how):
    data = how(bytearray(run.read(name)))
    if isinstance(run, FileRun):
        (run.folder / name).write_bytes(bytes(data))
    else:
        run.storage.objects["bucket", run.prefix + name]["data"] = bytes(data)


def add(run, name, data):
    """Something put there by another."""
    if isinstance(run, FileRun):
        path = run.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    else:
        run.storage.make("bucket", run.prefix + name, {}, {}, data, {})


def lose(run, *names):
    for name in names:
        if isinstance(run, FileRun):
            (run.folder / name).unlink()
        else:
            del run.storage.objects["bucket", run.prefix + name]
