# SPDX-License-Identifier: Apache-2.0
"""Runs "airflow" again and again in one process, for it takes seconds to
start: a JSON array on stdin, command line and environment, is a command; its
exit code goes to stdout.  What it says goes to the file that is argument 1.
"""

import json
import os
import sys

from airflow.__main__ import main

answers = os.fdopen(os.dup(1), "w")
log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
os.dup2(log, 1)
os.dup2(log, 2)
for line in sys.stdin:
    words, environment = json.loads(line)
    os.environ.update(environment)
    sys.argv = ["airflow", *words]
    code = 0
    try:
        main()
    except SystemExit as e:
        code = e.code if isinstance(e.code, int) else int(bool(e.code))
    print(code, file=answers, flush=True)
