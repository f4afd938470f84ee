"""Contexts and their files, without a session."""
import time

import httpx
from agb.context import ContextListParams

from .common import agb, failed, get, new_context, ok, put, stored, unique


def test_a_context_is_made_once_and_then_found_by_name_and_by_id():
    name = unique("found")
    failed(agb.context.get(name=name))
    made = ok(agb.context.get(name=name, create=True)).context
    assert made.id.startswith("SdkCtx-")
    assert ok(agb.context.create(name)).context.id == made.id
    assert ok(agb.context.get(name=name)).context.id == made.id
    by_id = ok(agb.context.get(context_id=made.id)).context
    assert (by_id.id, by_id.name) == (made.id, name)
    assert by_id.created_at and by_id.last_used_at


def test_a_context_is_renamed_in_place():
    context = new_context()
    old, context.name = context.name, unique("renamed")
    ok(agb.context.update(context))
    assert ok(agb.context.get(name=context.name)).context.id == context.id
    failed(agb.context.get(name=old))


def test_a_deleted_context_is_gone_and_its_name_gives_another():
    context = new_context()
    ok(agb.context.delete(context))
    failed(agb.context.get(context_id=context.id))
    assert ok(agb.context.create(context.name)).context.id != context.id


def test_a_context_made_just_now_is_on_the_first_page():
    context = new_context()
    assert context.id in [each.id for each in ok(agb.context.list(ContextListParams(max_results=50))).contexts]
    assert len(ok(agb.context.list(ContextListParams(max_results=1))).contexts) == 1


def test_a_context_is_cleared_and_stays():
    context = new_context()
    put(context, "/home/a/b.txt", b"data")
    started = ok(agb.context.clear_async(context.id))
    assert started.status == "clearing"
    cleared = agb.context.clear(context.id, timeout=30, poll_interval=0.5)
    assert cleared.success and cleared.status == "available"
    assert stored(context, "/home/a") == []
    assert ok(agb.context.get(context_id=context.id)).context.name == context.name


def test_files_of_a_context_are_put_listed_got_and_deleted_by_their_absolute_path():
    context = new_context()
    data = bytes(range(256)) * 40
    put(context, "/home/data/ä b+c&d.bin", data)
    put(context, "/home/data/sub/e.txt", b"")
    listing = ok(agb.context.list_files(context.id, "/home/data"))
    assert sorted((entry.file_name, entry.file_path) for entry in listing.entries) == [("sub", "/home/data/sub"), ("ä b+c&d.bin", "/home/data/ä b+c&d.bin")]
    assert [entry.size for entry in listing.entries if entry.file_name != "sub"] == [len(data)]
    assert get(context, "/home/data/ä b+c&d.bin") == data
    assert get(context, "/home/data/sub/e.txt") == b""
    ok(agb.context.delete_file(context.id, "/home/data/ä b+c&d.bin"))
    assert stored(context, "/home/data") == ["sub"]


def test_the_files_of_a_context_are_listed_page_by_page():
    context = new_context()
    for number in range(7):
        put(context, f"/tmp/many/{number}.txt", b"x")
    pages = [[entry.file_name for entry in agb.context.list_files(context.id, "/tmp/many", page_number=page, page_size=3).entries] for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert sorted(sum(pages, [])) == [f"{number}.txt" for number in range(7)]
    assert agb.context.list_files(context.id, "/tmp/many", page_number=1, page_size=3).count == 7


def test_a_presigned_url_serves_its_own_file_and_method_alone():
    context = new_context()
    put(context, "/home/a.txt", b"a")
    upload = agb.context.get_file_upload_url(context.id, "/home/a.txt")
    assert isinstance(upload.expire_time, int) and upload.expire_time > time.time()
    assert httpx.get(upload.url).status_code == 403
    assert httpx.put(upload.url.replace("a.txt", "b.txt"), content=b"b").status_code == 403
    download = agb.context.get_file_download_url(context.id, "/home/a.txt")
    assert httpx.put(download.url, content=b"b").status_code == 403
    ok(agb.context.delete_file(context.id, "/home/a.txt"))
    assert httpx.get(download.url).status_code == 404


def test_what_is_not_there_fails_with_a_message():
    failed(agb.context.get(context_id="SdkCtx-none"))
    failed(agb.context.clear_async("SdkCtx-none"))
    assert not agb.context.get_file_upload_url("SdkCtx-none", "/home/a").success
    assert not agb.context.list_files("SdkCtx-none", "/home").success
