# SPDX-License-Identifier: Apache-2.0
"""What nf-fetch does, by requests and json: follow rel=next, a record a
line.

    fetch_requests.py URL > records
"""

import json
import sys

import requests


def main():
    session = requests.Session()
    url = sys.argv[1]
    while url:
        page = session.get(url, timeout=60)
        page.raise_for_status()
        for record in page.json():
            sys.stdout.write(json.dumps(record, ensure_ascii=False,
                                        separators=(",", ":")) + "\n")
        url = page.links.get("next", {}).get("url")


if __name__ == "__main__":
    main()
