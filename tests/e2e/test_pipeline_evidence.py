# SPDX-License-Identifier: Apache-2.0
"""nf-pipeline ends with 0 only if what was asked for is done, whatever dies,
disappears or runs out around it; and it always writes its summary."""

import json
import os
import re
import shutil
import subprocess
import threading
import time

import pytest

from chain import Chain
from conftest import FULL, RELATIONAL, ROOT, make_invoice

TABLES = ("invoices", "items")
HELPERS = ("awk", "cat", "mkfifo", "mktemp", "mv", "rm", "sha256sum",
           "timeout")
CODES = {0, 64, 65, 69, 70, 74, 75, 77, 78, 99, 126, 127}
RECORDS = [make_invoice(n) for n in range(1, 8)]
BAD = [*RECORDS[:3], '{"NFeID":null}', *RECORDS[3:]]


@pytest.fixture
def job(tools, api):
    """A function that makes a chain with nothing staged and empty tables."""
    server = api(RECORDS, per_page=3)
    count = iter(range(10 ** 6))

    def make(records=None):
        if records is not None:
            server.records = records
        n = next(count)
        chain = Chain(tools, server.url, f"file://{tools.folder}/run-{n}",
                      f"sqlite:{tools.folder}/t-{n}.db", RELATIONAL)
        chain.create()
        return chain
    make.server = server
    return make


def die_at(folder, helper, turn, how="kill -9 $$"):
    """A folder for PATH in which a helper dies when it is started the
    turn-th time."""
    where = folder / f"dying-{helper}-{turn}"
    where.mkdir()
    script = where / helper
    script.write_text(
        "#!/bin/sh\n"
        f"n=0; read -r n < {where}/count\n"
        f"n=$((n + 1)); echo $n > {where}/count\n"
        f"[ $n -ne {turn} ] || {how}\n"
        f"exec {shutil.which(helper)} \"$@\"\n")
    (where / "count").write_text("0\n")
    script.chmod(0o755)
    return where


def is_whole(chain, wanted):
    """Is the table what the records of the API make, whenever it began?"""
    return rows(chain) == wanted


def rows(chain):
    return re.sub(r'"ts":\d+', "", chain.table(*TABLES))


def run(chain, *args, prefix=(), env=None, verb=()):
    """One job: its exit code, its summary (or None), its stderr."""
    done = subprocess.run(
        [*prefix, chain.tools.path("pipeline.sh"), *verb,
         *chain.args(*args)],
        env={**chain.tools.env, **(env or {})}, cwd=chain.tools.folder,
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        errors="replace", timeout=120)
    lines = done.stdout.splitlines()
    summary = json.loads(lines[-1]) if lines else None
    return done.returncode, summary, done.stderr


def assert_honest(chain, wanted, code, summary, err, state="loaded"):
    """0 and everything is there, or a code of the manual; and a summary."""
    assert code in CODES or code > 128, err
    assert summary is not None and summary["exit"] == code, err
    if code == 0:
        assert summary["state"] == state
        assert summary["run"] == chain.stage.rsplit("/", 1)[1]
        assert is_whole(chain, wanted), err


@pytest.fixture
def wanted(job):
    chain = job()
    chain.run(check=0)
    return rows(chain)


@pytest.mark.parametrize("helper", HELPERS)
def test_a_helper_dies(helper, job, wanted, tmp_path):
    """Killed, failing with a code of its own, or ending well without a
    word: the first, second, third and fourth time."""
    ways = ["kill -9 $$", "exit 3", "exit 0"]
    for turn in range(1, 5):
        for how in ways if FULL else [ways[turn % 3]]:
            chain = job()
            where = die_at(tmp_path, helper, turn, how)
            env = {"PATH": f"{where}:{chain.tools.env['PATH']}"}
            assert_honest(chain, wanted, *run(
                chain, "--metrics", f"{tmp_path}/m", "--summary",
                f"{tmp_path}/s", env=env))
            shutil.rmtree(where)
            # The machine is well again.
            chain.run(check=0)
            assert is_whole(chain, wanted)


@pytest.mark.parametrize("turn", [1, 2, 3])
@pytest.mark.parametrize("helper", ["cat", "sha256sum"])
def test_a_helper_dies_over_rejects(helper, turn, job, tmp_path):
    """Rejects are staged once, under the name of the run."""
    chain = job(BAD)
    where = die_at(tmp_path, helper, turn)
    code, summary, err = run(
        chain, "--reject", "bad",
        env={"PATH": f"{where}:{chain.tools.env['PATH']}"})
    assert code in (0, 74), err
    assert summary["exit"] == code
    if code == 0:
        assert summary["rejects"].startswith(chain.stage + "-rejects-")
    done = chain.run("--reject", "bad", check=0)
    name = chain.stage.rsplit("/", 1)[1]
    assert done.summary["rejects"].startswith(chain.stage + "-rejects-")
    assert len(list(tmp_path.glob(f"{name}-rejects-*"))) == 1


def test_rejects_that_are_gone(job, tmp_path):
    """Refused records whose file is gone are no success."""
    chain = job(BAD)
    where = tmp_path / "bin"
    where.mkdir()
    (where / "nf-transform").write_text(
        f"#!/bin/sh\n{chain.tools.path('nf-transform')} \"$@\"; code=$?\n"
        f"rm -f {tmp_path}/bad; exit $code\n")
    (where / "nf-transform").chmod(0o755)
    for tool in ("nf-fetch", "nf-stage", "nf-load"):
        (where / tool).symlink_to(chain.tools.path(tool))
    code, summary, err = run(chain, "--reject", "bad",
                             env={"NF_BIN": str(where)})
    assert code == 74 and "bad: no longer exists" in err
    assert "rejects" not in summary and summary["state"] != "loaded"


@pytest.mark.parametrize("pattern", [
    "mark", "*.json", "*.prom", "a", "b", "*", ""])
def test_a_cleaner_of_temporary_files(pattern, job, wanted, tmp_path):
    """What the job keeps in TMPDIR is removed again and again; "": all."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    ended = threading.Event()

    def clean():
        while not ended.is_set():
            for path in folder.glob(f"nf-pipeline.*/{pattern}" if pattern
                                    else "nf-pipeline.*"):
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
            time.sleep(0.002)
    cleaner = threading.Thread(target=clean)
    cleaner.start()
    try:
        for n in range(20 if FULL else 4):
            chain = job()
            assert_honest(chain, wanted, *run(
                chain, *["--live"] * (n % 2), env={"TMPDIR": str(folder)}))
    finally:
        ended.set()
        cleaner.join()


@pytest.mark.parametrize("verb", ["fetch", "load", "diff", "status", "plan"])
def test_a_verb_without_its_answers(verb, job, wanted, tmp_path):
    """Each verb says so when an answer of nf-stage does not come."""
    chain = job()
    if verb in ("load", "diff"):
        chain.run(check=0)
    where = tmp_path / "bin"
    where.mkdir()
    # It ends well, and has done nothing.
    (where / "nf-stage").write_text("#!/bin/sh\nexit 0\n")
    (where / "nf-stage").chmod(0o755)
    for tool in ("nf-fetch", "nf-transform", "nf-load"):
        (where / tool).symlink_to(chain.tools.path(tool))
    args = [] if verb != "status" else ["status", chain.stage]
    done = chain.tools.run(
        "pipeline.sh", *(args or [verb, *chain.args()]),
        env={"NF_BIN": str(where)})
    summary = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == summary["exit"] == 74
    assert summary.get("state") != "loaded"


@pytest.mark.parametrize("tool", ["nf-fetch", "nf-stage", "nf-transform",
                                  "nf-load"])
@pytest.mark.parametrize("code", [0, 1, 3, 99, 100])
def test_a_tool_that_says_nothing(tool, code, job, tmp_path):
    """Without a summary of its own no stage has ended well, and no code that
    is in no table comes out."""
    chain = job()
    where = tmp_path / "bin"
    where.mkdir()
    for other in ("nf-fetch", "nf-stage", "nf-transform", "nf-load"):
        if other != tool:
            (where / other).symlink_to(chain.tools.path(other))
    (where / tool).write_text(
        "#!/bin/sh\n"
        + (f"[ \"$1\" != mark ] || exec {chain.tools.path(tool)} \"$@\"\n"
           if tool == "nf-stage" else "")
        + f"cat > /dev/null\nexit {code}\n")
    (where / tool).chmod(0o755)
    got, summary, err = run(chain, env={"NF_BIN": str(where)})
    assert got in (74, 75), err
    assert summary["exit"] == got and summary.get("state") != "loaded"


@pytest.mark.parametrize("limit", [4, 5, 6, 7, 8, 10, 12, 13, 16, 20, 23, 24,
                                   28, 40])
def test_too_few_descriptors(limit, job, wanted):
    chain = job()
    code, summary, err = run(
        chain, prefix=["prlimit", f"--nofile={limit}"])
    assert code in (0, 74), err
    assert summary is not None and summary["exit"] == code
    if limit < 24:
        assert code == 74
    if code == 0:
        assert is_whole(chain, wanted)
        assert "cannot duplicate" not in err


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
def test_too_few_processes(job, tmp_path):
    """bash gives up on a fork: still 74 and the summary."""
    chain = job()
    stage = tmp_path / "its"
    stage.mkdir()
    stage.chmod(0o777)
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_uid == 0 and path != path.parent:
            path.chmod(path.stat().st_mode | 0o755)
    chain.stage = f"file://{stage}/run"
    prefix = ["setpriv", "--reuid=54321", "--clear-groups", "prlimit"]
    code, summary, err = run(chain, prefix=[*prefix, "--nproc=1"],
                             env={"TMPDIR": str(stage)})
    if "Permission denied" in err:
        pytest.skip("the tree cannot be read by another user")
    assert code == 74 and summary["exit"] == 74, err
    assert "out of processes" in err


def test_a_small_file_size_limit(job, wanted, tmp_path):
    """RLIMIT_FSIZE: an error of writing, never a death by SIGXFSZ."""
    for limit in (0, 100, 1000, 4096, 1 << 20):
        chain = job()
        code, summary, err = run(chain, prefix=["prlimit",
                                                f"--fsize={limit}"])
        assert code in (0, 74), err
        assert summary["exit"] == code
        if code == 0:
            assert is_whole(chain, wanted)


@pytest.mark.parametrize("option", ["errexit", "noclobber", "noglob", "posix",
                                    "pipefail", "noexec", "keyword",
                                    "errexit:posix:noglob:nounset"])
def test_shell_options_of_the_caller(option, job, wanted):
    """As bash takes them from its environment."""
    chain = job()
    chain.mapping = str(RELATIONAL)
    code, summary, err = run(chain, prefix=["env", f"SHELLOPTS={option}"])
    assert code == 0, err
    assert is_whole(chain, wanted)
    chain.url += "/nothing"
    chain.stage += "-2"
    code, summary, err = run(chain, prefix=["env", f"SHELLOPTS={option}"])
    assert code in (65, 69) and summary["exit"] == code, err


def test_functions_of_the_caller(job, wanted, tmp_path):
    """Exported functions and BASH_ENV are not ours."""
    chain = job()
    (tmp_path / "env").write_text("exit 0\n")
    code, _, err = run(chain, env={
        "BASH_ENV": str(tmp_path / "env"), "POSIXLY_CORRECT": "1",
        "BASH_FUNC_rm%%": "() { echo RAN >&2; }",
        "BASH_FUNC_finish%%": "() { exit 0; }",
        "BASH_FUNC_sha256sum%%": "() { echo RAN >&2; }"})
    assert code == 0 and "RAN" not in err
    assert is_whole(chain, wanted)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- 2>&-",
                                    "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_descriptors(closed, job, wanted):
    chain = job()
    args = " ".join(f"'{a}'" for a in chain.args())
    done = chain.tools.sh(
        f"'{chain.tools.path('pipeline.sh')}' {args} {closed}")
    assert done.returncode == (74 if ">&-" in closed.split() else 0), \
        done.stderr
    assert is_whole(chain, wanted)


def test_code_of_the_current_folder(job, wanted, tmp_path):
    """However its own place is looked for, no other code is run."""
    chain = job()
    here = tmp_path / "elsewhere"
    for parts in ("pipeline", "lib/pipeline", "share/nf-tools/pipeline"):
        (here / "x" / parts).mkdir(parents=True)
        for part in ("say", "chain", "end", "ask", "job", "look", "options"):
            (here / "x" / parts / f"{part}.sh").write_text("echo RAN >&2\n")
    (here / "x/../pipeline").mkdir()
    link = tmp_path / "link"
    link.symlink_to(ROOT / "pipeline.sh")
    for how in ("kill -9 $$", "exit 1", "exit 0", "echo; exit 0"):
        where = die_at(tmp_path, "readlink", 1, how)
        done = subprocess.run(
            [str(link), "--version"], cwd=here / "x",
            env={**chain.tools.env,
                 "PATH": f"{where}:{os.environ['PATH']}"},
            capture_output=True, text=True)
        shutil.rmtree(where)
        assert done.returncode == 74 and "RAN" not in done.stderr
        assert json.loads(done.stdout)["exit"] == 74
    for command in ("bash -s -- --version < '{}'",
                    "bash -c \"$(cat '{}')\" nf --version"):
        done = subprocess.run(
            ["bash", "-c", command.format(ROOT / "pipeline.sh")],
            cwd=here / "x", env=chain.tools.env, capture_output=True,
            text=True)
        assert done.returncode == 74 and "RAN" not in done.stderr
    done = subprocess.run([str(link), *chain.args()], cwd=here / "x",
                          env=chain.tools.env, capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    assert is_whole(chain, wanted)


def test_help_and_version_to_nowhere(tools):
    for args in (["--help"], ["--version"]):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = tools.run("pipeline.sh", *args, stdout=full)
        assert done.returncode == 74
        assert "stdout: cannot be written" in done.stderr


def test_a_metrics_file_without_its_merge(job, tmp_path):
    """awk dies: the file of the run before stays, and the code says it."""
    chain = job()
    where = die_at(tmp_path, "awk", 1)
    (tmp_path / "m").write_text("as it was\n")
    code, summary, err = run(
        chain, "--metrics", f"{tmp_path}/m",
        env={"PATH": f"{where}:{chain.tools.env['PATH']}"})
    assert code == 74 and summary["state"] == "loaded", err
    assert (tmp_path / "m").read_text() == "as it was\n"
