"""Every policy of a mount, and what it does to the files."""
from agb.context_sync import (
    BWList, DeletePolicy, DownloadPolicy, DownloadStrategy, ExtractPolicy, Lifecycle, MappingPolicy, RecyclePolicy,
    UploadMode, UploadPolicy, UploadStrategy, WhiteList,
)

from .common import agb, files, get, mount, new_context, ok, put, read, session, stored, sync, until, write


def test_no_automatic_upload_leaves_the_context_alone_until_a_manual_sync():
    context, watched = new_context(), new_context("watched")
    policy = {"upload_policy": UploadPolicy(auto_upload=False, upload_strategy=UploadStrategy.UPLOAD_BEFORE_RESOURCE_RELEASE)}
    with session(mount(context, "/home/p", **policy), mount(watched, "/home/w")) as made:
        write(made, "/home/p/manual.txt", "manual")
        ok(sync(made, context_id=context.id, path="/home/p"))
        write(made, "/home/p/lost.txt", "lost")
        write(made, "/home/w/kept.txt", "kept")
        ok(agb.delete(made))
    # The release uploads the one mount, so that nothing more comes of the other.
    until("the other mount's upload", lambda: stored(watched, "/home/w") == ["kept.txt"])
    assert stored(context, "/home/p") == ["manual.txt"]


def test_no_automatic_download_leaves_the_mount_empty_until_a_manual_sync():
    context = new_context()
    put(context, "/home/p/a.txt", b"a")
    with session(mount(context, "/home/p", download_policy=DownloadPolicy(auto_download=False, download_strategy=DownloadStrategy.DOWNLOAD_ASYNC))) as made:
        assert files(made, "/home/p") == []
        ok(sync(made, context_id=context.id, path="/home/p", mode="download"))
        assert read(made, "/home/p/a.txt") == "a"


def test_the_delete_policy_says_whether_deletions_reach_the_context():
    for deletes, left in [(True, ["kept.txt"]), (False, ["gone.txt", "kept.txt"])]:
        context = new_context()
        put(context, "/home/p/gone.txt", b"g")
        put(context, "/home/p/kept.txt", b"k")
        put(context, "/home/elsewhere.txt", b"e")
        with session(mount(context, "/home/p", delete_policy=DeletePolicy(sync_local_file=deletes))) as made:
            ok(made.file.remove("/home/p/gone.txt"))
            ok(sync(made))
        assert stored(context, "/home/p") == left
        assert get(context, "/home/elsewhere.txt") == b"e"


def test_white_lists_and_their_excludes_hold_in_both_directions():
    context = new_context()
    for path in ["src/a.txt", "src/node_modules/b.txt", "srcs/c.txt", "other/d.txt"]:
        put(context, f"/home/p/{path}", b"context")
    lists = BWList(white_lists=[WhiteList(path="/src", exclude_paths=["/node_modules"]), WhiteList(path="docs")])
    with session(mount(context, "/home/p", bw_list=lists)) as made:
        assert files(made, "/home/p") == ["/home/p/src/a.txt"]
        for path in ["src/a.txt", "src/new.txt", "src/node_modules/b.txt", "docs/e.txt", "other/f.txt"]:
            ok(made.command.execute(f"mkdir -p $(dirname /home/p/{path}) && echo session > /home/p/{path}", timeout_ms=20_000))
        ok(sync(made))
    assert get(context, "/home/p/src/a.txt") == b"session\n"
    assert stored(context, "/home/p/src") == ["a.txt", "new.txt", "node_modules"]
    assert get(context, "/home/p/src/node_modules/b.txt") == b"context"
    assert stored(context, "/home/p/docs") == ["e.txt"]
    assert stored(context, "/home/p/other") == ["d.txt"]
    assert stored(context, "/home/p/srcs") == ["c.txt"]


def archived(extract_policy):
    """A context in archive mode with two files, and a session that mounts it with the policy."""
    context = new_context("archive")
    archive = UploadPolicy(upload_mode=UploadMode.ARCHIVE)
    with session(mount(context, "/home/p", upload_policy=archive)) as made:
        write(made, "/home/p/a.txt", "a")
        ok(made.command.execute("mkdir /home/p/sub && echo b > /home/p/sub/b.txt", timeout_ms=20_000))
        ok(sync(made))
        ok(agb.delete(made, sync_context=True))
    names = stored(context, "/home/p")
    assert len(names) == 1 and names[0].endswith(".zip"), names
    return context, session(mount(context, "/home/p", upload_policy=archive, extract_policy=extract_policy))


def test_archive_mode_keeps_one_zip_and_unpacks_it():
    _, opened = archived(ExtractPolicy(extract=True, delete_src_file=True, extract_current_folder=True))
    with opened as made:
        assert files(made, "/home/p") == ["/home/p/a.txt", "/home/p/sub/b.txt"]
        assert read(made, "/home/p/sub/b.txt") == "b\n"


def test_an_archive_can_be_kept_beside_its_files():
    _, opened = archived(ExtractPolicy(extract=True, delete_src_file=False, extract_current_folder=True))
    with opened as made:
        found = files(made, "/home/p")
        assert [path for path in found if not path.endswith(".zip")] == ["/home/p/a.txt", "/home/p/sub/b.txt"]
        assert len(found) == 3


def test_an_archive_can_stay_packed():
    context, opened = archived(ExtractPolicy(extract=False, delete_src_file=False))
    with opened as made:
        found = files(made, "/home/p")
        assert len(found) == 1 and found[0].endswith(".zip")
        assert get(context, found[0])[:2] == b"PK"


def test_a_mapping_shows_data_that_was_written_at_another_path():
    context = new_context()
    with session(mount(context, "/tmp/mapping")) as made:
        write(made, "/tmp/mapping/a.txt", "mapped")
        ok(agb.delete(made, sync_context=True))
    with session(mount(context, "/home/data", mapping_policy=MappingPolicy(path="/tmp/mapping"))) as made:
        assert read(made, "/home/data/a.txt") == "mapped"
        assert [each.path for each in ok(made.context.info()).context_status_data] == ["/home/data"]


def test_the_recycle_policy_with_any_lifecycle_is_taken():
    context = new_context()
    for lifecycle in Lifecycle:
        with session(mount(context, "/home/p", recycle_policy=RecyclePolicy(lifecycle=lifecycle, paths=["temp", "logs/old"]))) as made:
            assert ok(made.context.info()).context_status_data[0].status == "Success"
