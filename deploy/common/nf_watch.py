# SPDX-License-Identifier: Apache-2.0
"""Is a window missing?  What says so even when nothing runs at all.

check(), once an hour, asks the ledger of each job (nf-stage days) and writes
to the log nf-run how many windows are due, and how many of them are late, as
late_after of the job says.  A gap is late however fresh the newest data is.

    python3 nf_watch.py     for Cloud Run, which has no Airflow
"""

import datetime
import sys
from collections.abc import Sequence
from typing import Any

import nf_google
import nf_job
import nf_report


def lacks(due: Sequence[dict[str, Any]], now: datetime.datetime
          ) -> tuple[float, int, int]:
    """Of the windows that are due: seconds since the oldest ended, or 0; how
    many they are, and how many late."""
    # A window of a cursor has no end.
    ended = [datetime.datetime.fromisoformat(d["until"]) for d in due
             if d["until"]]
    age = max(((now - e).total_seconds() for e in ended), default=0.0)
    return max(age, 0.0), len(due), sum(d["late"] for d in due)


def check(platform: str) -> list[nf_report.Entry]:
    """Write what the ledgers lack; return what was written.  A job that is
    wrong, or whose ledger cannot be read, is an attempt that failed; of a
    ledger it is Failed besides, once all others are looked at."""
    entries: list[nf_report.Entry] = []
    failed = None
    for name in nf_job.names():
        try:
            found = nf_job.days(nf_job.job(name), "--due")
            now = datetime.datetime.now(datetime.timezone.utc)
            entries.append(nf_report.freshness(
                platform, name, *lacks(found, now)))
        except nf_job.ConfigError as e:
            entries += nf_report.attempt(
                platform, name, 78, last=True, source=name,
                message=f"{name}: {e}")
        except nf_job.Failed as e:
            failed = e
            entries += nf_report.attempt(
                platform, name, e.nf_exit, source=name, message=str(e))
            print(f"nf_watch: {e}", file=sys.stderr)
    nf_report.write(entries)
    if failed is not None:
        raise failed
    return entries


def main() -> int:
    try:
        check("run")
    except (nf_job.Failed, nf_google.Refused) as e:
        print(f"nf_watch: {e}", file=sys.stderr)
        return e.nf_exit
    except nf_job.ConfigError as e:
        print(f"nf_watch: {e}", file=sys.stderr)
        return 78
    return 0


if __name__ == "__main__":
    sys.exit(main())
