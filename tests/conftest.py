# SPDX-License-Identifier: Apache-2.0
"""What all tests share: signals as they are in a terminal.

Started in the background (sh's "&", nohup), we ignore these, and so would
everything the tests start: a shell cannot even trap them then.  A handler,
unlike SIG_IGN, is not inherited.
"""
import signal

for _signal in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
    if signal.getsignal(_signal) is signal.SIG_IGN:
        signal.signal(_signal, lambda *_: None)
