# SPDX-License-Identifier: Apache-2.0
"""NfOperator: a BashOperator that knows the tools' exit codes.

A BashOperator tries again whatever the exit code.  64, 65, 77 and 78 must be
fixed first and 70 reported, so the task fails at once; 74, 75 and signals
are tried again, and so is 69, for what another side refused it may grant
later; 99 skips.  What the command printed last is the XCom: let it be
the summary, as run_pipeline() does.

Each attempt is written to the log nf-run: by execute() with its exit code,
by ended() if there was none.
"""

import contextlib
import json
import pathlib
import re
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

from airflow.exceptions import (AirflowException, AirflowFailException,
                                AirflowSkipException)

try:
    from airflow.providers.standard.operators.bash import BashOperator
except ImportError:  # Airflow 2.10
    from airflow.operators.bash import BashOperator

import nf_bundle
import nf_google
import nf_job
import nf_report
import nf_secret

SHARE = re.compile("[0-9]+/[0-9]+")
SUMMARY = "summary.json"
# The tool of a stage of nf-pipeline that left no summary.
TOOL = {"fetch": "nf-fetch", "transform": "nf-transform", "load": "nf-load",
        "diff": "nf-load"}


def run_pipeline(*arguments: str, more: str = "") -> str:
    """A command for bash: nf-pipeline with arguments (Jinja's braces are
    kept) and more, as bash reads it, then the summary, when nothing else can
    print any more."""
    words = " ".join(shlex.quote(a) for a in arguments)
    return (f'nf-pipeline {words} --summary "$NF_WORK/{SUMMARY}" {more}\n'
            f'rc=$?\ncat "$NF_WORK/{SUMMARY}"\nexit "$rc"')


def failure(code: int | None, text: str) -> AirflowException:
    """What a task raises for an exit code: final if trying again is vain."""
    permanent = code is not None and nf_job.permanent(code)
    e = (AirflowFailException if permanent else AirflowException)(text)
    e.nf_exit = code
    return e


class NfOperator(BashOperator):
    """source: the deployment's name for the API; run_name: the run id; part:
    the share that is loaded, "N/M"; secrets: those of Secret Manager that
    the command finds in its environment, see nf_secret; counted: whether
    what its tools did counts as work done, and not as a look at it.

    The command has a folder of its own, NF_WORK, and the tools on PATH."""

    template_fields: Sequence[str] = (*BashOperator.template_fields, "source",
                                      "run_name", "part")

    def __init__(self, *, source: str, run_name: str,
                 part: str | None = None, secrets: Sequence[str] = (),
                 counted: bool = True, **kwargs: Any) -> None:
        kwargs.setdefault("output_processor", json.loads)
        # Without it env would replace PATH, credentials and emulators.
        kwargs["append_env"] = True
        super().__init__(**kwargs)
        self.source = source
        self.run_name = run_name
        self.part = part
        self.secrets = secrets
        self.counted = counted

    def get_env(self, context: Any) -> dict[str, str]:
        env = super().get_env(context)
        env["PATH"] = f"{nf_bundle.bin_dir()}:{env.get('PATH', '')}"
        env["NF_WORK"] = self.work
        # Not before, for what is rendered is kept in the database.
        env |= nf_secret.environment(self.secrets)
        return env

    def execute(self, context: Any) -> Any:
        with tempfile.TemporaryDirectory(prefix="nf-task.") as self.work:
            try:
                said = super().execute(context)
            except AirflowSkipException:
                self.report(context, nf_report.EMPTY)
                raise
            except AirflowException as e:
                process = self.subprocess_hook.sub_process
                code = process.returncode if process else None
                self.report(context, code)
                final = failure(code, str(e))
                final.nf_reported = True
                raise final from e
            except nf_google.Refused as e:
                self.report(context, e.nf_exit, str(e))
                final = failure(e.nf_exit, str(e))
                final.nf_reported = True
                raise final from e
            self.report(context, 0)
            return said

    def report(self, context: Any, code: int | None,
               message: str = "") -> None:
        ti = context["ti"]
        nf_report.write(nf_report.attempt(
            "airflow", self.run_name, code, self.summaries(),
            number=max(ti.try_number, 1), part=self.part,
            last=ti.try_number > self.retries, source=self.source,
            message=message))

    def summaries(self) -> list[dict[str, Any]]:
        """Those of the tools, as far as there are any."""
        try:
            text = pathlib.Path(self.work, SUMMARY).read_text()
            stages = json.loads(text)["stages"]
        except (OSError, ValueError, KeyError):
            return []
        return [{"tool": TOOL.get(stage, "nf-stage"), **summary}
                for stage, summary in stages.items() if self.counted]


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """What Google refuses ends a task as an exit code would: at once, if
    another try is vain."""
    try:
        yield
    except nf_google.Refused as e:
        raise failure(e.nf_exit, str(e)) from e


def code_of(error: Any) -> int | None:
    """The exit code that an exception stands for; None: there was none."""
    code: int | None = getattr(error, "nf_exit", None)
    return 75 if code is None and isinstance(error, OSError) else code


def ended(name: str, last: bool, context: Any) -> None:
    """For on_failure_callback (last) and on_retry_callback: tell of an
    attempt of the source name that execute() did not tell of.  A worker that
    died left no exit code, and no rendered task."""
    error = context.get("exception")
    if getattr(error, "nf_reported", False):
        return
    try:
        run = nf_job.run_id(name, nf_job.Window(
            context["data_interval_start"], context["data_interval_end"]))
    except (KeyError, TypeError, nf_job.ConfigError):
        run = str(context["run_id"])
    part = str(getattr(context["task"], "part", None))
    nf_report.write(nf_report.attempt(
        "airflow", run, code_of(error),
        number=max(context["ti"].try_number, 1),
        part=part if SHARE.fullmatch(part) else None, last=last,
        source=name))
