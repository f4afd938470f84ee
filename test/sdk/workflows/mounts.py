"""Contexts mounted in sessions, and syncing them."""
import threading

from agb.context_sync import ContextSync

from .common import IMAGE, agb, failed, files, get, mount, new_context, ok, put, read, session, stored, sync, until, write


def test_data_of_a_session_is_in_the_next_one_that_mounts_the_context():
    context = new_context()
    with session(mount(context, "/home/project")) as first:
        write(first, "/home/project/notes.txt", "kept")
        ok(first.command.execute("mkdir -p /home/project/a/b && echo deep > /home/project/a/b/c.txt", timeout_ms=20_000))
        ok(agb.delete(first, sync_context=True))
    with session(mount(context, "/home/project")) as second:
        assert read(second, "/home/project/notes.txt") == "kept"
        assert read(second, "/home/project/a/b/c.txt") == "deep\n"


def test_data_is_uploaded_at_release_without_being_asked():
    context = new_context()
    with session(mount(context, "/home/project")) as first:
        write(first, "/home/project/notes.txt", "kept")
        ok(first.delete())
    until("the upload at release", lambda: stored(context, "/home/project") == ["notes.txt"])
    assert get(context, "/home/project/notes.txt") == b"kept"


def test_data_belongs_to_the_path_it_was_written_at():
    context = new_context()
    put(context, "/home/one/a.txt", b"a")
    with session(mount(context, "/home/other")) as other:
        assert files(other, "/home") == []


def test_a_mount_point_is_there_and_empty_from_the_start():
    with session(mount(new_context(), "/tmp/deep/er/mount")) as made:
        assert ok(made.file.list("/tmp/deep/er/mount")).entries == []


def test_the_status_of_every_mount_can_be_read_and_filtered():
    one, two = new_context("one"), new_context("two")
    with session(mount(one, "/home/one"), mount(two, "/home/two")) as made:
        status = ok(made.context.info()).context_status_data
        assert sorted((each.context_id, each.path, each.task_type, each.status) for each in status) == sorted([(one.id, "/home/one", "download", "Success"), (two.id, "/home/two", "download", "Success")])
        for each in status:
            assert 0 < each.start_time <= each.finish_time
            assert each.error_message == ""
        assert [each.context_id for each in ok(made.context.info(context_id=two.id, path="/home/two")).context_status_data] == [two.id]
        assert ok(made.context.info(task_type="upload")).context_status_data == []


def test_a_sync_in_the_foreground_uploads_and_is_waited_for():
    context = new_context()
    with session(mount(context, "/home/project")) as made:
        write(made, "/home/project/a.txt", "1")
        ok(sync(made))
        assert get(context, "/home/project/a.txt") == b"1"
        write(made, "/home/project/a.txt", "2")
        ok(sync(made, context_id=context.id, path="/home/project", mode="upload"))
        assert get(context, "/home/project/a.txt") == b"2"
        uploads = ok(made.context.info(task_type="upload")).context_status_data
        assert [(each.path, each.status) for each in uploads] == [("/home/project", "Success")]


def test_a_sync_in_the_background_calls_back():
    context = new_context()
    with session(mount(context, "/home/project")) as made:
        write(made, "/home/project/a.txt", "1")
        done, outcome = threading.Event(), []

        def finished(success):
            outcome.append(success)
            done.set()

        # As documented, without awaiting it: the coroutine has to be driven to where it starts its thread.
        started = made.context.sync(callback=finished, retry_interval=100)
        try:
            started.send(None)
        except StopIteration as returned:
            assert returned.value.success
        assert done.wait(30) and outcome == [True]
        assert get(context, "/home/project/a.txt") == b"1"


def test_a_sync_downloads_what_was_put_into_the_context_meanwhile():
    context = new_context()
    with session(mount(context, "/home/project")) as made:
        put(context, "/home/project/late.txt", b"late")
        assert files(made, "/home/project") == []
        ok(sync(made, mode="download"))
        assert read(made, "/home/project/late.txt") == "late"


def test_a_sync_of_what_is_not_mounted_fails():
    with session(mount(new_context(), "/home/project")) as made:
        failed(sync(made, context_id=new_context().id, path="/home/project"))
        failed(sync(made, context_id="", path="/home/project"), "must be provided together")


def test_the_last_upload_of_two_sessions_wins_file_by_file():
    context = new_context()
    with session(mount(context, "/home/p")) as one, session(mount(context, "/home/p")) as two:
        write(one, "/home/p/both.txt", "one")
        ok(sync(one))
        write(two, "/home/p/both.txt", "two")
        ok(sync(two))
        assert get(context, "/home/p/both.txt") == b"two"


def test_a_mount_without_a_policy_is_dropped_by_the_sdk_itself():
    context = new_context()
    put(context, "/home/p/a.txt", b"a")
    with session(ContextSync.new(context.id, "/home/p")) as made:
        assert ok(made.context.info()).context_status_data == []


def test_a_context_deleted_while_its_session_is_released_stays_deleted():
    context = new_context()
    with session(mount(context, "/home/p")) as made:
        write(made, "/home/p/a.txt", "a")
        ok(agb.delete(made))
    ok(agb.context.delete(context))
    failed(agb.context.get(context_id=context.id))


def test_mounts_that_cannot_be_are_refused_at_creation():
    from agb.session_params import CreateSessionParams
    context = new_context()
    for path in ["/opt/data", "relative", "/home/../etc", "/"]:
        failed(agb.create(CreateSessionParams(image_id=IMAGE, context_syncs=[mount(context, path)])))
    context.id = "SdkCtx-none"
    failed(agb.create(CreateSessionParams(image_id=IMAGE, context_syncs=[mount(context, "/home/p")])), "SdkCtx-none")
