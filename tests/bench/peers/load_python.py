# SPDX-License-Identifier: Apache-2.0
"""What nf-load does, by json and Google's data client for Python.

    load_python.py < mutations
"""

import json
import sys

from google.cloud.bigtable.data import BigtableDataClient, RowMutationEntry
from google.cloud.bigtable.data.mutations import SetCell

BATCH = 1000


def entries():
    for line in sys.stdin.buffer:
        m = json.loads(line)
        yield RowMutationEntry(m["row"].encode(), [
            SetCell(family, qualifier.encode(), value.encode(), m["ts"])
            for family, cells in m["cells"].items()
            for qualifier, value in cells.items()])


def main():
    with BigtableDataClient(project="p") as client:
        with client.get_table("i", "bench") as table:
            with table.mutations_batcher(
                    flush_limit_mutation_count=BATCH * 3) as batcher:
                for entry in entries():
                    batcher.append(entry)


if __name__ == "__main__":
    main()
