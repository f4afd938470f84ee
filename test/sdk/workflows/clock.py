"""What takes its time: idle release, keep-alive, the end of life, recycling. The clock of this AGB is put forward instead."""
from agb.context_sync import Lifecycle, RecyclePolicy

from .common import agb, failed, mount, new_context, ok, put, session, shift_clock, stored, until, write


def is_gone(made):
    return not made.get_status().success


def test_an_idle_session_is_released_and_its_data_is_uploaded():
    context = new_context()
    with session(mount(context, "/home/p"), idle_release_timeout=60) as made:
        write(made, "/home/p/a.txt", "kept")
        shift_clock(45)
        assert ok(made.get_status()).status.upper() == "RUNNING"
        shift_clock(20)
        until("the session is gone", lambda: is_gone(made))
        until("its upload", lambda: stored(context, "/home/p") == ["a.txt"])
        failed(agb.get(made.session_id))
        failed(made.file.write("/home/p/a.txt", "late"))


def test_keep_alive_and_tools_keep_a_session_and_reads_do_not():
    with session(idle_release_timeout=60) as kept, session(idle_release_timeout=60) as used, session(idle_release_timeout=60) as looked_at:
        shift_clock(45)
        ok(kept.keep_alive())
        ok(used.file.list("/home"))
        ok(looked_at.get_status())
        ok(looked_at.context.info())
        ok(looked_at.get_labels())
        shift_clock(30)
        until("the session that was only looked at is gone", lambda: is_gone(looked_at))
        assert ok(kept.get_status()).status.upper() == "RUNNING"
        assert ok(used.get_status()).status.upper() == "RUNNING"
        failed(looked_at.keep_alive())


def test_no_session_lives_longer_than_half_an_hour():
    with session(idle_release_timeout=7200) as made:
        for _ in range(2):
            shift_clock(14 * 60)
            ok(made.keep_alive())
        shift_clock(3 * 60)
        until("the session is gone", lambda: is_gone(made))


def test_recycled_files_go_when_their_lifecycle_is_over():
    context = new_context()
    policy = RecyclePolicy(lifecycle=Lifecycle.LIFECYCLE_3DAYS, paths=["temp"])
    put(context, "/home/p/temp/old.txt", b"old")
    put(context, "/home/p/kept.txt", b"kept")
    with session(mount(context, "/home/p", recycle_policy=policy)):
        pass
    shift_clock(2 * 86_400)
    assert stored(context, "/home/p/temp") == ["old.txt"]
    shift_clock(1.5 * 86_400)
    until("the old file is gone", lambda: stored(context, "/home/p") == ["kept.txt"])
