# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: tools, servers, emulators, clients.

Run by tests/run, which sets NF_TEST_CACHE; NF_BUILD chooses the build.
Everything listens on 127.0.0.1 on a free port and ends with its test or its
worker.
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("NF_BUILD", ROOT / "build")).resolve()
CACHE = pathlib.Path(os.environ.get("NF_TEST_CACHE", ROOT / "build-tests"))
FULL = os.environ.get("NF_TORTURE") == "full"
if BUILD.name == "build-tsan":
    os.environ.setdefault("TSAN_OPTIONS", "suppressions="
                          f"{ROOT / 'tests' / 'e2e' / 'tsan.supp'}")

sys.path.insert(0, str(ROOT / "tests" / "server"))

import invoices  # noqa: E402

FLAT = ROOT / "mappings" / "nf-flat.json"
RELATIONAL = ROOT / "mappings" / "nf-relational.json"
WIDE = ROOT / "mappings" / "nf-wide.json"
SAMPLE = ROOT / "mappings" / "samples" / "nf-sample.json"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def make_invoice(number, items=2):
    """A made-up invoice as JSON text, the same each time."""
    lines = ",".join(
        '{"ProductName":"P%d","Value":%d.%02d,"Quantity":%d}'
        % (i, number % 90 + i + 1, number % 100, i + 1)
        for i in range(items))
    return ('{"CreateDate":"2021-05-24T20:21:34.79",'
            '"EmissionDate":"2021-05-24T00:00:00","Discount":%d.0,'
            '"NFeNumber":%d,"NFeID":%d,"ItemList":[%s]}'
            % (number % 3, 500 + number, number, lines))


def ndjson(text):
    return [json.loads(line) for line in text.splitlines()]


def leaves(value, path=""):
    """Each value that is not an object or array, with its path; * is any
    item."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, f"{path}/*")
    else:
        yield path, value


class Tools:
    """Runs the tools of one build in a folder of the test's own."""

    def __init__(self, folder, build=BUILD):
        self.folder = folder
        self.build = pathlib.Path(build)
        self.env = {
            "PATH": f"{self.build}:{os.environ['PATH']}",
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "LC_ALL": "C",
            "TZ": "UTC",
            "NF_LOG_FORMAT": "text",
            "NF_BIN": str(self.build),
        }
        for name in ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS",
                     "TSAN_OPTIONS", "GCOV_PREFIX"):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def path(self, tool):
        if tool == "pipeline.sh":
            return str(ROOT / "pipeline.sh")
        return str(self.build / tool)

    def start(self, tool, *args, **kwargs):
        env = {**self.env, **kwargs.pop("env", {})}
        kwargs.setdefault("stdin", subprocess.DEVNULL)
        kwargs.setdefault("stdout", subprocess.PIPE)
        kwargs.setdefault("stderr", subprocess.PIPE)
        kwargs.setdefault("cwd", self.folder)
        return subprocess.Popen([self.path(tool), *map(str, args)],
                                env=env, **kwargs)

    def run(self, tool, *args, input=None, timeout=120, check=None,
            **kwargs):
        """Run to the end; text in and out.  check: the code it must have."""
        if input is not None:
            kwargs["stdin"] = subprocess.PIPE
        with self.start(tool, *args, encoding="utf-8",
                        errors="surrogateescape", start_new_session=True,
                        **kwargs) as p:
            try:
                out, err = p.communicate(input, timeout)
            except BaseException:
                os.killpg(p.pid, signal.SIGKILL)
                raise
        done = subprocess.CompletedProcess(p.args, p.returncode, out, err)
        if check is not None:
            assert done.returncode == check, \
                f"{tool} {args}: exit {done.returncode}\n{err}\n{out}"
        return done

    def sh(self, script, timeout=120, check=None, env=None, **kwargs):
        """Run a bash script with the tools on PATH."""
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, timeout=timeout,
            env={**self.env, **(env or {})}, stdin=subprocess.DEVNULL,
            capture_output=True, encoding="utf-8", **kwargs)
        if check is not None:
            assert done.returncode == check, \
                f"{script}: exit {done.returncode}\n{done.stderr}"
        return done

    def scan(self, target, *args, env=None):
        """The rows of a table as {row: {family: {qualifier: value}}}."""
        done = self.run("nf-load", "scan", *args, target, check=0, env=env)
        return rows_of(done.stdout)


def rows_of(text):
    """Mutation lines as {row: {family: {qualifier: value}}}."""
    rows = {}
    for line in ndjson(text):
        row = rows.setdefault(line["row"], {})
        if isinstance(line["cells"], list):
            for cell in line["cells"]:
                family = row.setdefault(cell["family"], {})
                # Newest first: what comes later is an older version.
                family.setdefault(cell["qualifier"], cell["value"])
        else:
            for family, cells in line["cells"].items():
                row.setdefault(family, {}).update(cells)
    return rows


@pytest.fixture
def tools(tmp_path):
    return Tools(tmp_path)


@pytest.fixture(params=["build", "build-asan", "valgrind"])
def every_build(request, tmp_path):
    """Tools as built, with sanitizers, and under valgrind."""
    if request.param == "build-asan":
        build = ROOT / "build-asan"
        if not (build / "nf-fetch").exists():
            pytest.skip("build-asan: not built")
        return Tools(tmp_path, build)
    if request.param == "build":
        return Tools(tmp_path)
    if shutil.which("valgrind") is None:
        pytest.skip("valgrind: not installed")
    wrapped = tmp_path / "bin"
    wrapped.mkdir()
    for tool in ("nf-fetch", "nf-stage", "nf-transform", "nf-load"):
        script = wrapped / tool
        script.write_text(
            "#!/bin/sh\nexec valgrind -q --error-exitcode=99 "
            "--exit-on-first-error=yes --leak-check=no "
            f"{BUILD / tool} \"$@\"\n")
        script.chmod(0o755)
    return Tools(tmp_path, wrapped)


@pytest.fixture
def api():
    """A function that starts an API serving records; see invoices.Api."""
    started = []

    def start(records, **kwargs):
        server = invoices.Api(records, **kwargs)
        server.__enter__()
        started.append(server)
        return server

    yield start
    for server in started:
        server.__exit__()


@pytest.fixture(scope="session")
def shim(tmp_path_factory):
    """The library of tests/faults, to be preloaded."""
    if BUILD.name in ("build-asan", "build-tsan"):
        pytest.skip("a sanitizer wants to be the first library")
    library = tmp_path_factory.mktemp("shim") / "shim.so"
    subprocess.run(
        [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1",
         "-o", str(library), str(ROOT / "tests" / "faults" / "shim.c"),
         "-ldl"], check=True)
    return str(library)


@pytest.fixture(scope="session")
def sample():
    """The mission's invoices, each as the text it has in the file."""
    return invoices.split(SAMPLE.read_text(encoding="utf-8"))


# Emulators ---------------------------------------------------------------

class Emulator:
    """A server process, started and waited for until ready says so."""

    def __init__(self, args, ready, log):
        self.log = open(log, "w+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen(
            args, stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=subprocess.STDOUT, start_new_session=True)
        deadline = time.monotonic() + 60
        while not ready():
            if self.process.poll() is not None \
                    or time.monotonic() > deadline:
                self.stop()
                pytest.fail(f"{args[0]} did not start: see {log}")
            time.sleep(0.05)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


def listening(port):
    def ready():
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0
    return ready


def need_tool(name):
    path = CACHE / "gobin" / name
    if not path.exists():
        pytest.skip(f"{name}: not built, see tests/setup")
    return str(path)


@pytest.fixture(scope="session")
def bigtable_server(tmp_path_factory):
    path = need_tool("emulator")
    port = free_port()
    log = tmp_path_factory.mktemp("bigtable") / "log"
    emulator = Emulator([path, "-host", "127.0.0.1", "-port", str(port)],
                        listening(port), log)
    yield f"127.0.0.1:{port}"
    emulator.stop()


class Bigtable:
    """An instance of a test's own in Google's emulator, and Google's client."""

    def __init__(self, host):
        self.host = host
        self.project = "p-" + uuid.uuid4().hex[:8]
        self.instance = "i"
        self.uri = f"bigtable://{self.project}/{self.instance}"
        self.env = {"BIGTABLE_EMULATOR_HOST": host}

    def client(self):
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import bigtable
        before = os.environ.get("BIGTABLE_EMULATOR_HOST")
        os.environ["BIGTABLE_EMULATOR_HOST"] = self.host
        try:
            client = bigtable.Client(project=self.project, admin=True,
                                     credentials=AnonymousCredentials())
            client.table_data_client
            client.table_admin_client
        finally:
            if before is None:
                del os.environ["BIGTABLE_EMULATOR_HOST"]
            else:
                os.environ["BIGTABLE_EMULATOR_HOST"] = before
        return client

    def rows(self, table):
        """{row: {(family, qualifier): [(value, micros), ...]}}, as bytes."""
        instance = self.client().instance(self.instance)
        found = {}
        for row in instance.table(table).read_rows():
            cells = found.setdefault(row.row_key, {})
            for family, columns in row.cells.items():
                for qualifier, versions in columns.items():
                    cells[family, qualifier] = [
                        (c.value, c.timestamp_micros) for c in versions]
        return found


@pytest.fixture
def bigtable(bigtable_server):
    return Bigtable(bigtable_server)


class Storage:
    """A bucket of a test's own in an emulator, and Google's client."""

    def __init__(self, url, name):
        self.url = url
        self.emulator = name
        self.bucket = "b-" + uuid.uuid4().hex[:12]
        self.uri = f"gs://{self.bucket}"
        self.env = {"STORAGE_EMULATOR_HOST": url}
        request = urllib.request.Request(
            f"{url}/storage/v1/b?project=test", method="POST",
            data=json.dumps({"name": self.bucket}).encode(),
            headers={"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=10).close()

    def client(self):
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import storage
        return storage.Client(project="test",
                              credentials=AnonymousCredentials(),
                              client_options={"api_endpoint": self.url})

    def names(self, prefix=""):
        return sorted(b.name for b in
                      self.client().list_blobs(self.bucket, prefix=prefix))


@pytest.fixture(scope="session")
def fake_gcs_server(tmp_path_factory):
    path = need_tool("fake-gcs-server")
    port = free_port()
    log = tmp_path_factory.mktemp("fake-gcs") / "log"
    emulator = Emulator(
        [path, "-scheme", "http", "-backend", "memory", "-host", "127.0.0.1",
         "-port", str(port), "-public-host", f"127.0.0.1:{port}",
         "-log-level", "warn"], listening(port), log)
    yield f"http://127.0.0.1:{port}"
    emulator.stop()


@pytest.fixture(scope="session")
def storage_emulator_server(tmp_path_factory):
    port = free_port()
    log = tmp_path_factory.mktemp("storage") / "log"
    emulator = Emulator(
        [sys.executable, "-m", "gcp_storage_emulator", "start", "--host",
         "127.0.0.1", "--port", str(port), "--in-memory", "--quiet"],
        listening(port), log)
    yield f"http://127.0.0.1:{port}"
    emulator.stop()


@pytest.fixture
def fake_gcs(fake_gcs_server):
    return Storage(fake_gcs_server, "fake-gcs-server")


@pytest.fixture(params=["fake_gcs_server", "storage_emulator_server"])
def storage(request):
    """A bucket in each of two Cloud Storage emulators."""
    return Storage(request.getfixturevalue(request.param), request.param)


@pytest.fixture(params=["file", "gs"])
def run(request, tmp_path):
    """An empty run in a folder and in the strict double."""
    import staging  # who loads this file from elsewhere has it not on the path

    with staging.empty(request.param, tmp_path) as r:
        yield r
