# SPDX-License-Identifier: Apache-2.0
"""Runs much larger than nf-stage's memory, in emulators and the double: the
same bytes back, memory flat, every object read by Google's own client."""

import base64
import hashlib
import json
import subprocess
import time

import pytest

from conftest import Storage as Emulated

import google_crc32c

from conftest import BUILD, FULL
from staging import ObjectRun, begin, mark
from storage import Storage
from test_stage_google import client

pytest.importorskip("google.cloud.storage")

MB = 1000 * 1000
SIZES = [1 * MB, 100 * MB, 1000 * MB] if FULL else [1 * MB, 32 * MB]
# Kilobytes: the budget of the design, whatever the size.
BUDGET = 32 * 1024


@pytest.fixture(params=["double", "fake_gcs", "storage_emulator"])
def place(request):
    if request.param == "double":
        with Storage() as double:
            double.bucket = "bucket"
            yield double
        return
    url = request.getfixturevalue(request.param + "_server")
    yield Emulated(url, request.param)


class Flow:
    """A sealed stream of about size bytes of records, never whole in memory.

    Afterwards sha and n say what the records were."""

    def __init__(self, size):
        self.size, self.n, self.bytes = size, 0, 0
        self.sha = hashlib.sha256()

    def batch(self):
        """Records of some 60 KB, which compress to a sixth."""
        out = []
        for _ in range(100):
            h = hashlib.sha256(b"%d" % self.n).hexdigest().encode()
            out.append(b'{"NFeID":%d,"key":"%s","v":9.00,"pad":"%s"}\n'
                       % (self.n, h, b"abcdefgh" * (60 + self.n % 30)))
            self.n += 1
        return b"".join(out)

    def __iter__(self):
        crc = google_crc32c.Checksum()
        yield begin()
        while self.bytes < self.size:
            piece = self.batch()
            self.bytes += len(piece)
            crc.update(piece)
            self.sha.update(piece)
            yield piece
            yield mark({"at": self.n})
        yield json.dumps({"$nf": "end", "records": self.n,
                          "crc32c": crc.digest().hex()}).encode() + b"\n"


def peak(p, before=0):
    """Peak resident memory so far in KB.  What wait4 tells would be that of
    the process which started it."""
    with open(f"/proc/{p.pid}/status", encoding="ascii") as f:
        for line in f:  # none in a zombie
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return before


def put(tools, uri, flow, env, *args):
    """Returns peak memory."""
    rss = 0
    with open(tools.folder / "err", "w+b") as err:
        p = tools.start("nf-stage", "--emit=none", *args, uri, env=env,
                        stdin=subprocess.PIPE, stderr=err,
                        stdout=subprocess.DEVNULL)
        try:
            for piece in flow:
                p.stdin.write(piece)
            rss = peak(p)
            p.stdin.close()
        except BrokenPipeError:
            pass
        while p.poll() is None:
            rss = peak(p, rss)
            time.sleep(0.001)
    assert p.returncode == 0, (tools.folder / "err").read_text()
    return rss


def cat(tools, uri, env):
    """Returns (SHA-256 of the records, peak memory)."""
    rss = 0
    sha = hashlib.sha256()
    with open(tools.folder / "err", "w+b") as err:
        p = tools.start("nf-stage", "cat", "--no-seal", uri, env=env,
                        stderr=err)
        while piece := p.stdout.read(1 << 20):
            sha.update(piece)
            rss = peak(p, rss)
        p.stdout.close()
        code = p.wait()
    assert code == 0, (tools.folder / "err").read_text()
    return sha.hexdigest(), rss


def read_by_google(place, prefix):
    """Each object as Google's client reads it, its CRC32C checked by that;
    returns (how many parts, how many bytes)."""
    google = client(place.url)
    bucket = google.bucket(place.bucket)
    m = json.loads(bucket.blob(f"{prefix}/_nf/manifest.json")
                   .download_as_bytes(checksum="crc32c"))
    parts = {f"{prefix}/{p['part']}": p for p in m["parts"]}
    seen = size = 0
    for blob in google.list_blobs(place.bucket, prefix=prefix + "/"):
        data = blob.download_as_bytes(checksum="crc32c", raw_download=True)
        crc = google_crc32c.Checksum(data).digest()
        assert base64.b64encode(crc).decode() == blob.crc32c
        if blob.name in parts:
            assert len(data) == parts[blob.name]["size"]
            assert crc.hex() == parts[blob.name]["crc32c"]
            seen += 1
            size += len(data)
    assert seen == len(parts) > 0
    return seen, size


@pytest.mark.parametrize("form", ["gzip", "plain"])
def test_bytes_equal_memory_flat(tools, place, form):
    rss = {}
    for size in SIZES:
        name = f"large {form} {size}"
        uri = f"gs://{place.bucket}/{name}"
        args = ["--plain"] if form == "plain" else []
        flow = Flow(size)
        wrote = put(tools, uri, flow, place.env, *args)
        sha, read = cat(tools, uri, place.env)
        assert sha == flow.sha.hexdigest()
        parts, stored = read_by_google(place, name)
        rss[size] = wrote, read
        print(f"{name}: {flow.bytes} bytes, {parts} parts, {stored} stored; "
              f"put {wrote} KB, cat {read} KB")
        if isinstance(place, Storage):
            place.objects.clear()
            place.sessions.clear()
    if "asan" in BUILD.name:
        return  # its memory is the sanitizer's
    assert max(max(pair) for pair in rss.values()) <= BUDGET, rss
    if FULL:  # what cat has read ahead depends on who is faster
        assert rss[SIZES[2]][0] <= 1.1 * rss[SIZES[1]][0], rss
