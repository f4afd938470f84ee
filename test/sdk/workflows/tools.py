"""The session tools, over the API and over the link: files, commands, code, metrics, file transfer."""
import os
import tempfile
import threading

from agb.session_params import CreateSessionParams

from .common import IMAGE, agb, failed, ok, read, session, write


def test_files_are_written_read_appended_and_edited():
    with session() as made:
        write(made, "/tmp/a.txt", "one\n")
        ok(made.file.write("/tmp/a.txt", "two\n", mode="append"))
        assert read(made, "/tmp/a.txt") == "one\ntwo\n"
        ok(made.file.edit("/tmp/a.txt", [{"oldText": "two", "newText": "zwei"}]))
        assert read(made, "/tmp/a.txt") == "one\nzwei\n"
        failed(made.file.edit("/tmp/a.txt", [{"oldText": "three", "newText": "x"}]), "three")
        failed(made.file.read("/tmp/none"), "no such file")
        failed(made.file.read("/tmp"), "directory")


def test_big_files_go_in_pieces_and_come_back_whole():
    text = "".join(chr(0x20AC + number % 500) for number in range(150_000))
    with session() as made:
        write(made, "/tmp/big.txt", text)
        assert read(made, "/tmp/big.txt") == text
        assert ok(made.file.read("/tmp/big.txt", format="bytes")).content == text.encode()
        assert read_empty(made) == ""


def read_empty(made):
    write(made, "/tmp/empty", "")
    return read(made, "/tmp/empty")


def test_folders_are_made_listed_searched_and_emptied():
    with session() as made:
        ok(made.file.mkdir("/home/a/b/"))
        assert ok(made.file.list("/home/a/b")).entries == []
        write(made, "/home/a/x.txt", "x")
        write(made, "/home/a/b/y.log", "y")
        assert sorted((entry["name"], entry["isDirectory"]) for entry in ok(made.file.list("/home/a")).entries) == [("b", True), ("x.txt", False)]
        assert ok(made.file.search("/home", "*.txt")).matches == ["/home/a/x.txt"]
        assert ok(made.file.search("/home", "*", exclude_patterns=["*.log", "b"])).matches == ["/home/a", "/home/a/x.txt"]
        assert ok(made.file.search("/home", "nothing")).matches == []
        info = ok(made.file.info("/home/a/x.txt")).file_info
        assert (info["name"], info["size"], info["isDirectory"], info["owner"]) == ("x.txt", 1, False, "agb")
        ok(made.file.move("/home/a/x.txt", "/home/a/b/z.txt"))
        assert ok(made.file.read_batch(["/home/a/b/y.log", "/home/a/b/z.txt"])).contents == {"/home/a/b/y.log": "y", "/home/a/b/z.txt": "x"}
        ok(made.file.remove("/home/a/b/z.txt"))
        failed(made.file.info("/home/a/b/z.txt"))


def test_a_watched_folder_tells_what_changes():
    with session() as made:
        ok(made.file.mkdir("/home/watched"))
        seen, changed = [], threading.Event()

        def on_change(events):
            seen.extend((event.event_type, event.path) for event in events)
            changed.set()

        watching = made.file.watch_dir("/home/watched", on_change, interval=0.1)
        watching.start()
        try:
            assert watching.ready_event.wait(20)
            write(made, "/home/watched/new.txt", "new")
            assert changed.wait(20)
            assert seen[0] == ("create", "/home/watched/new.txt")
        finally:
            watching.stop_event.set()
            watching.join(20)


def test_commands_tell_output_errors_and_exit_code():
    with session() as made:
        done = ok(made.command.execute("echo out && echo err >&2", timeout_ms=20_000))
        assert (done.stdout, done.stderr, done.exit_code) == ("out\n", "err\n", 0)
        wrong = made.command.execute("echo before; ls /none", timeout_ms=20_000)
        assert (wrong.success, wrong.stdout, wrong.exit_code) == (False, "before\n", 2)
        assert "/none" in wrong.error_message and wrong.trace_id
        envs = {"A": "it's $HOME; `id` \"x\"", "B": ""}
        assert ok(made.command.execute("printf %s \"$A\"; pwd", timeout_ms=20_000, cwd="/tmp", envs=envs)).output == f"{envs['A']}/tmp\n"
        assert made.command.execute("sleep 60", timeout_ms=300).success is False


def test_commands_run_within_the_default_second():
    with session() as made:
        assert ok(made.command.execute("echo quick")).output == "quick\n"


def test_sessions_do_not_see_each_other():
    with session() as one, session() as two:
        write(one, "/tmp/mine.txt", "mine")
        assert ok(two.command.execute("ls -A /tmp /home", timeout_ms=20_000)).output == "/home:\n\n/tmp:\n"
        failed(two.file.read("/tmp/mine.txt"))


def test_code_runs_in_python_and_javascript():
    with session() as made:
        done = made.code.run("print('out')\n6 * 7", "python")
        assert done.success and done.error_message == ""
        assert (done.logs.stdout, done.results[0].text, done.results[0].is_main_result) == (["out\n"], "42", True)
        done = made.code.run("console.log('out'); [6 * 7]", "js")
        assert done.success and (done.logs.stdout, done.results[0].text) == (["out\n"], "[ 42 ]")
        wrong = made.code.run("nope", "python")
        assert not wrong.success and "NameError" in wrong.error_message
        assert not made.code.run("1", "r").success


def test_metrics_and_the_list_of_tools_are_told():
    with session() as made:
        metrics = ok(made.get_metrics()).metrics
        assert metrics.cpu_count >= 1 and 0 <= metrics.cpu_used_pct <= 100 and metrics.mem_total > 0 and metrics.disk_total > 0 and metrics.timestamp
        tools = {tool.name: tool for tool in ok(made.list_mcp_tools()).tools}
        assert {"shell", "run_code", "read_file", "write_file"} <= set(tools)
        assert tools["read_file"].input_schema["required"] == ["path"]
        direct = ok(made.call_mcp_tool("shell", {"command": "echo direct", "timeout_ms": 20_000}))
        assert "direct" in direct.data


def test_files_are_transferred_both_ways():
    with session() as made, tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "up.bin"), os.path.join(folder, "down.bin")
        data = os.urandom(300_000)
        with open(source, "wb") as file:
            file.write(data)
        base = made.file.transfer_path()
        for remote in [f"{base}/up.bin", "/tmp/elsewhere.bin"]:
            up = made.file.upload(source, remote, poll_interval=0.1)
            assert up.success and up.bytes_sent == len(data), up.error_message
            assert ok(made.file.info(remote)).file_info["size"] == len(data)
            down = made.file.download(remote, target, poll_interval=0.1)
            assert down.success, down.error_message
            with open(target, "rb") as file:
                assert file.read() == data
        assert not made.file.download(f"{base}/none.bin", target, poll_interval=0.1, wait_timeout=5).success
        assert all(not context.name.startswith("file_transfer") for context in ok(agb.context.list()).contexts)


def test_a_session_of_any_image_has_the_tools():
    for image in ["agb-code-space-2", "agb-browser-use-1", "agb-computer-use-ubuntu-2204"]:
        made = ok(agb.create(CreateSessionParams(image_id=image))).session
        try:
            assert ok(made.command.execute("echo ok", timeout_ms=20_000)).output == "ok\n"
        finally:
            ok(agb.delete(made))
