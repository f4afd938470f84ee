"""The same workflow as in workflow.mjs, with the official SDK."""
import json
import os
import time

from agb import AGB
from agb.context_sync import ContextSync, SyncPolicy
from agb.session_params import CreateSessionParams

DATA = "x" * int(os.environ["BENCH_BYTES"])
FILE = "/home/one/data"


def ok(result):
    assert result.success, result.error_message
    return result


agb = AGB()
started_at = time.monotonic()
context = ok(agb.context.get("bench", create=True)).context
mounts = [ContextSync.new(context.id, path, SyncPolicy()) for path in ("/home/one", "/home/two", "/home/three")]
params = CreateSessionParams(image_id="agb-code-space-1", context_syncs=mounts)
first = ok(agb.create(params)).session
ok(first.file.write(FILE, DATA))
ok(agb.delete(first, sync_context=True))
second = ok(agb.create(params)).session
found = ok(second.command.execute(f"wc -c < {FILE}", timeout_ms=20_000)).output
seconds = time.monotonic() - started_at
assert str(len(DATA)) in found, f"The second session has other data: {found}"
print(json.dumps({"seconds": seconds}))
