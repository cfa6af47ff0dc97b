# SPDX-License-Identifier: Apache-2.0
"""An NfOperator for each way a command can end."""

import datetime
import functools

try:
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2.10
    from airflow import DAG
    from airflow.decorators import task
from nf_operator import NfOperator, ended, run_pipeline

COMMANDS = {f"exit{n}": f"exit {n}" for n in
            (0, 1, 64, 65, 69, 70, 74, 75, 77, 78, 99, 141, 143)}
COMMANDS |= {"kill9": "kill -9 $$", "kill15": "kill -15 $$",
             # What ends bash ends the task; a child's death is 128+n.
             "child9": "bash -c 'kill -9 $$'; exit $?"}
NOW = datetime.timedelta(0)

with DAG("codes", schedule=None, default_args={
        "retries": 2, "retry_delay": NOW,
        "on_retry_callback": functools.partial(ended, "nf", False),
        "on_failure_callback": functools.partial(ended, "nf", True)},
        start_date=datetime.datetime(2026, 1, 1,
                                     tzinfo=datetime.timezone.utc)):
    for name, command in COMMANDS.items():
        NfOperator(task_id=name, source="nf", run_name=name,
                   output_processor=str, bash_command=command)
    # A tool that logs when the summary is out already.
    NfOperator(task_id="late", source="nf", run_name="late",
               bash_command="nf-pipeline() {\n"
               'echo "{\\"tool\\":\\"x\\"}" > "$NF_WORK/summary.json"\n'
               'cat "$NF_WORK/summary.json"\nsleep .2\n'
               "echo progress >&2\n}\n" + run_pipeline("load"))

    @task(task_id="python")
    def python() -> None:
        """What has no exit code: only the callbacks tell of it."""
        raise ConnectionError("no such host")

    python()
