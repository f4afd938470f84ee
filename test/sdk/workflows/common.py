"""What the workflows share."""
import asyncio
import json
import sys
import time
import uuid
from contextlib import contextmanager

import httpx
from agb import AGB
from agb.context_sync import ContextSync, SyncPolicy
from agb.session_params import CreateSessionParams

IMAGE = "agb-code-space-1"
agb = AGB()
answers = sys.__stdout__


def tell(line):
    answers.write(json.dumps(line) + "\n")
    answers.flush()


def shift_clock(seconds):
    """Puts the clock of the AGB forward: whoever started this does so and answers with a line."""
    tell({"shift": seconds})
    sys.stdin.readline()


def unique(name):
    return f"{name}-{uuid.uuid4().hex[:8]}"


def ok(result):
    assert result.success, f"failed: {result.error_message}"
    assert result.request_id, "no request id"
    return result


def failed(result, text=""):
    assert not result.success, "succeeded"
    assert result.error_message, "failed without a message"
    assert text in result.error_message, f"{text!r} is not in {result.error_message!r}"
    return result


def new_context(name="data"):
    return ok(agb.context.create(unique(name))).context


def mount(context, path, **policies):
    return ContextSync.new(context.id, path, SyncPolicy(**policies))


@contextmanager
def session(*mounts, **params):
    made = ok(agb.create(CreateSessionParams(image_id=IMAGE, context_syncs=list(mounts), **params))).session
    try:
        yield made
    finally:
        # What the workflow deleted itself is gone already.
        agb.delete(made)


def sync(of, *args, **params):
    """A manual sync in the foreground. Small retry intervals only spare waiting."""
    return asyncio.run(of.context.sync(*args, retry_interval=100, **params))


def write(of, path, text):
    ok(of.file.write(path, text))


def read(of, path):
    return ok(of.file.read(path)).content


def files(of, folder):
    """All files below a folder of a session."""
    found = ok(of.command.execute(f"find '{folder}' -type f | sort", timeout_ms=20_000)).output
    return found.split()


def stored(context, folder):
    """The names directly in a folder of a context."""
    return sorted(entry.file_name for entry in ok(agb.context.list_files(context.id, folder)).entries)


def until(what, condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.1)


def put(context, path, data):
    """Puts a file into a context through a presigned URL."""
    url = agb.context.get_file_upload_url(context.id, path)
    assert url.success and url.url, "no upload URL"
    assert httpx.put(url.url, content=data).status_code == 200


def get(context, path):
    url = agb.context.get_file_download_url(context.id, path)
    assert url.success and url.url, "no download URL"
    response = httpx.get(url.url)
    assert response.status_code == 200, f"HTTP {response.status_code}"
    return response.content
