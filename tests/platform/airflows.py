# SPDX-License-Identifier: Apache-2.0
"""Real Airflows, of two versions, with our DAGs: what test_airflow*.py
share."""

import json
import os
import pathlib
import select
import shutil
import sqlite3
import subprocess

import pytest

from platforms import (BUILD, CACHE, DEPLOY, ENVIRONMENTS, ROOT, Locked,
                       entries, environment)

HERE = pathlib.Path(__file__).resolve().parent
VERSIONS = ("airflow2", "airflow31", "airflow3")
WIDE = ROOT / "mappings" / "nf-wide.json"
TOOLS = ("nf-fetch", "nf-stage", "nf-transform", "nf-load")
PATIENCE = 600  # seconds


def settings(home):
    """The settings of an Airflow home."""
    return {
        "HOME": str(home), "TMPDIR": str(home), "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        # A test changes a DAG sooner than Airflow would look again.
        "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "0",
        "AIRFLOW__CORE__MIN_SERIALIZED_DAG_FETCH_INTERVAL": "0",
        # Compiling Airflow takes longer than any test.
        "PYTHONPYCACHEPREFIX": str(CACHE / "pycache"),
        "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"],
    }


def database(name):
    """An empty database of that Airflow, made once: it takes a while."""
    python = environment(name)
    home = CACHE / f"{name}-home"
    stamp, want = home / "nf-packages", str(ENVIRONMENTS[name])
    with Locked(f"{name}-home"):
        if not stamp.exists() or stamp.read_text() != want:
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir(parents=True)
            subprocess.run([python.parent / "airflow", "db", "migrate"],
                           env=settings(home), check=True,
                           stdin=subprocess.DEVNULL, capture_output=True)
            stamp.write_text(want)
    return home / "airflow.db"


class Airflow:
    """An Airflow home of a test's own, its DAGs folder as in Composer."""

    def __init__(self, name, home):
        self.name, self.home = name, home
        self.python = environment(name)
        home.mkdir()
        shutil.copy(database(name), home / "airflow.db")
        dags = home / "dags"
        dags.mkdir()
        for path in (*DEPLOY.glob("composer/*.py"),
                     *DEPLOY.glob("common/*.py"), *HERE.glob("dags/*.py")):
            shutil.copy(path, dags)
        self.tools = home / "bin"
        self.tools.mkdir()
        for tool in TOOLS:
            (self.tools / tool).symlink_to(BUILD / tool)
        (self.tools / "nf-pipeline").symlink_to(ROOT / "pipeline.sh")
        self.report = home / "nf-run"
        self.env = {
            **settings(home), "NF_BIN": str(self.tools),
            "NF_RETRY_DELAY": "0",
            "NF_REPORT": f"file:{self.report}",
        }
        self.log = home / "log"
        self.process = None
        self.entries = []

    def start(self, *words, **env):
        """airflow WORDS, as a process group of its own."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [self.python.parent / "airflow", *words], stdout=log,
                stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT,
                start_new_session=True, env={**self.env, **env})

    def run(self, *words, **env):
        """airflow WORDS, in one process that stays: the exit code."""
        if self.process is None:
            self.process = subprocess.Popen(
                [self.python, HERE / "airflow_runner.py", self.log],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                stderr=self.log.open("ab"), env=self.env)
        self.process.stdin.write(json.dumps([words, env]) + "\n")
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], PATIENCE)[0]:
            pytest.fail(f"airflow {words}: no end: see {self.log}")
        answer = self.process.stdout.readline()
        if not answer:
            pytest.fail(f"airflow {words}: died: see {self.log}")
        return int(answer)

    def stop(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()

    def select(self, query):
        with sqlite3.connect(f"file:{self.home}/airflow.db?mode=ro",
                             uri=True) as db:
            return db.execute(query).fetchall()

    def states(self, dag):
        """Of the newest run: {task or (task, index): (state, tries)}."""
        return {task if index < 0 else (task, index): (state, tries)
                for task, index, state, tries in self.select(
                    "SELECT task_id, map_index, state, try_number FROM "
                    "task_instance WHERE dag_id = '%s' AND run_id = (SELECT "
                    "run_id FROM dag_run WHERE dag_id = '%s' ORDER BY id "
                    "DESC LIMIT 1)" % (dag, dag))}

    def xcom(self, dag, task):
        """The newest value that a task returned."""
        (value,), = self.select(
            "SELECT value FROM xcom WHERE key = 'return_value' AND dag_id = "
            "'%s' AND task_id = '%s' ORDER BY timestamp DESC LIMIT 1"
            % (dag, task))
        # Airflow 3 keeps JSON, and SQLite makes numbers of numbers.
        while isinstance(value, (str, bytes)):
            value = json.loads(value)
        return value

    def told(self):
        """The payloads of nf-run since the last time."""
        found = entries(self.report)
        self.entries += found
        self.report.unlink(missing_ok=True)
        return [e["jsonPayload"] for e in found]
