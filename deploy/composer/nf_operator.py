# SPDX-License-Identifier: Apache-2.0
"""NfOperator: a BashOperator that knows the tools' exit codes.

A BashOperator tries again whatever the exit code.  64, 65, 70, 77 and 78
cannot get better, so the task fails at once; 69, 74, 75 and signals are
tried again; 99 skips.  What the command printed last is the XCom: let it be
the summary, as run_pipeline() does.  Each attempt is written to the log
nf-run.
"""

import json
import shlex
from collections.abc import Sequence
from typing import Any

from airflow.exceptions import (AirflowException, AirflowFailException,
                                AirflowSkipException)

try:
    from airflow.providers.standard.operators.bash import BashOperator
except ImportError:  # Airflow 2.10
    from airflow.operators.bash import BashOperator

import nf_bundle
import nf_report


def run_pipeline(*arguments: str, more: str = "") -> str:
    """A command for bash: nf-pipeline with arguments (Jinja's braces are
    kept) and more, as bash reads it, then the summary, when nothing else can
    print any more."""
    words = " ".join(shlex.quote(a) for a in arguments)
    return ('S=$(mktemp) || exit 74\n'
            f'nf-pipeline {words} --summary "$S" {more}\n'
            'rc=$?\ncat "$S"\nrm -f "$S"\nexit "$rc"')


class NfOperator(BashOperator):
    """source: the deployment's name for the API; run: the run id; part: the
    share that is loaded, "N/M"."""

    template_fields: Sequence[str] = (*BashOperator.template_fields, "source",
                                      "run_name", "part")

    def __init__(self, *, source: str, run_name: str,
                 part: str | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("output_processor", json.loads)
        # Without it env would replace PATH, credentials and emulators.
        kwargs["append_env"] = True
        super().__init__(**kwargs)
        self.source = source
        self.run_name = run_name
        self.part = part

    def get_env(self, context: Any) -> dict[str, str]:
        env = super().get_env(context)
        env["PATH"] = f"{nf_bundle.bin_dir()}:{env.get('PATH', '')}"
        return env

    def execute(self, context: Any) -> Any:
        try:
            said = super().execute(context)
        except AirflowSkipException:
            self.report(context, nf_report.EMPTY, None)
            raise
        except AirflowException as e:
            process = self.subprocess_hook.sub_process
            code = process.returncode if process else None
            self.report(context, code, None)
            if code is not None \
                    and nf_report.verdict(code)[0] == "failed":
                raise AirflowFailException(str(e)) from e
            raise
        self.report(context, 0, said)
        return said

    def report(self, context: Any, code: int | None, said: Any) -> None:
        stages = said.get("stages", {}) if isinstance(said, dict) else {}
        ti = context["ti"]
        nf_report.write(nf_report.attempt(
            "airflow", self.run_name, code, stages.values(),
            number=max(ti.try_number, 1), part=self.part,
            last=ti.try_number > self.retries, source=self.source))


def on_failure(context: Any) -> None:
    """For on_failure_callback: a worker that died left no exit code."""
    task = context["task"]
    error = context.get("exception")
    if isinstance(error, (AirflowException, AirflowFailException)):
        return  # execute() has told it
    ti = context["ti"]
    nf_report.write(nf_report.attempt(
        "airflow", str(getattr(task, "run_name", context["run_id"])), None,
        number=max(ti.try_number, 1), part=getattr(task, "part", None),
        last=True, source=getattr(task, "source", None)))
