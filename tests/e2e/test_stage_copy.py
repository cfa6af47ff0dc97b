# SPDX-License-Identifier: Apache-2.0
"""Runs that were copied, moved or restored: the generation is a hint, what
the objects hold is the proof.  And listing what is right in a bucket."""

import json

import pytest

from conftest import FULL, ndjson
from staging import (FileRun, ObjectRun, attempt, check, lose, mark_of, plain,
                     put, records, stream)
from storage import Storage

SOURCE = records(40)
PARTS = ("--part-records", "10")
WARNING = "generation"


@pytest.fixture
def storage():
    with Storage(("bucket", "other")) as double:
        yield double


def run_of(storage, name, bucket="bucket"):
    run = ObjectRun(storage, name, bucket)
    run.env = storage.env
    return run


def copy(run, name, bucket="bucket"):
    """As gcloud storage cp -r does: the same bytes, other generations."""
    s = run.storage
    for (b, key), o in sorted(s.objects.items()):
        if b == run.bucket and key.startswith(run.prefix):
            s.make(bucket, f"{name}/{key.removeprefix(run.prefix)}", {},
                   dict(o["meta"]), o["data"], {})
    return run_of(s, name, bucket)


@pytest.fixture
def committed(storage, tools):
    run = run_of(storage, "r")
    code, _, err = put(tools, run, stream(SOURCE), "--emit=none", *PARTS,
                       env=run.env)
    assert code == 0, err
    return run


def nf(tools, run, verb, *args, code=0, input=None):
    done = tools.run("nf-stage", verb, *args, run.uri, env=run.env,
                     input=input)
    assert done.returncode == code, done.stderr
    return done


def warned(done):
    return sum(WARNING in line for line in done.stderr.splitlines()
               if "warning" in line)


@pytest.mark.parametrize("bucket", ["bucket", "other"])
def test_a_copy_is_the_run(bucket, committed, tools):
    moved = copy(committed, "elsewhere/r2", bucket)
    if bucket == "other":
        lose(committed, *committed.names())
    assert mark_of(tools, moved) == "committed"
    done = nf(tools, moved, "cat")
    assert plain(done.stdout.encode()) == SOURCE
    assert warned(done) == 1
    shares = []
    for n in range(1, 4):
        shares += nf(tools, moved, "cat", "--no-seal", "--part",
                     f"{n}/3").stdout.encode().splitlines()
    assert shares == SOURCE
    done = nf(tools, moved, "verify")
    assert json.loads(done.stdout)["verified"] and warned(done) == 1
    assert len(ndjson(nf(tools, moved, "ls").stdout)) == 2 * 4 + 2
    assert nf(tools, moved, "ls", "--orphans").stdout == ""
    # The same input again: nothing is made, all is passed on.
    before = moved.names()
    for emit in ("none", "records", "manifest"):
        code, out, err = put(tools, moved, stream(SOURCE), f"--emit={emit}",
                             env=moved.env)
        assert code == 0 and err.count(b"warning") == 1, err
        if emit == "records":
            assert plain(out) == SOURCE
    assert moved.names() == before
    check(moved, [SOURCE])


@pytest.mark.parametrize("turn", range(4))
def test_a_part_is_restored(turn, committed, tools):
    """Deleted, and brought back: a new generation of the same bytes."""
    s = committed.storage
    part = [n for n in committed.names() if n.startswith("part-")][turn]
    o = s.objects.pop(("bucket", committed.prefix + part))
    done = nf(tools, committed, "cat", code=65)
    assert f"{part}: missing" in done.stderr
    s.make("bucket", committed.prefix + part, {}, dict(o["meta"]), o["data"],
           {})
    done = nf(tools, committed, "cat")
    assert plain(done.stdout.encode()) == SOURCE and warned(done) == 1
    nf(tools, committed, "verify")


@pytest.mark.parametrize("how, says", [
    (lambda d: d[:-1] + bytes([d[-1] ^ 1]), "not the CRC32C|checksum differs"),
    (lambda d: d + b"x", "bad_gzip|not the size|trailing|gzip"),
    (lambda d: b"", "gzip|size"),
])
@pytest.mark.parametrize("verb", ["cat", "verify"])
def test_another_object_is_not_missing(how, says, verb, committed, tools):
    s = committed.storage
    part = [n for n in committed.names() if n.startswith("part-")][1]
    o = s.objects["bucket", committed.prefix + part]
    s.make("bucket", committed.prefix + part, {}, dict(o["meta"]),
           how(o["data"]), {})
    done = nf(tools, committed, verb, code=65)
    assert "missing" not in done.stderr
    assert any(s in done.stderr for s in says.split("|")), done.stderr
    # put of the same records says it too, and does not repair it in place.
    code, _, err = put(tools, committed, stream(SOURCE), "--emit=none",
                       env=committed.env)
    assert code == 65 and b"missing" not in err, err


def test_a_run_goes_on_in_its_copy(storage, tools):
    """Copied before it was committed."""
    run = run_of(storage, "r")
    cut = stream(SOURCE, every=5)
    cut = cut[:cut.index(b'"at":25')]
    code, _, err = put(tools, run, cut, "--emit=none", "--part-records", "5",
                       env=run.env)
    assert code == 75, err
    moved = copy(run, "copy")
    assert mark_of(tools, moved) == mark_of(tools, run) == '{"at":20}'
    code, out, err = attempt(tools, moved, SOURCE, *PARTS, env=moved.env)
    assert code == 0, err
    assert plain(out) == SOURCE
    check(moved, [SOURCE])
    assert plain(nf(tools, moved, "cat").stdout.encode()) == SOURCE
    # And from its beginning, over the receipts that are there.
    again = copy(run, "again")
    code, out, err = put(tools, again, stream(SOURCE, every=5),
                         "--part-records", "5", env=again.env)
    assert code == 0 and plain(out) == SOURCE, err
    check(again, [SOURCE])


def test_a_lost_part_is_made_again(committed, tools):
    """Of a receipt whose part is gone: the same bytes are the same part."""
    part = [n for n in committed.names() if n.startswith("part-")][2]
    lose(committed, part, "_nf/manifest.json")
    code, out, err = put(tools, committed, stream(SOURCE), *PARTS,
                         env=committed.env)
    assert code == 0 and plain(out) == SOURCE, err
    check(committed, [SOURCE])
    assert plain(nf(tools, committed, "cat").stdout.encode()) == SOURCE


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("when,how", [(None, None), (2, "replaced"),
                                      (3, "replaced"), (2, "removed")])
def test_a_range_never_mixes_two_objects(recorded, when, how, storage, tools):
    """The download breaks off, and another object takes the name before the
    second request, which tries a range, or the third, which gets the rest.
    It is as long, so that only its generation tells."""
    run = run_of(storage, "r")
    first, second = (b"".join(b'{"%s":%d}\n' % (tag, i)
                              for i in range(100000, 190000))
                     for tag in (b"a", b"b"))
    if recorded:
        code, _, err = put(tools, run, first, "--emit=none", "--unsealed",
                           "--plain", env=run.env)
        assert code == 0, err
    else:
        storage.make("bucket", "r/x.ndjson", {}, {}, first, {})
    asked = []

    def fault(op, _, name):
        if op != "media" or not name.endswith(".ndjson"):
            return None
        asked.append(name)
        if len(asked) == when and how == "removed":
            del storage.objects["bucket", name]
        elif len(asked) == when:
            storage.make("bucket", name, {}, {}, second, {})
        return ("cut",) if len(asked) == 1 else None
    storage.fault = fault
    done = tools.run("nf-stage", "cat", "--no-manifest", "--no-seal",
                     run.uri, env=run.env)
    if when is not None:
        assert len(asked) == when
        assert done.returncode == 75, done.stderr
        assert "replaced or removed while it was read" in done.stderr
        assert first.startswith(done.stdout.encode())
    else:
        assert done.returncode == 0, done.stderr
        assert done.stdout.encode() == first


@pytest.mark.parametrize("uri", ["gs://bucket", "gs://bucket/",
                                 "gs://bucket//"])
def test_ls_of_a_bucket(uri, committed, tools):
    copy(committed, "day-2")
    copy(committed, "deep/day-3")
    code, _, err = put(tools, run_of(committed.storage, "begun"),
                       stream(SOURCE)[:500], env=committed.env)
    assert code == 75, err
    done = tools.run("nf-stage", "ls", uri, env=committed.env, check=0)
    found = {line["uri"]: line["committed"] for line in ndjson(done.stdout)}
    assert {"gs://bucket/r/": True, "gs://bucket/day-2/": True}.items() \
        <= found.items()
    assert "gs://bucket/deep/day-3/" not in found
    for verb in ("put", "cat", "mark", "verify", "notes", "note"):
        done = tools.run("nf-stage", verb, uri, env=committed.env, input="")
        assert done.returncode == 64, (verb, done.stderr)
        assert "gs://BUCKET/RUN" in done.stderr


@pytest.mark.parametrize("uri, says", [
    ("gs://", "3 to 222"), ("gs:///x", "3 to 222"), ("gs://ab/x", "gs://ab:"),
    ("gs://ab", "gs://ab:"), ("gs://" + "a" * 223 + "/x", "3 to 222")])
def test_names_that_no_bucket_has(uri, says, storage, tools):
    done = tools.run("nf-stage", "ls", uri, env=storage.env)
    assert done.returncode == 64 and says in done.stderr, done.stderr


def test_a_folder_that_was_copied(tools, tmp_path):
    """Where no object has a generation there is nothing to warn of."""
    run = FileRun(tmp_path / "r")
    run.env = {}
    code, _, err = put(tools, run, stream(SOURCE), "--emit=none", *PARTS)
    assert code == 0, err
    tools.sh(f"cp -r {tmp_path}/r {tmp_path}/r2 && mv {tmp_path}/r "
             f"{tmp_path}/r3", check=0)
    for name in ("r2", "r3"):
        moved = FileRun(tmp_path / name)
        moved.env = {}
        done = nf(tools, moved, "cat")
        assert plain(done.stdout.encode()) == SOURCE and warned(done) == 0
        nf(tools, moved, "verify")


def test_many_parts_copied_between_buckets(fake_gcs, tools):
    """With Google's client in an emulator: read by shares, checked, and
    resumed in the copy; the long form has 2,600 parts."""
    n = 2600 if FULL else 130
    source = records(n + 20)
    client = fake_gcs.client()
    bucket = client.bucket(fake_gcs.bucket)
    run = type("Run", (), {"uri": fake_gcs.uri + "/r", "env": fake_gcs.env})
    cut = stream(source, every=1)
    cut = cut[:cut.index(b'"at":%d}' % (n + 1))]
    code, _, err = put(tools, run, cut, "--emit=none", "--part-records", "1",
                       env=run.env, timeout=600)
    assert code == 75, err
    other = client.create_bucket(fake_gcs.bucket + "-2")
    for blob in list(client.list_blobs(bucket)):
        bucket.copy_blob(blob, other, "moved/" + blob.name[2:])
    moved = type("Run", (), {"uri": f"gs://{other.name}/moved",
                             "env": fake_gcs.env})
    assert json.loads(mark_of(tools, moved)) == {"at": n}
    code, out, err = attempt(tools, moved, source, "--part-records", "1",
                             env=moved.env)
    assert code == 0, err
    assert plain(out) == source
    shares = [nf(tools, moved, "cat", "--no-seal", "--part",
                 f"{i}/7").stdout.encode().splitlines() for i in range(1, 8)]
    assert all(shares) and sum(shares, []) == source
    done = nf(tools, moved, "verify")
    assert json.loads(done.stdout)["parts"] >= n and warned(done) == 1
