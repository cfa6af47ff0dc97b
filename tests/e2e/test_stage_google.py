# SPDX-License-Identifier: Apache-2.0
"""The strict double against Google's own client, which must upload and
download through it, faults included; and what nf-stage stores, read by that
client."""

import io
import json
import os

import pytest

from staging import ObjectRun, plain, put, records, stream
from storage import Storage

storage_v1 = pytest.importorskip("google.cloud.storage")

DATA = os.urandom(1 << 20)


def client(url):
    from google.auth.credentials import AnonymousCredentials
    return storage_v1.Client(project="test",
                             credentials=AnonymousCredentials(),
                             client_options={"api_endpoint": url})


@pytest.fixture
def double():
    with Storage() as s:
        yield s


def upload(double, fault, size=len(DATA), chunk=256 * 1024):
    from google.cloud.storage.retry import DEFAULT_RETRY
    double.fault = fault
    bucket = client(double.url).bucket("bucket")
    blob = bucket.blob("x/ y", chunk_size=chunk)
    blob.upload_from_file(
        io.BytesIO(DATA[:size]), size=size, if_generation_match=0,
        checksum="crc32c",
        retry=DEFAULT_RETRY.with_delay(0.05, 1.2, 0.2).with_timeout(20))
    assert double.data("x/ y") == DATA[:size]
    double.fault = None
    assert bucket.blob("x/ y").download_as_bytes(
        checksum="crc32c") == DATA[:size]


@pytest.mark.parametrize("fault", [
    None, ("status", 503), ("status", 429), ("status", 500), ("refuse",),
    ("middle",), ("lost",), ("late", 503), ("short", 131072), ("short", 0)],
    ids=str)
@pytest.mark.parametrize("n", [1, 2, 4])
def test_google_uploads_through_faults(double, n, fault):
    upload(double, lambda op, i, name:
           fault if (op, i) == ("chunk", n) else None)


def test_google_uploads_small(double):
    upload(double, lambda op, i, name: ("status", 503)
           if op == "multipart" and i == 1 else None, 1000, None)


def test_google_sees_preconditions(double):
    from google.api_core.exceptions import PreconditionFailed
    bucket = client(double.url).bucket("bucket")
    bucket.blob("a").upload_from_string(b"1", if_generation_match=0)
    with pytest.raises(PreconditionFailed):
        bucket.blob("a").upload_from_string(b"2", if_generation_match=0)
    assert double.data("a") == b"1"
    assert [b.name for b in client(double.url).list_blobs("bucket")] == ["a"]
    bucket.blob("a").delete()
    assert double.names() == []


def test_double_refuses_what_google_refuses(double):
    """Chunks that are odd, with gaps or of a wrong checksum."""
    import urllib.error
    import urllib.request

    def send(method, url, body=b"", **headers):
        r = urllib.request.Request(url, body or None, method=method)
        for k, v in headers.items():
            r.add_header(k.replace("_", "-"), v)
        if not body:
            r.add_header("Content-Length", "0")
        try:
            with urllib.request.urlopen(r, timeout=5) as a:
                return a.status, a.headers
        except urllib.error.HTTPError as e:
            return e.code, e.headers

    start = f"{double.url}/upload/storage/v1/b/bucket/o?" \
        "uploadType=resumable&name=n"
    where = send("POST", start, b"{}")[1]["Location"]
    unit = bytes(256 * 1024)
    assert send("PUT", where, unit[:-1],
                Content_Range=f"bytes 0-{len(unit) - 2}/*")[0] == 400
    assert send("PUT", where, unit,
                Content_Range=f"bytes 5-{len(unit) + 4}/*")[0] == 400
    code, headers = send("PUT", where, Content_Range="bytes */*")
    assert code == 308 and "Range" not in headers
    code, headers = send("PUT", where, unit,
                         Content_Range=f"bytes 0-{len(unit) - 1}/*")
    assert (code, headers["Range"]) == (308, f"bytes=0-{len(unit) - 1}")
    assert send("PUT", where, b"xy", x_goog_hash="crc32c=AAAAAA==",
                Content_Range=f"bytes {len(unit)}-{len(unit) + 1}/"
                f"{len(unit) + 2}")[0] == 400
    assert double.names() == []


def read_all(url, bucket, prefix):
    """Every object below prefix, CRC32C checked by Google's client."""
    found = {}
    for blob in client(url).list_blobs(bucket, prefix=prefix):
        data = blob.download_as_bytes(checksum="crc32c", raw_download=True)
        assert len(data) == blob.size
        found[blob.name] = (data, blob)
    return found


def test_double_read_by_google(tools, double):
    rows = records(500)
    run = ObjectRun(double, "r")
    code, out, err = put(tools, run, stream(rows), "--part-size=5K",
                         env=double.env)
    assert code == 0, err
    found = read_all(double.url, "bucket", "r/")
    assert len(found) == len(run.names())


def test_emulators(tools, storage):
    """Happy path in two emulators from registries."""
    rows = records(2000)
    run = ObjectRun(None, "runs/a b")
    run.uri = f"{storage.uri}/runs/a b"
    code, out, err = put(tools, run, stream(rows), "--part-size=30K",
                         env=storage.env)
    assert code == 0 and plain(out) == rows, err
    found = read_all(storage.url, storage.bucket, "runs/a b/")
    m = json.loads(found["runs/a b/_nf/manifest.json"][0])
    for part in m["parts"]:
        data, blob = found["runs/a b/" + part["part"]]
        import base64
        assert base64.b64decode(blob.crc32c).hex() == part["crc32c"]
        assert blob.size == part["size"]
    p = tools.run("nf-stage", "cat", run.uri, env=storage.env, check=0)
    assert plain(p.stdout.encode()) == rows
    tools.run("nf-stage", "verify", run.uri, env=storage.env, check=0)
    assert tools.run("nf-stage", "mark", run.uri, env=storage.env,
                     check=0).stdout == "committed\n"
    p = tools.run("nf-stage", "ls", f"{storage.uri}/runs", env=storage.env,
                  check=0)
    assert json.loads(p.stdout)["committed"] is True


def test_large_part_in_emulator(tools, fake_gcs):
    rows = [b'{"n":%d,"x":"%s"}' % (i, b"y" * 65000) for i in range(300)]
    run = ObjectRun(None, "big")
    run.uri = f"{fake_gcs.uri}/big"
    code, out, err = put(tools, run, stream(rows), "--plain",
                         env=fake_gcs.env)
    assert code == 0 and plain(out) == rows, err
    p = tools.run("nf-stage", "cat", run.uri, env=fake_gcs.env, check=0)
    assert plain(p.stdout.encode()) == rows
