# SPDX-License-Identifier: Apache-2.0
"""NfOperator: a BashOperator that runs nf-pipeline for a window of a job, and
knows its exit codes.

A BashOperator tries again whatever the exit code.  64, 65, 77 and 78 must be
fixed first and 70 reported, so the task fails at once; 74, 75 and signals
are tried again, and so is 69, for what another side refused it may grant
later; 99 skips.  What the command printed last is the XCom: the summary.

Each attempt is written to the log nf-run: by execute() with its exit code,
by ended() if there was no event.
"""

import contextlib
import json
import pathlib
import re
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

from airflow.exceptions import (AirflowException, AirflowFailException,
                                AirflowSkipException)

try:
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.sdk import get_current_context
except ImportError:  # Airflow 2.10
    from airflow.operators.bash import BashOperator
    from airflow.operators.python import get_current_context

import nf_google
import nf_job
import nf_report
import nf_secret

SHARE = re.compile("[0-9]+/[0-9]+")
SUMMARY = "summary.json"
# The summary comes when nothing else can print any more.  What is done with a
# window is words: nothing in them is for bash.
COMMAND = """
nf-pipeline {verb} "$NF_JOB" --window $NF_WORDS {more} \
    --summary "$NF_WORK/{summary}" > /dev/null
rc=$?
cat "$NF_WORK/{summary}"
exit "$rc"
"""


def failure(code: int | None, text: str) -> AirflowException:
    """What a task raises for an exit code: final if trying again is vain."""
    permanent = code is not None and nf_job.permanent(code)
    e = (AirflowFailException if permanent else AirflowException)(text)
    e.nf_exit = code
    return e


class NfOperator(BashOperator):
    """verb: run, fetch, load or diff; job: the name of a job; words: a window
    of it, and options; part: the share that is loaded, "N/M"; more: further
    arguments; counted: whether what its tools did counts as work done, and
    not as a look at it.

    The command has a folder of its own, NF_WORK, and the tools on PATH."""

    def __init__(self, *, verb: str, job: str, words: Any = "",
                 part: str | None = None, more: Sequence[str] = (),
                 counted: bool = True, **kwargs: Any) -> None:
        kwargs.setdefault("output_processor", json.loads)
        # Without it env would replace PATH, credentials and emulators.
        kwargs["append_env"] = True
        kwargs.setdefault("env", {"NF_WORDS": words})
        share = ["--part", part] if part else []
        kwargs.setdefault("bash_command", COMMAND.format(
            verb=verb, more=" ".join([*share, *more]), summary=SUMMARY))
        super().__init__(**kwargs)
        self.verb = verb
        self.job = job
        self.part = part
        self.counted = counted

    def get_env(self, context: Any) -> dict[str, str]:
        env = super().get_env(context)
        if not nf_job.WORDS.fullmatch(env["NF_WORDS"]):
            raise nf_job.ConfigError("not a window, or what to do with one")
        of = nf_job.job(self.job)
        tools = pathlib.Path(nf_job.tool("nf-pipeline")).parent
        env["PATH"] = f"{tools}:{env.get('PATH', '')}"
        env["NF_JOB"] = str(of.path)
        env["NF_WORK"] = self.work
        # Not before, for what is rendered is kept in the database.
        return env | nf_secret.environment(of.secrets(self.verb))

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
                raise self.reported(context, code, str(e)) from e
            except nf_google.Refused as e:
                raise self.reported(context, e.nf_exit, str(e), True) from e
            except nf_job.ConfigError as e:
                raise self.reported(context, 78, str(e), True) from e
            self.report(context, 0)
            return said

    def reported(self, context: Any, code: int | None, text: str,
                 told: bool = False) -> AirflowException:
        """The exception for a code, once nf-run has it; with the text too, if
        that does not help a reader of the code."""
        self.report(context, code, text if told else "")
        return failure(code, text)

    def report(self, context: Any, code: int | None,
               message: str = "") -> None:
        ti = context["ti"]
        words = str((self.env or {}).get("NF_WORDS", ""))
        try:
            summary = json.loads(
                pathlib.Path(self.work, SUMMARY).read_text())
        except (OSError, ValueError):
            summary = {}
        write_attempt(
            ti, ti.try_number > self.retries, self.job,
            nf_job.run_of(self.job, words, summary), code,
            summaries=nf_job.tools_of(summary) if self.counted else [],
            part=self.part, message=message)


# Attempts of this process that were reported to nf-run.  A callback finds them here
# and not by its exception, for some releases of Airflow give it none.
told: set[tuple[str, ...]] = set()


def attempt_of(ti: Any) -> tuple[str, ...]:
    return tuple(str(getattr(ti, m, None)) for m in (
        "dag_id", "task_id", "run_id", "map_index", "try_number"))


def write_attempt(ti: Any, last: bool, name: str, run: str,
                  code: int | None, **more: Any) -> None:
    told.add(attempt_of(ti))
    nf_report.write(nf_report.attempt(
        "airflow", run, code, number=max(ti.try_number, 1), last=last,
        source=name, **more))


def run_name(name: str, ti: Any) -> str:
    """What stands for a run of which only the task is known."""
    index = getattr(ti, "map_index", -1)
    return name if index is None or index < 0 else f"{name}/{index}"


def code_of(error: BaseException) -> int | None:
    """The exit code that an exception stands for; None: no code."""
    if isinstance(error, nf_job.ConfigError):
        return 78
    code: int | None = getattr(error, "nf_exit", None)
    return 75 if code is None and isinstance(error, OSError) else code


@contextlib.contextmanager
def refusals(name: str) -> Iterator[None]:
    """In a task that is Python, of a job or the watch: what is refused, or
    wrong, ends it as an exit code would, and is reported to nf-run."""
    try:
        yield
    except AirflowSkipException:
        raise
    except Exception as e:
        context = get_current_context()
        ti, code = context["ti"], code_of(e)
        final = e if code is None else failure(code, str(e))
        last = ti.try_number > context["task"].retries
        write_attempt(ti, last or isinstance(final, AirflowFailException),
                      name, run_name(name, ti), code, message=str(e))
        if final is e:
            raise
        raise final from e


def ended(name: str, last: bool, context: Any) -> None:
    """For on_failure_callback (last) and on_retry_callback: tell of an
    attempt of a job of which nf-run was not told.  A worker that died left
    no exit code, and no rendered task."""
    ti = context["ti"]
    if attempt_of(ti) in told:
        return
    part = str(getattr(context["task"], "part", None))
    code = code_of(context.get("exception") or Exception())
    write_attempt(ti, last, name, run_name(name, ti), code,
                  part=part if SHARE.fullmatch(part) else None)
