# SPDX-License-Identifier: Apache-2.0
"""The tests' double of Cloud Storage as a server of its own.

    storage.py [SECONDS]

The first line on stdout is its address; SECONDS is how long a download waits
before its first byte.  It checks what Google's service checks (offsets,
checksums, preconditions) and keeps the objects in memory.
"""

import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "server"))

import storage  # noqa: E402


def main():
    wait = float(sys.argv[1]) if len(sys.argv) > 1 else 0
    with storage.Storage() as double:
        if wait:
            double.fault = lambda op, n, name: (
                time.sleep(wait) if op == "media" else None)
        print(double.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
