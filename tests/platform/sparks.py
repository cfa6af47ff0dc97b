# SPDX-License-Identifier: Apache-2.0
"""A real Spark: a local cluster of two executors that runs the driver."""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from platforms import COMMON, DEPLOY, environment

# As little of the JVM as will do.
DRIVER = DEPLOY / "dataproc" / "driver.py"
COMMON_PY = tuple(COMMON / f"{m}.py" for m in
                  ("nf_bundle", "nf_google", "nf_job", "nf_report"))
JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def home(python, folder):
    """Spark's folder, for a local cluster writes there."""
    found = next(python.parent.parent.glob("lib/python*/site-packages/pyspark"))
    folder.mkdir()
    for path in found.iterdir():
        (folder / path.name).symlink_to(path)
    return folder


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Spark:
    """submit() runs the driver to its end; .tasks() is what Spark says of
    it, .report what nf_report wrote."""

    def __init__(self, folder, archive):
        if shutil.which("java") is None:
            pytest.skip("java: not installed")
        self.folder = folder
        # Spark unpacks what is named .tar.gz by itself.
        self.archive = folder / "nf-0.bundle"
        shutil.copy(archive, self.archive)
        self.python = environment("spark")
        self.report = folder / "nf-run"
        self.events = folder / "events"
        self.events.mkdir()
        self.runs = 0

    def conf(self, env, conf):
        given = {
            "spark.ui.enabled": "false",
            "spark.task.maxFailures": "3",
            "spark.cores.max": "2",
            "spark.scheduler.minRegisteredResourcesRatio": "1.0",
            "spark.scheduler.maxRegisteredResourcesWaitingTime": "120s",
            "spark.eventLog.enabled": "true",
            "spark.eventLog.dir": f"file://{self.events}",
            "spark.driver.extraJavaOptions": JAVA,
            "spark.executor.extraJavaOptions": JAVA,
            "spark.executorEnv.NF_REPORT": f"file:{self.report}",
            "spark.executorEnv.NF_BUNDLE": self.archive.name,
            "spark.executorEnv.NF_BUNDLE_SHA256": digest(self.archive),
            "spark.executorEnv.TMPDIR": str(self.folder),
            **{f"spark.executorEnv.{k}": v for k, v in env.items()},
            **conf,
        }
        return [w for k, v in given.items() for w in ("--conf", f"{k}={v}")]

    def start(self, *args, env=None, conf=None, archive=None,
              files=COMMON_PY, driver=DRIVER, jobs=()):
        """archive, files, driver: others than those that were deployed;
        jobs: the files of the job."""
        self.runs += 1
        folder = self.folder / f"spark-{self.runs}"
        folder.mkdir()
        spark_home = home(self.python, folder / "home")
        return subprocess.Popen(
            [str(spark_home / "bin" / "spark-submit"), "--master",
             "local-cluster[2,1,1024]", *self.conf(env or {}, conf or {}),
             "--files", ",".join(map(str, (archive or self.archive, *jobs))),
             "--py-files", ",".join(map(str, files)), str(driver),
             *(f"--sha256={f.name}={digest(f)}" for f in (DRIVER, *COMMON_PY)),
             *map(str, args)],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env={
                "PATH": os.environ["PATH"], "HOME": str(folder),
                "TMPDIR": str(folder), "SPARK_HOME": str(spark_home),
                "PYSPARK_PYTHON": str(self.python),
                "PYTHONDONTWRITEBYTECODE": "1",
                "SPARK_LOCAL_IP": "127.0.0.1"})

    def finish(self, process):
        """Exit code and summary of a driver."""
        with process:
            out, err = process.communicate(timeout=600)
        lines = [s for s in out.splitlines()
                 if s.startswith('{"tool": "nf-spark"')]
        assert lines, err[-3000:]
        return process.returncode, json.loads(lines[-1])

    def submit(self, *args, **kwargs):
        return self.finish(self.start(*args, **kwargs))

    def tasks(self):
        """Every end of a task: executor, reason."""
        found = []
        for log in self.events.iterdir():
            for line in log.read_text().splitlines():
                event = json.loads(line)
                if event["Event"] == "SparkListenerTaskEnd":
                    found.append((event["Task Info"]["Executor ID"],
                                  event["Task End Reason"]["Reason"]))
        return found


def wrappers(folder, script):
    """A folder of launchers that run script (bash) and then the bundle's
    own, and of its nf-pipeline.  For it: $tool is the name and $share the
    number of the share that nf-pipeline loads; "once NAME" is true for the
    first who asks; "above NAME" prints the process above it that has the
    name."""
    folder.mkdir()
    (folder / "state").mkdir()
    for tool in ("nf-fetch", "nf-stage", "nf-transform", "nf-load"):
        path = folder / tool
        path.write_text(f"""#!/bin/bash
tool={tool} share=
above()
{{
	local p

	for ((p = PPID; p > 1; p = $(ps -o ppid= -p "$p" || echo 0))); do
		[[ $(ps -o comm= -p "$p") != $1 ]] || echo "$p"
	done | head -n 1
}}
case $1 in
cat | apply) part=$(ps -o args= -p "$(above nf-pipeline)") ;;
esac
[[ ! $part =~ --part\\ ([0-9]+)/ ]] || share=${{BASH_REMATCH[1]}}
[ "$tool" != nf-transform ] || share=
once() {{ mkdir {folder}/state/"$1" 2> /dev/null; }}
nf() {{ "$NF_TEST_TOOLS/$tool" "$@"; }}
{script}
nf "$@"
""")
        path.chmod(0o755)
    path = folder / "nf-pipeline"
    path.write_text('#!/bin/sh\nexec "$NF_TEST_TOOLS/nf-pipeline" "$@"\n')
    path.chmod(0o755)
    return folder
