# SPDX-License-Identifier: Apache-2.0
"""Is a source's data fresh?  What says so even when nothing runs at all.

loaded() notes, after a load, until when a source's data is complete: an
object for each source in the bucket NF_STATE.  check(), once an hour, writes
to the log nf-run how old that is; late is what is older than the source's
late_after.  A source is watched from its first check on.
"""

import datetime
import json
import os
import urllib.parse
from typing import Any

import nf_google
import nf_job
import nf_report

LATE_AFTER = 93600.0  # seconds: a daily run, and two hours


def request(method: str, url: str, body: bytes | None = None) -> Any:
    """Ask Cloud Storage; an emulator gets no token."""
    emulator = os.environ.get("STORAGE_EMULATOR_HOST")
    base = "https://storage.googleapis.com"
    if emulator:
        base = emulator if "://" in emulator else f"http://{emulator}"
    return json.loads(nf_google.ask(
        f"the bucket {os.environ['NF_STATE']}", method, base + url, body,
        anonymous=bool(emulator)))


def place(source: str) -> tuple[str, str]:
    """Bucket and name of a source's object, quoted for a URL."""
    bucket = os.environ["NF_STATE"].removeprefix("gs://").strip("/")
    return (urllib.parse.quote(bucket, safe=""),
            urllib.parse.quote(f"watch/{source}.json", safe=""))


def noted(source: str) -> tuple[datetime.datetime | None, int]:
    """Until when the data is complete, and the note's generation, or 0."""
    bucket, name = place(source)
    url = f"/storage/v1/b/{bucket}/o/{name}"
    while True:
        try:
            generation = int(request("GET", url)["generation"])
        except nf_google.Refused as e:
            if e.status == 404:
                return None, 0
            raise
        try:
            found = request("GET",
                            f"{url}?alt=media&generation={generation}")
        except nf_google.Refused as e:
            if e.status == 404:  # replaced meanwhile
                continue
            raise
        return datetime.datetime.fromisoformat(found["until"]), generation


def note(source: str, until: datetime.datetime, generation: int) -> bool:
    """Replace the note if it still is of that generation, or say False."""
    bucket, name = place(source)
    try:
        request("POST", f"/upload/storage/v1/b/{bucket}/o?"
                f"uploadType=media&name={name}"
                f"&ifGenerationMatch={generation}",
                json.dumps({"until": until.isoformat()}).encode())
    except nf_google.Refused as e:
        if e.status == 412:
            return False
        raise
    return True


def loaded(source: str, until: datetime.datetime) -> None:
    """The data of a source is complete until then.  An older run that is
    loaded again changes nothing; of two at once the newer stays."""
    while True:
        before, generation = noted(source)
        if before is not None and before >= until:
            return
        if note(source, until, generation):
            return


def watched(source: str, now: datetime.datetime) -> datetime.datetime:
    """Until when the data is complete; now, if it is watched from now on."""
    while True:
        until, _ = noted(source)
        if until is not None:
            return until
        note(source, now, 0)


def check(platform: str, now: datetime.datetime | None = None
          ) -> list[nf_report.Entry]:
    """Write how old each source's data is; return what was written."""
    now = now or datetime.datetime.now(datetime.timezone.utc)
    entries = []
    for source, known in sorted(nf_job.known_sources().items()):
        until = watched(source, now)
        age = max((now - until).total_seconds(), 0.0)
        entries.append(nf_report.freshness(
            platform, source, age, float(known.get("late_after")
                                         or LATE_AFTER)))
    nf_report.write(entries)
    return entries
