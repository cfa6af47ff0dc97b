# SPDX-License-Identifier: Apache-2.0
"""What Google's APIs refuse: exit codes that say whether another try helps,
messages that name the thing, and entries that are sent until they arrive."""

import sys
import tempfile

import pytest

from platforms import DEPLOY

sys.path.insert(0, str(DEPLOY / "composer"))
import nf_google  # noqa: E402
import nf_job  # noqa: E402
import nf_report  # noqa: E402
import nf_secret  # noqa: E402

SECRET = "/v1/projects/p/secrets/nf-token"
ENTRIES = "/v2/entries:write"
TOKEN = "/computeMetadata/"


@pytest.fixture
def cloud(google, monkeypatch, tmp_path):
    """Google, and a temporary folder and a clock of the test's own."""
    for name, value in google.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NF_REPORT", "cloud")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    google.waits = []
    monkeypatch.setattr(nf_google.time, "sleep", google.waits.append)
    return google


def test_secret(cloud):
    assert nf_secret.value("nf-token") == cloud.secret


@pytest.mark.parametrize("status, code", [
    (400, 78), (401, 77), (403, 77), (404, 78), (429, 75), (500, 75),
    (503, 75)])
def test_secret_refused(cloud, status, code):
    """A missing grant is 77, a missing secret 78; both name it."""
    cloud.refuse = {SECRET: [status]}
    with pytest.raises(nf_google.Refused) as e:
        nf_secret.value("nf-token")
    assert e.value.nf_exit == code
    assert "the secret nf-token" in str(e.value) and str(status) in str(e.value)


@pytest.mark.parametrize("verb, want", [
    ("fetch", ["NF_SECRET_NFE_TOKEN"]), ("load", ["NF_SECRET_PSEUDONYM"]),
    ("diff", ["NF_SECRET_PSEUDONYM"]),
    ("run", ["NF_SECRET_NFE_TOKEN", "NF_SECRET_PSEUDONYM"])])
@pytest.mark.parametrize("mapping", ["nfe-4.00-private", "own.json"])
def test_secrets_of_a_phase(tmp_path, monkeypatch, verb, want, mapping):
    """Of the API's those who fetch, of codes those who load or compare; a
    mapping by name is the installed one."""
    monkeypatch.setenv("NF_BIN", str(DEPLOY.parent / "build"))
    ours = DEPLOY.parent / "mappings/nfe-4.00-private.json"
    (tmp_path / "own.json").write_text(ours.read_text())
    (tmp_path / "s.json").write_text('{"token": "env:NF_SECRET_NFE_TOKEN"}')
    of = nf_job.Job("x", tmp_path / "x.job.json", {
        "source": "s.json", "mapping": mapping})
    assert of.secrets(verb) == want
    if mapping == "own.json":
        (tmp_path / "own.json").unlink()
    else:
        of.said["mapping"] = "nfe-none"
    if verb != "fetch":
        with pytest.raises(nf_job.ConfigError, match="x: mapping: "):
            of.secrets(verb)


def test_no_such_secret(cloud):
    with pytest.raises(nf_google.Refused, match="the secret other: 404") as e:
        nf_secret.value("other")
    assert e.value.nf_exit == 78


def test_machine_without_an_account(cloud, monkeypatch):
    """The metadata server refuses, or does not exist."""
    cloud.refuse = {TOKEN: [404]}
    with pytest.raises(nf_google.Refused, match="metadata server: 404"):
        nf_secret.value("nf-token")
    monkeypatch.setenv("GCE_METADATA_HOST", "127.0.0.1:1")
    with pytest.raises(nf_google.Refused, match="no answer") as e:
        nf_secret.value("nf-token")
    assert e.value.nf_exit == 75


@pytest.mark.parametrize("status, code", [(403, 77), (404, 78), (503, 75)])
def test_jobs_refused(cloud, monkeypatch, status, code):
    """The folder of the job files, in a bucket."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", cloud.env[
        "NF_LOGGING_ENDPOINT"])
    monkeypatch.setenv("NF_JOBS", "gs://artifacts/jobs")
    monkeypatch.setattr(nf_google.time, "monotonic", ticks())
    cloud.refuse = {"/storage/": [status]}
    with pytest.raises(nf_google.Refused, match="folder of the jobs") as e:
        nf_job.names()
    assert e.value.nf_exit == code


def ticks():
    """A clock that goes on by ten seconds at each look."""
    now = iter(range(0, 10**6, 10))
    return lambda: float(next(now))


def entry(run):
    return nf_report.attempt("airflow", run, 65, source="nfe")


def runs(cloud):
    return [e["jsonPayload"]["run"] for e in cloud.entries]


@pytest.mark.parametrize("before", [[503], [429, 429], [500, 503, 502]])
def test_sent_again(cloud, before):
    cloud.refuse = {ENTRIES: [*before, 200]}
    nf_report.write(entry("a"))
    assert runs(cloud) == ["a"]
    assert cloud.waits == [1.0, 2.0, 4.0][:len(before)]


def test_sent_again_when_the_token_was_late(cloud):
    cloud.refuse = {TOKEN: [503, 200]}
    nf_report.write(entry("a"))
    assert runs(cloud) == ["a"]


def test_kept_until_it_arrives(cloud, monkeypatch, capsys):
    """What did not arrive comes with the next report of the machine."""
    monkeypatch.setenv("NF_REPORT_PATIENCE", "0.5")
    cloud.refuse = {ENTRIES: [503]}
    nf_report.write(entry("a"))
    nf_report.write(entry("b"))
    assert runs(cloud) == []
    assert "the log nf-run: 503" in capsys.readouterr().err
    cloud.refuse = {}
    nf_report.write(entry("c"))
    assert sorted(runs(cloud)) == ["a", "b", "c"]
    nf_report.write(entry("d"))
    assert sorted(runs(cloud)) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("status, later", [
    (400, ["b"]), (401, ["a", "b"]), (403, ["a", "b"]), (404, ["b"])])
def test_refused_for_good(cloud, status, later, capsys):
    """What another try cannot help is reported at once; what only lacks a
    grant arrives when there is one."""
    cloud.refuse = {ENTRIES: [status]}
    nf_report.write(entry("a"))
    assert cloud.waits == []
    assert f"the log nf-run: {status}" in capsys.readouterr().err
    cloud.refuse = {}
    nf_report.write(entry("b"))
    assert sorted(runs(cloud)) == later
