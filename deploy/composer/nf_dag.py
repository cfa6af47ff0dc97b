# SPDX-License-Identifier: Apache-2.0
"""One DAG a source in NF_SOURCES: fetch and stage its interval, load it,
compare.  For Airflow 2.10 and 3.

    fetch -> shares -> size -> load (mapped) -> audit -> loaded
                            -> spark         /

The interval is a true one on both (CronDataIntervalTimetable: in Airflow 3 a
cron string has start == end, and nothing would be fetched).  The run id is
made of the source and the interval, never of Airflow's run_id, so running an
interval again finds its staged run.  XCom carries shares, not addresses: a
run may have any number of parts.
"""

import datetime
import functools
import hashlib
import json
import os
import re
import shlex
import sys
from typing import Any

try:
    from airflow.sdk import DAG, Asset, task
except ImportError:  # Airflow 2.10
    from airflow import DAG
    from airflow.datasets import Dataset as Asset
    from airflow.decorators import task
from airflow.timetables.interval import CronDataIntervalTimetable

import nf_bundle
import nf_job
import nf_secret
import nf_watch
from nf_operator import (NfOperator, ended, failure, refusals,
                         run_pipeline)


def number(name: str, default: int, low: int, high: int) -> int:
    """A setting that is a number; ConfigError if it is out of bounds."""
    text = os.environ.get(name) or str(default)
    if not text.isdecimal() or not low <= int(text) <= high:
        raise nf_job.ConfigError(f"{name}: not a number from {low} to {high}")
    return int(text)


APP_PROFILE = os.environ.get("NF_APP_PROFILE", "")
POOL = os.environ.get("NF_POOL", "default_pool")
# What the driver imports.
MODULES = ("nf_bundle", "nf_google", "nf_job", "nf_report")
DEFAULT_SCHEDULE = "0 3 * * *"
DEFAULT_ZONE = "America/Sao_Paulo"
# Tries again after 5, 10, 20, 40 and then each 60 minutes: an API may be
# away for some hours of the night before anybody is woken.
RETRIES, RETRY_DELAY, LONGEST_DELAY = 8, 300, 3600


def most_shares() -> int:
    return number("NF_SHARES", 64, 1, 1000)


def spark_bytes() -> int:
    """From so many bytes of records on, Spark loads; 0: never."""
    return number("NF_SPARK_BYTES", 0, 0, 1 << 60)


def macro_window(start: Any, end: Any) -> nf_job.Window:
    """The interval as a window; a run without one (by hand or by an asset,
    in Airflow 3) would fetch nothing, or everything."""
    utc = datetime.timezone.utc
    if not (isinstance(start, datetime.datetime)
            and isinstance(end, datetime.datetime)):
        raise failure(78, "this run has no data interval")
    try:
        return nf_job.Window(start.astimezone(utc), end.astimezone(utc))
    except nf_job.ConfigError as e:
        raise failure(78, str(e)) from e


def macro_run(name: str, start: Any, end: Any) -> str:
    return nf_job.run_id(name, macro_window(start, end))


def macro_args(name: str, start: Any, end: Any) -> str:
    """Arguments of nf-fetch for the interval, quoted for bash."""
    try:
        return shlex.join(nf_job.fetch_args(
            nf_job.source(name), macro_window(start, end),
            lambda secret: f"env:{nf_secret.variable(secret)}"))
    except nf_job.ConfigError as e:
        raise failure(78, str(e)) from e


def macro_mapping(name: str) -> str:
    """A mapping in the environment's bucket, else one of the bundle."""
    data = os.environ.get("NF_MAPPINGS", "/home/airflow/gcs/data/mappings")
    path = os.path.join(data, name)
    if os.path.exists(path):
        return path
    share = nf_bundle.bin_dir().parent / "share/nf-tools/mappings" / name
    return str(share)


def manifest_of(stage: str) -> dict[str, Any]:
    """The manifest of a committed run."""
    code, found = nf_job.manifest(nf_bundle.bin_dir(), stage)
    if code != 0:
        raise failure(code, f"the manifest cannot be read: exit {code}")
    return found


def shares_of(stage: str, most: int) -> list[str]:
    """The shares to load the run by: "1/M" ... "M/M", at most most."""
    of = min(len(manifest_of(stage)["parts"]), most)
    return [f"{n}/{of}" for n in range(1, of + 1)]


def note(name: str, stage: str, until: Any) -> None:
    """Tell the watch until when the source is complete: the run is committed
    and compared, or empty."""
    manifest_of(stage)
    if os.environ.get("NF_STATE"):
        with refusals():
            nf_watch.loaded(name, until.astimezone(datetime.timezone.utc))


def batch_id(run: str, number: int) -> str:
    """4 to 63 of [a-z0-9-]; another one each try, for a batch that failed
    keeps its name."""
    digest = hashlib.sha256(run.encode()).hexdigest()[:10]
    plain = re.sub(r"[^a-z0-9]+", "-", run.lower()).strip("-")
    return f"nf-{plain[:40].rstrip('-')}-{digest}-{number}"


def batch(source: str, stage: str) -> dict[str, Any]:
    """What the Spark operator submits."""
    artifacts = os.environ.get("NF_SPARK_ARTIFACTS", "gs://unset")
    bundle = f"nf-{os.environ.get('NF_VERSION', '0.1.0')}.bundle"
    sums = json.loads(os.environ.get("NF_SPARK_SHA256") or "{}")
    of = nf_job.source(source)
    rejects = ["--max-rejects", of.max_rejects, "--reject-stage",
               os.environ.get("NF_REJECTS", "")] if of.max_rejects else []
    profile = ["--app-profile", APP_PROFILE] if APP_PROFILE else []
    return {
        "pyspark_batch": {
            "main_python_file_uri": f"{artifacts}/spark/driver.py",
            "python_file_uris": [f"{artifacts}/spark/{m}.py" for m in MODULES],
            "file_uris": [f"{artifacts}/spark/{bundle}"],
            "args": ["--stage", stage, "--source", source,
                     "--mapping", of.mapping,
                     "--to", os.environ.get("NF_TARGET", ""),
                     "--shares", str(most_shares()), *rejects, *profile,
                     *(f"--sha256={name}={digest}" for name, digest
                       in sorted(sums.items()) if name.endswith(".py"))],
        },
        "runtime_config": {
            "version": os.environ.get("NF_SPARK_VERSION") or "2.3",
            "properties": {
                "spark.executor.cores": "4",
                "spark.executor.memoryOverhead": "2056m",
                "spark.dynamicAllocation.maxExecutors":
                    str(number("NF_SPARK_EXECUTORS", 8, 2, 2000)),
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
            "ttl": {"seconds": 3600 * number("NF_SPARK_HOURS", 4, 1, 336)},
        }},
    }


def on_spark(name: str, stage: str, run: str) -> Any:
    """The task that loads with Spark."""
    from airflow.providers.google.cloud.operators.dataproc import \
        DataprocCreateBatchOperator
    words = run.removeprefix("{{ ").removesuffix(" }}")
    return DataprocCreateBatchOperator(
        task_id="spark", project_id=os.environ.get("NF_PROJECT", ""),
        region=os.environ.get("NF_REGION", ""), batch=batch(name, stage),
        batch_id=f"{{{{ nf_batch({words}, ti.try_number) }}}}", retries=1,
        deferrable=os.environ.get("NF_DEFERRABLE") == "true")


def make(name: str) -> DAG:
    """The DAG of a source."""
    source = nf_job.source(name)
    known = nf_job.known_sources()[name]
    timetable = CronDataIntervalTimetable(
        known.get("schedule") or DEFAULT_SCHEDULE,
        timezone=known.get("time_zone") or DEFAULT_ZONE)
    timetable.validate()
    if not source.mapping:
        raise nf_job.ConfigError(f"{name}: no mapping")
    interval = "data_interval_start, data_interval_end"
    run = f'{{{{ nf_run("{name}", {interval}) }}}}'
    stage = os.environ["NF_STAGING"].rstrip("/") + "/" + run
    target = os.environ["NF_TARGET"]
    mapping = f'{{{{ nf_mapping("{source.mapping}") }}}}'
    words = f'{{{{ nf_args("{name}", {interval}) }}}}'
    common = {"source": name, "run_name": run}
    committed = ["--stage", stage, "-m", mapping, "--to", target]
    if APP_PROFILE:
        committed += ["--load-arg", f"--app-profile={APP_PROFILE}"]
    rejects = ""
    if source.max_rejects:
        rejects = '--reject "$NF_WORK/rejects.ndjson" ' + shlex.join(
            ["--max-rejects", source.max_rejects, "--reject-stage",
             os.environ.get("NF_REJECTS", "")])

    dag = DAG(
        f"nf_{name}", schedule=timetable,
        start_date=datetime.datetime(2021, 1, 1,
                                     tzinfo=datetime.timezone.utc),
        catchup=False, max_active_runs=1, tags=["nf-tools"],
        render_template_as_native_obj=False,
        user_defined_macros={"nf_run": macro_run, "nf_args": macro_args,
                             "nf_mapping": macro_mapping,
                             "nf_batch": batch_id},
        default_args={
            "retries": number("NF_RETRIES", RETRIES, 0, 100),
            "retry_delay": datetime.timedelta(
                seconds=number("NF_RETRY_DELAY", RETRY_DELAY, 0, 86400)),
            "max_retry_delay": datetime.timedelta(seconds=LONGEST_DELAY),
            "retry_exponential_backoff": True,
            "on_retry_callback": functools.partial(ended, name, False),
            "on_failure_callback": functools.partial(ended, name, True)})
    with dag:
        fetch = NfOperator(
            task_id="fetch", **common, secrets=source.secrets, pool=POOL,
            bash_command=run_pipeline("fetch", "--from", source.url,
                                      "--stage", stage, "--skip-if-empty",
                                      more=f"-- {words}"))

        @task(task_id="shares")
        def shares(stage: str) -> list[str]:
            return shares_of(stage, most_shares())

        found = shares(stage)
        load = NfOperator.partial(
            task_id="load", **common,
            bash_command=run_pipeline("load", *committed,
                                      more=f'--part "$NF_PART" {rejects}'),
        ).expand_kwargs(found.map(lambda s: {"part": s,
                                             "env": {"NF_PART": s}}))
        audit = NfOperator(
            task_id="audit", **common,
            outlets=[Asset(target.replace("bigtable://", "x-bigtable://"))],
            trigger_rule="none_failed_min_one_success",
            bash_command=run_pipeline("diff", *committed, more=rejects),
            counted=False)

        # Not after a failure, but also when fetch skipped everything.
        @task(task_id="loaded", trigger_rule="none_failed")
        def loaded(stage: str, data_interval_end: Any = None) -> None:
            note(name, stage, data_interval_end)

        fetch >> found
        load >> audit >> loaded(stage)
        if spark_bytes():
            spark = on_spark(name, stage, run)

            @task.branch(task_id="size")
            def size(stage: str) -> str:
                big = int(manifest_of(stage)["raw_size"]) >= spark_bytes()
                return "spark" if big else "load"

            found >> size(stage) >> [load, spark] >> audit
    return dag


def broken(name: str, why: str) -> DAG:
    """The DAG of a source that cannot have one: it fails, and says why."""
    plain = re.sub("[^a-z0-9_-]", "_", name.lower())[:63].lstrip("_-")
    plain = plain or "unnamed"
    dag = DAG(
        f"nf_{plain}", schedule=CronDataIntervalTimetable(
            DEFAULT_SCHEDULE, timezone=DEFAULT_ZONE),
        start_date=datetime.datetime(2021, 1, 1,
                                     tzinfo=datetime.timezone.utc),
        catchup=False, max_active_runs=1, tags=["nf-tools", "nf-broken"],
        doc_md=f"This source cannot run: `{why}`.",
        default_args={"on_failure_callback":
                      functools.partial(ended, plain, True)})
    with dag:
        @task(task_id="config")
        def config() -> None:
            raise failure(78, why)

        config()
    return dag


def make_all() -> dict[str, DAG]:
    """Every source's DAG; one that is wrong is wrong for itself alone."""
    try:
        known = nf_job.known_sources() if nf_job.has_sources() else {}
    except nf_job.ConfigError as e:
        return {"nf_sources": broken("sources", str(e))}
    found = {}
    for name in known:
        try:
            dag = make(name)
        except Exception as e:
            why = str(e).removeprefix(f"{name}: ") or type(e).__name__
            print(f"nf_dag: {name}: {why}", file=sys.stderr)
            dag = broken(name, why)
        found[dag.dag_id] = dag
    return found


globals().update(make_all())
