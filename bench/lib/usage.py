"""Runs a command and writes what its whole process tree used to file descriptor 3, as a line of JSON.

Processes that outlive their parent become children of this one, so their time counts too. Daemons must be started
elsewhere, because this process waits until every descendant has ended.
"""
import ctypes
import json
import os
import resource
import signal
import sys
import time

PR_SET_CHILD_SUBREAPER = 36
SECONDS_FOR_ORPHANS = 30

if sys.platform == "linux":
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
os.set_inheritable(3, False)
started_at = time.monotonic()
main = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
status, seconds = 0, 0.0
while True:
    try:
        pid, ended = os.wait()
    except ChildProcessError:
        break
    if pid == main:
        status, seconds = ended, time.monotonic() - started_at
        # The default action ends this process, which fails the measurement.
        signal.alarm(SECONDS_FOR_ORPHANS)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
os.write(3, json.dumps({"seconds": seconds, "cpu": used.ru_utime + used.ru_stime}).encode())
sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)
