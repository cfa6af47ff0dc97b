# SPDX-License-Identifier: Apache-2.0
"""What nf-stage put does, by json and gzip: every line checked, compressed
at level 1 into FILE, on the disk at the end.

    stage_gzip.py FILE < records
"""

import gzip
import json
import os
import sys


def main():
    with open(sys.argv[1], "xb") as f:
        with gzip.GzipFile(fileobj=f, mode="wb", compresslevel=1) as out:
            for line in sys.stdin.buffer:
                json.loads(line)
                out.write(line)
        f.flush()
        os.fsync(f.fileno())


if __name__ == "__main__":
    main()
