# SPDX-License-Identifier: Apache-2.0
"""One DAG for each job file, nf-job(5).  For Airflow 2.10 and 3.

    due -> window [ run -> audit ]                            mapped: one window
    due -> window [ fetch -> load 1/M -> audit 1/M, ... ]     with shares
    due -> window [ fetch -> spark -> audit ... ]             with Spark

The schedule says when to look; which windows are due is what the ledger says
(nf-stage days), and each is a mapped task of its own, so one that fails keeps
no other from its turn.  No window is computed here, and none is an interval
of Airflow's.  A run by hand takes windows A..B, again or to be loaded again.
"""

import datetime
import functools
import hashlib
import json
import os
import re
import sys
from typing import Any

try:
    from airflow.sdk import DAG, Asset, Param, task, task_group
except ImportError:  # Airflow 2.10
    from airflow import DAG
    from airflow.datasets import Dataset as Asset
    from airflow.decorators import task, task_group
    from airflow.models.param import Param
from airflow.timetables.interval import CronDataIntervalTimetable

import nf_function
import nf_job
from nf_operator import NfOperator, ended, failure, refusals


def number(name: str, default: int, low: int, high: int) -> int:
    """A setting that is a number; ConfigError if it is out of bounds."""
    text = os.environ.get(name) or str(default)
    if not text.isdecimal() or not low <= int(text) <= high:
        raise nf_job.ConfigError(f"{name}: not a number from {low} to {high}")
    return int(text)


# What the driver imports.
MODULES = ("nf_bundle", "nf_google", "nf_job", "nf_report")
BEGIN = datetime.datetime(2021, 1, 1, tzinfo=datetime.timezone.utc)
PARAMS = {
    "windows": Param("", type="string", title="Windows", description=(
        "A window or two, A..B; empty: what is due")),
    "again": Param(False, type="boolean", title="Again", description=(
        "fetch once more, as another revision, what is done")),
    "reload": Param(False, type="boolean", title="Reload", description=(
        "load once more what is done, as with a changed mapping")),
}


def settings() -> dict[str, Any]:
    """Of the deployment, the same for all jobs."""
    return {
        "retries": number("NF_RETRIES", nf_job.RETRIES, 0, 100),
        "delay": number("NF_RETRY_DELAY", nf_job.RETRY_DELAY, 0, 86400),
        "windows": number("NF_MAX_WINDOWS", nf_job.MAX_WINDOWS, 1, 1000),
        "pool": os.environ.get("NF_POOL") or "default_pool",
        "load_pool": os.environ.get("NF_LOAD_POOL") or "default_pool",
        "function": os.environ.get("NF_FETCH") == "function",
        "load_args": nf_job.load_args(os.environ.get("NF_APP_PROFILE", "")),
    }


def windows_of(name: str, params: Any, most: int) -> list[str]:
    """What a run of the DAG takes, as words of nf-pipeline."""
    of = nf_job.job(name)
    if not params["windows"]:
        if params["again"] or params["reload"]:
            raise nf_job.ConfigError("again, reload: of which windows?")
        return nf_job.due(of, most)
    found = nf_job.chosen(of, params["windows"], params["again"],
                          params["reload"])
    if len(found) > most:
        raise nf_job.ConfigError(f"more than {most} windows")
    return found


def batch_id(name: str, ti: Any, dag_run: Any) -> str:
    """4 to 63 of [a-z0-9-]; another one each try, for a batch that failed
    keeps its name."""
    told = (name, ti.run_id, ti.map_index, dag_run.start_date)
    digest = hashlib.sha256(repr(told).encode()).hexdigest()[:16]
    return f"nf-{name[:36].strip('-')}-{digest}-{ti.try_number}"


def batch(of: nf_job.Job, words: Any) -> dict[str, Any]:
    """What the Spark operator submits."""
    spark = of.spark or {}
    artifacts = os.environ.get("NF_SPARK_ARTIFACTS", "gs://unset")
    jobs = os.environ.get("NF_SPARK_JOBS", "gs://unset").rstrip("/")
    bundle = f"nf-{os.environ.get('NF_VERSION', '0.1.0')}.bundle"
    sums = json.loads(os.environ.get("NF_SPARK_SHA256") or "{}")
    name = os.environ.get("NF_APP_PROFILE", "")
    profile = ["--app-profile", name] if name else []
    return {
        "pyspark_batch": {
            "main_python_file_uri": f"{artifacts}/spark/driver.py",
            "python_file_uris": [f"{artifacts}/spark/{m}.py" for m in MODULES],
            "file_uris": [f"{artifacts}/spark/{bundle}",
                          *(f"{jobs}/{f.name}" for f in of.files)],
            "args": ["--job", of.name, "--window", words,
                     "--shares", str(of.shares), *profile,
                     *(f"--sha256={name}={digest}" for name, digest
                       in sorted(sums.items()) if name.endswith(".py"))],
        },
        "runtime_config": {
            "version": spark["version"],
            "properties": {
                "spark.executor.cores": "4",
                "spark.executor.memoryOverhead": "2056m",
                "spark.dynamicAllocation.maxExecutors":
                    str(spark["executors"]),
                "spark.speculation": "false",
                "spark.executorEnv.NF_BUNDLE": bundle,
                "spark.executorEnv.NF_BUNDLE_SHA256": sums.get(bundle, ""),
                "spark.executorEnv.NF_LOG": os.environ.get("NF_LOG", ""),
                "spark.executorEnv.NF_REPORT":
                    os.environ.get("NF_REPORT", "off"),
                "spark.executorEnv.NF_PROJECT":
                    os.environ.get("NF_PROJECT", ""),
            },
        },
        "environment_config": {"execution_config": {
            "service_account": os.environ.get("NF_SPARK_ACCOUNT", ""),
            "subnetwork_uri": os.environ.get("NF_SPARK_SUBNET", ""),
            "staging_bucket": os.environ.get("NF_SPARK_BUCKET", ""),
            "ttl": {"seconds": 3600 * spark["hours"]},
        }},
    }


def on_spark(of: nf_job.Job, words: Any) -> Any:
    """The task that loads with Spark."""
    from airflow.providers.google.cloud.operators.dataproc import \
        DataprocCreateBatchOperator
    return DataprocCreateBatchOperator(
        task_id="spark", project_id=os.environ.get("NF_PROJECT", ""),
        region=os.environ.get("NF_REGION", ""), batch=batch(of, words),
        batch_id=f'{{{{ nf_batch("{of.name}", ti, dag_run) }}}}', retries=1,
        deferrable=os.environ.get("NF_DEFERRABLE") == "true")


def add_fetch(of: nf_job.Job, words: Any, given: dict[str, Any]) -> Any:
    """The task that fetches: here, or by the function."""
    if not given["function"]:
        return NfOperator(task_id="fetch", verb="fetch", job=of.name,
                          words=words, pool=given["pool"])

    @task(task_id="fetch", pool=given["pool"])
    def fetch(words: str) -> dict[str, Any]:
        with refusals(of.name):
            return nf_function.fetch(of.name, words)

    return fetch(words)


def add_audit(of: nf_job.Job, words: Any, given: dict[str, Any],
              n: str = "") -> Any:
    """The task that compares a share, or all of the window."""
    table = str(of.said["target"]).replace("bigtable://", "x-bigtable://")
    return NfOperator(
        task_id=f"audit_{n}" if n else "audit", verb="diff", job=of.name,
        words=words, part=f"{n}/{of.shares}" if n else None,
        more=given["load_args"], pool=given["load_pool"], counted=False,
        outlets=[Asset(table)] if table.startswith("x-") else [])


def add_window(of: nf_job.Job, words: Any, given: dict[str, Any]) -> None:
    """The tasks of one window."""
    if of.spark is None and of.shares == 1 and not given["function"]:
        NfOperator(task_id="run", verb="run", job=of.name, words=words,
                   more=given["load_args"], pool=given["pool"]) \
            >> add_audit(of, words, given)
        return
    before = add_fetch(of, words, given)
    if of.spark is not None:
        spark = on_spark(of, words)
        before >> spark
    for n in range(1, of.shares + 1):
        audit = add_audit(of, words, given, str(n))
        if of.spark is not None:
            spark >> audit
            continue
        before >> NfOperator(
            task_id=f"load_{n}", verb="load", job=of.name, words=words,
            part=f"{n}/{of.shares}", more=given["load_args"],
            pool=given["load_pool"]) >> audit


def describe(of: nf_job.Job) -> str:
    """What people see of the job."""
    said = of.said
    window = said["window"]
    by = "Spark" if of.spark is not None else \
        "one task" if of.shares == 1 else "tasks"
    rows = [
        ("windows", f"{window['every']} of {window.get('zone', 'UTC')}, from "
                    f"{window['since']} on"),
        ("looks", of.schedule or "by hand"),
        ("from", said["source"]), ("staged", said["stage"]),
        ("mapping", said["mapping"]), ("to", said["target"]),
        ("loads", f"{of.shares} of {by}"),
        ("late", said.get("late_after", "never")),
    ]
    return "\n".join([
        f"Job `{of.path.name}`: see nf-job(5).", "", "| | |", "|---|---|",
        *(f"| {k} | `{v}` |" for k, v in rows), "",
        "A run by hand takes `windows` (`2026-01-31` or `A..B`), `again` or "
        "`reload`."])


def make(name: str) -> DAG:
    """The DAG of a job."""
    of, given = nf_job.job(name), settings()
    schedule = of.schedule and CronDataIntervalTimetable(
        of.schedule, timezone=of.zone)
    if schedule:
        schedule.validate()
    dag = DAG(
        f"nf_{name}", schedule=schedule, start_date=BEGIN, catchup=False,
        max_active_runs=1, tags=["nf-tools"], doc_md=describe(of),
        params=PARAMS, user_defined_macros={"nf_batch": batch_id},
        default_args={
            "retries": given["retries"],
            "retry_delay": datetime.timedelta(seconds=given["delay"]),
            "max_retry_delay": datetime.timedelta(
                seconds=nf_job.LONGEST_DELAY),
            "retry_exponential_backoff": True,
            "on_retry_callback": functools.partial(ended, name, False),
            "on_failure_callback": functools.partial(ended, name, True)})
    with dag:
        @task(task_id="due")
        def due(params: Any = None) -> list[str]:
            with refusals(name):
                return windows_of(name, params, given["windows"])

        @task_group(group_id="window")
        def window(words: Any) -> None:
            add_window(of, words, given)

        window.expand(words=due())
    return dag


def broken(name: str, why: str) -> DAG:
    """The DAG of a job that cannot have one: it fails, and says why."""
    plain = re.sub("[^a-z0-9_-]", "_", name.lower())[:63].lstrip("_-")
    if plain != name:  # and not that of another job
        digest = hashlib.sha256(name.encode(errors="replace")).hexdigest()
        plain = f"{plain[:50] or 'unnamed'}-{digest[:8]}"
    dag = DAG(
        f"nf_{plain}", schedule="@daily", start_date=BEGIN, catchup=False,
        max_active_runs=1, tags=["nf-tools", "nf-broken"],
        doc_md=f"This job cannot run: `{why}`.",
        default_args={"on_failure_callback":
                      functools.partial(ended, plain, True)})
    with dag:
        @task(task_id="config")
        def config() -> None:
            with refusals(plain):
                raise failure(78, why)

        config()
    return dag


def make_all() -> dict[str, DAG]:
    """Every job's DAG; one that is wrong is wrong for itself alone."""
    if not os.environ.get("NF_JOBS"):
        return {}
    found: dict[str, DAG] = {}
    for name in nf_job.names():
        try:
            dag = make(name)
        except Exception as e:
            why = str(e).removeprefix(f"{name}: ") or type(e).__name__
            print(f"nf_dag: {name}: {why}", file=sys.stderr)
            dag = broken(name, why)
        found[dag.dag_id] = dag
    return found


globals().update(make_all())
