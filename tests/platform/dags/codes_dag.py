# SPDX-License-Identifier: Apache-2.0
"""An NfOperator for each way a command can end."""

import datetime
import functools

try:
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2.10
    from airflow import DAG
    from airflow.decorators import task
from nf_operator import NfOperator, ended, refusals

COMMANDS = {f"exit{n}": f"exit {n}" for n in
            (0, 1, 64, 65, 69, 70, 74, 75, 77, 78, 99, 141, 143)}
COMMANDS |= {"kill9": "kill -9 $$", "kill15": "kill -15 $$",
             # What ends bash ends the task; a child's death is 128+n.
             "child9": "bash -c 'kill -9 $$'; exit $?",
             # A tool that logs when the summary is out already.
             "late": 'echo "{\\"tool\\":\\"x\\"}"; sleep .2'}
NOW = datetime.timedelta(0)

with DAG("codes", schedule=None, default_args={
        "retries": 2, "retry_delay": NOW,
        "on_retry_callback": functools.partial(ended, "nf", False),
        "on_failure_callback": functools.partial(ended, "nf", True)},
        start_date=datetime.datetime(2026, 1, 1,
                                     tzinfo=datetime.timezone.utc)):
    for number, (name, command) in enumerate(COMMANDS.items()):
        NfOperator(task_id=name, verb="load", job="nf",
                   words=f"2026-01-{number + 1:02}",
                   output_processor=str, bash_command=command)

    @task(task_id="python")
    def python() -> None:
        """What has no exit code."""
        with refusals("nf"):
            raise ConnectionError("no such host")

    @task(task_id="silent")
    def silent() -> None:
        """What nobody tells of but the callbacks."""
        raise ValueError("unexpected")

    python()
    silent()
