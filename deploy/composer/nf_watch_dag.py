# SPDX-License-Identifier: Apache-2.0
"""Once an hour: does the ledger of a job lack windows?  See nf_watch.py."""

import datetime

try:
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2.10
    from airflow import DAG
    from airflow.decorators import task

import nf_watch
from nf_operator import refusals

with DAG("nf_watch", schedule="@hourly", catchup=False, max_active_runs=1,
         start_date=datetime.datetime(2021, 1, 1,
                                      tzinfo=datetime.timezone.utc),
         tags=["nf-tools"],
         default_args={"retries": 2,
                       "retry_delay": datetime.timedelta(minutes=2)}):

    @task(task_id="check")
    def check() -> int:
        """The number of jobs with windows that are late."""
        with refusals("watch"):
            entries = nf_watch.check("airflow")
        return sum(e["jsonPayload"]["outcome"] == "late" for e in entries)

    check()
