# SPDX-License-Identifier: Apache-2.0
"""Every option of every verb is completed by bash, zsh and fish."""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time

import pytest

from conftest import BUILD, ROOT

PATH = f"{BUILD}:{ROOT}:{os.environ['PATH']}"


def help_of(tool, *verb):
    return subprocess.run([tool, *verb, "--help"],
                          env={**os.environ, "PATH": PATH}, check=True,
                          capture_output=True, encoding="utf-8").stdout


def verbs_of(tool):
    """The verbs that the synopsis of the tool's help names."""
    text = help_of(tool).split("\n\n")[0]
    found = re.findall(rf"^(?:usage:)? *{tool} (\[[a-z]+\]|[a-z]+)(?= |$)",
                       text, re.M)
    return [v.strip("[]") for v in found if v != "[options]"]


TOOLS = ("nf-fetch", "nf-transform", "nf-stage", "nf-load", "pipeline.sh")
VERBS = [(tool, verb) for tool in TOOLS for verb in verbs_of(tool) or [None]]


def options(tool, verb):
    """The long options that the tool itself knows, by its help."""
    text = help_of(tool, *([verb] if verb else []))
    found = set()
    for line in text.splitlines():
        if re.match(r" {2,6}-", line):
            found.update(re.findall(r"--[a-z-]+", line.strip().split("  ")[0]))
    assert {"--help", "--version", "--quiet"} <= found
    return found


def env(tmp_path):
    return {"PATH": PATH, "HOME": str(tmp_path), "TERM": "xterm",
            "LC_ALL": "C.UTF-8", "ZDOTDIR": str(tmp_path),
            "XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}


def need(shell):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell}: not installed")


def words(tool, verb):
    return f"{tool} {verb}" if verb else tool


@pytest.mark.parametrize("tool,verb", VERBS)
def test_bash(tool, verb, tmp_path):
    line = [tool, *([verb] if verb else []), "--"]
    script = (f"source {ROOT}/completion/nf.bash\n"
              f"COMP_WORDS=({' '.join(line)}) COMP_CWORD={len(line) - 1}\n"
              f"_nf {tool} -- {line[-2]}\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"")
    done = subprocess.run(["bash", "-c", script], env=env(tmp_path),
                          capture_output=True, encoding="utf-8")
    assert done.stderr == ""
    assert set(done.stdout.split()) == options(tool, verb)


@pytest.mark.parametrize("tool,verb", VERBS)
def test_fish(tool, verb, tmp_path):
    need("fish")
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source {ROOT}/completion/nf.fish; "
         f"complete -C '{words(tool, verb)} --'"], env=env(tmp_path),
        capture_output=True, encoding="utf-8")
    assert done.stderr == ""
    found = {line.split("\t")[0] for line in done.stdout.splitlines()}
    assert found == options(tool, verb)


class Zsh:
    """A zsh on a terminal, as a person has it."""

    def __init__(self, folder):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe("zsh", ["zsh", "-f", "-i"], env(folder))
        self.text = ""
        self.send(f"PS1=rea''dy:; stty cols 220 rows 400; fpath=({ROOT}/completion "
                  "$fpath); autoload -Uz compinit; compinit -D -u; "
                  "LISTMAX=0\n")
        self.wait("ready:")

    def send(self, text):
        os.write(self.fd, text.encode())

    def wait(self, *wanted):
        deadline = time.monotonic() + 120
        while not all(w in self.text for w in wanted):
            assert time.monotonic() < deadline, \
                [w for w in wanted if w not in self.text]
            if select.select([self.fd], [], [], 1)[0]:
                self.text += os.read(self.fd, 65536).decode(errors="replace")

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def test_zsh(tmp_path):
    need("zsh")
    shell = Zsh(tmp_path)
    try:
        for tool, verb in VERBS:
            shell.text = ""
            # ^U clears the line; ^D after a dash lists what there is.
            shell.send(f"\x15{words(tool, verb)} --\x04")
            shell.wait(*(o + " " for o in options(tool, verb)))
    finally:
        shell.close()


@pytest.mark.parametrize("line,wanted", [
    ("nf-stage put --emit ", {"records", "manifest", "none"}),
    ("nf-load ", {"apply", "scan", "diff", "create", "ls", "count"}),
    ("nf-stage ", {"put", "cat", "ls", "mark", "verify", "note", "notes",
                   "days", "filter"}),
    ("pipeline.sh r", {"run", "report"}),
    ("nf-fetch --paginate c", {"cursor"}),
])
def test_values_and_verbs(line, wanted, tmp_path):
    parts = line.split(" ")
    array = " ".join(f"'{p}'" for p in parts)
    script = (f"source {ROOT}/completion/nf.bash\n"
              f"COMP_WORDS=({array}) COMP_CWORD={len(parts) - 1}\n"
              f"_nf {parts[0]} '{parts[-1]}' '{parts[-2]}'\n"
              "printf '%s\\n' \"${COMPREPLY[@]}\"")
    done = subprocess.run(["bash", "-c", script], env=env(tmp_path),
                          capture_output=True, encoding="utf-8", check=True)
    assert set(done.stdout.split()) == wanted
    if shutil.which("fish"):
        done = subprocess.run(
            ["fish", "--no-config", "-c", f"source {ROOT}/completion/nf.fish;"
             f" complete -C '{line}'"], env=env(tmp_path),
            capture_output=True, encoding="utf-8", check=True)
        found = {text.split("\t")[0] for text in done.stdout.splitlines()}
        assert wanted <= found
