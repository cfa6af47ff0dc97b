# SPDX-License-Identifier: Apache-2.0
"""deploy/README.md, followed from top to bottom as far as no cloud is needed:
here with what is built already, in a clean Debian by tests/newcomer DIR
--deploy (NF_TORTURE=full)."""
import os
import re
import shutil
import socket
import subprocess

import pytest

from infra import BUILD, CACHE, ROOT

PAGE = ROOT / "deploy/README.md"
FULL = os.environ.get("NF_TORTURE") == "full"
# What a machine of an operator has besides; the commands of Google's.
CLOUD = {"gcloud", "skopeo", "tofu"}
OF_SHELL = {"cd", "exec", "export", "kill"}
BLOCK = re.compile(r"(?:<!-- (not run|slow): ([^\n]+) -->\n)?```sh\n(.*?)^```$",
                   re.M | re.S)


def blocks():
    """Each block: how it is marked, why, and its text."""
    return [m.groups() for m in BLOCK.finditer(PAGE.read_text())]


def without_documents(text):
    """Of a script, what is not the text of a here-document."""
    return re.sub(r"<< '?END'?\n.*?^END$", "", text, flags=re.M | re.S)


def commands(text):
    """The first word of each command."""
    text = without_documents(text).replace("\\\n", " ")
    text = re.sub(r"'[^']*'", "''", text)
    text = re.sub(r"\$\((?!\()", "\n", text)
    text = re.sub(r"\d>&\d|[>&]\d", "", text)
    for part in re.split(r"[\n;|&(]+", text):
        words = part.replace(")", " ").split()
        while words and re.fullmatch(r"\w+=\S*", words[0]):
            words.pop(0)
        if words and not words[0].startswith(("-", "#", ">", "2>")):
            yield words[0]


def test_blocks_are_of_three_kinds():
    found = blocks()
    assert len(found) == PAGE.read_text().count("```sh\n")
    kinds = [kind for kind, _, _ in found]
    assert kinds.count(None) == 7 and kinds.count("slow") == 2
    assert sorted(why for kind, why, _ in found if kind == "not run") == [
        "needs a project", "needs a registry",
        "needs an environment of Composer"]


@pytest.mark.parametrize("n", range(len(blocks())))
def test_a_block_parses_and_what_it_names_is_there(n):
    """Its commands exist, its paths are in the tree or are made by a block,
    the targets of make are some."""
    kind, _, text = blocks()[n]
    r = subprocess.run(["bash", "-n"], input=text, capture_output=True,
                       text=True)
    assert r.returncode == 0 and not r.stderr, r.stderr
    made = "".join(t for _, _, t in blocks()[:n + 1])
    for command in commands(text):
        if command in CLOUD:
            assert kind == "not run", command
        elif command.startswith("build/") or command.startswith("../"):
            assert re.search(r"(nf-pipeline|pip|functions-framework)$",
                             command), command
        elif "/" in command:
            assert os.access(ROOT / command, os.X_OK), command
        elif command.startswith("nf-"):
            assert (BUILD / command).exists(), command
        else:
            assert command in OF_SHELL or shutil.which(command) or \
                command == "apt-get", command
    for path in re.findall(r"(?<![\w/.$-])((?:deploy|mappings|tests|docs)/"
                           r"[\w./-]+)", without_documents(text)):
        assert (ROOT / path).exists(), path
    for target in re.findall(r"^make (?:-j2)? ?(\w*)$", text, re.M):
        assert re.search(rf"^{target or 'all'}:",
                         (ROOT / "Makefile").read_text(), re.M), target
    for path in re.findall(r"(?<![\w/.-])build/[\w-]+", text):
        assert path in ("build/dist", "build/nf", "build/venv") or re.search(
            rf"(mkdir -p .*{path}\b|> {path}|file:{path})", made), path


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def test_what_is_local_runs(tmp_path):
    """In a copy of the tree, after make; what it installs is left out, and
    so is what takes long."""
    if not (BUILD / "nf-stage").exists():
        pytest.skip("not built")
    tree = tmp_path / "tree"
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others",
         "--exclude-standard"], cwd=ROOT, capture_output=True).stdout
    if not names:
        pytest.skip("not a clone")
    tree.mkdir()
    for name in filter(None, names.decode().split("\0")):
        if (ROOT / name).exists():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    (tree / "build").mkdir()
    for tool in ("nf-fetch", "nf-stage", "nf-transform", "nf-load"):
        shutil.copy2(BUILD / tool, tree / "build")
    run = [text for kind, _, text in blocks() if kind is None]
    script = "".join(run).replace("8765", str(free_port()))
    # What is there already; and all of make but its targets.
    script, n = re.subn(r"^(tests/setup build|apt-get .*|make -j2)\n", "",
                        script, flags=re.M)
    assert n == 3
    script, n = re.subn(r"^make wheel$", "make -s -o all wheel", script,
                        flags=re.M)
    assert n == 1
    r = subprocess.run(
        ["bash", "-c", "trap 'kill $(jobs -p) 2> /dev/null || :' EXIT\n"
         f"set -e -o pipefail\n{script}"], cwd=tree,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path),
             "TMPDIR": str(tmp_path), "NF_LOG_FORMAT": "text",
             "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INDEX": "1"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=600)
    assert r.returncode == 0, r.stdout[-1500:] + r.stderr[-3000:]
    # Fetched by one way, and the rest by another; all of it once.
    assert re.search(r'"windows":\[\{"window":"[\d-]+","run":"[^"]+","exit":0'
                     r"\}\]", r.stdout)
    assert r.stdout.splitlines().count("3") == 1
    entries = re.findall(r"^(\w+)\t(\S*)\tnfe\t(\w+)$", r.stdout, re.M)
    assert ("attempt", "pipeline", "ok") in entries
    assert entries[-1][0] == "freshness" and entries[-1][2] == "ok"
    states = re.findall(r'"state":"(\w+)","due":(\w+)', r.stdout)
    assert len(states) in (3, 4) and {d for _, d in states} == {"false"}
    assert {s for s, _ in states} <= {"loaded", "audited"}
    assert "audited" in {s for s, _ in states}


@pytest.mark.skipif(not FULL, reason="a Debian of its own: NF_TORTURE=full")
def test_in_a_clean_debian():
    if os.getuid() != 0 or not shutil.which("debootstrap"):
        pytest.skip("needs root and Debian's package debootstrap")
    folder = CACHE / "newcomer-deploy"
    r = subprocess.run([ROOT / "tests/newcomer", folder, "--deploy"],
                       stdin=subprocess.DEVNULL, capture_output=True,
                       text=True, timeout=7200)
    if r.returncode == 69 and not (folder / "root").exists():
        pytest.skip("no mirror of Debian")
    assert r.returncode == 0, (folder / "transcript").read_text()[-3000:]
    run = sum(kind != "not run" for kind, _, _ in blocks())
    assert f"newcomer: {run} commands, exit 0; not run: " \
        "needs a registry, needs a project, " \
        "needs an environment of Composer\n" == r.stdout
    shutil.rmtree(folder / "root")
