# SPDX-License-Identifier: Apache-2.0
"""The pipeline as one plain BashOperator, for who wants no more.

Needs the wheel nf-tools and, in the environment, NF_EXAMPLE: JSON with "url",
"staging", "mapping" and "target".  Without it there is no such DAG.

What NfOperator would do better: here bad data and a wrong mapping are tried
again as after a network failure, and the log nf-run gets nothing.
"""

import datetime
import json
import os

try:
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.sdk import DAG
except ImportError:  # Airflow 2.10
    from airflow import DAG
    from airflow.operators.bash import BashOperator
from airflow.timetables.interval import CronDataIntervalTimetable

# A run a day; the same interval is the same run.  BashOperator merges stderr
# into stdout and keeps the last line, so the summary is printed when nothing
# else can print any more.
COMMAND = """
S=$(mktemp) || exit 74
nf-pipeline run --from "$URL" --stage "$STAGING/example-$DAY" \
    -m "$MAPPING" --to "$TARGET" --skip-if-empty --summary "$S"
rc=$?
cat "$S"
rm -f "$S"
exit "$rc"
"""

if os.environ.get("NF_EXAMPLE"):
    where = json.loads(os.environ["NF_EXAMPLE"])
    with DAG("nf_example", catchup=False, max_active_runs=1,
             schedule=CronDataIntervalTimetable("0 3 * * *", "UTC"),
             start_date=datetime.datetime(2021, 1, 1,
                                          tzinfo=datetime.timezone.utc)):
        BashOperator(
            task_id="invoices", bash_command=COMMAND,
            # append_env: else PATH and the credentials would be gone.
            append_env=True, output_processor=json.loads,
            env={"URL": where["url"], "STAGING": where["staging"],
                 "MAPPING": where["mapping"], "TARGET": where["target"],
                 "DAY": "{{ data_interval_start | ds_nodash }}"},
            retries=2, retry_delay=datetime.timedelta(minutes=1))
