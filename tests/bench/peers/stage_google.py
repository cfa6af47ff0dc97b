# SPDX-License-Identifier: Apache-2.0
"""What nf-stage put and cat do, by json, gzip and Google's client for Cloud
Storage: every line checked, compressed at level 1, CRC32C compared.

    stage_google.py put|cat OBJECT < records > records
"""

import gzip
import json
import sys

from google.cloud import storage


def put(blob):
    with blob.open("wb", checksum="crc32c", if_generation_match=0,
                   content_type="application/gzip",
                   ignore_flush=True) as f:
        with gzip.GzipFile(fileobj=f, mode="wb", compresslevel=1) as out:
            for line in sys.stdin.buffer:
                json.loads(line)
                out.write(line)


def cat(blob):
    stored = blob.download_as_bytes(checksum="crc32c", raw_download=True)
    sys.stdout.buffer.write(gzip.decompress(stored))


def main():
    client = storage.Client(project="p")
    blob = client.bucket("bucket").blob(sys.argv[2])
    {"put": put, "cat": cat}[sys.argv[1]](blob)


if __name__ == "__main__":
    main()
