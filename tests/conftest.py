# SPDX-License-Identifier: Apache-2.0
"""What all tests share: signals as they are in a terminal, and for tests/of a
note of which modules a test reached.

Started in the background (sh's "&", nohup), we ignore these, and so would
everything the tests start: a shell cannot even trap them then.  A handler,
unlike SIG_IGN, is not inherited.
"""
import os
import pathlib
import signal
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import reached  # noqa: E402

for _signal in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
    if signal.getsignal(_signal) is signal.SIG_IGN:
        signal.signal(_signal, lambda *_: None)


def pytest_make_parametrize_id(val):
    """gzip holds the time it was made, which may not be in a test's name:
    the workers of one run would collect different tests."""
    if isinstance(val, bytes) and val.startswith(b"\x1f\x8b"):
        return "gzip"
    return None


@pytest.fixture(autouse=True)
def _reached(request):
    if "NF_REACHED" not in os.environ:
        yield
        return
    with reached.noted(request.node.nodeid.replace(" ", "_")):
        yield
