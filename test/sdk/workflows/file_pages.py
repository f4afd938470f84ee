"""What the pages of the official documentation on files show, page by page. `sdk.test.ts` lists what is left out."""
import csv
import io
import json
import os
import tempfile
from contextlib import contextmanager

from .command_pages import run
from .common import agb, failed, ok, read, session, until, write


def names(made, folder):
    return [entry["name"] for entry in ok(made.file.list(folder)).entries]


def test_file_overview():
    with session() as made:
        ok(made.file.write("/tmp/hello.txt", "Good morning"))
        assert read(made, "/tmp/hello.txt") == "Good morning"
        ok(made.file.mkdir("/tmp/bin/"))
        assert sorted(names(made, "/tmp")) == ["bin", "hello.txt"]
        ok(made.file.move("/tmp/hello.txt", "/tmp/bin/hello.txt"))
        assert names(made, "/tmp/bin") == ["hello.txt"]


def test_read_and_write():
    with session() as made:
        ok(made.file.write(path="/tmp/example.txt", content="one line\nand another"))
        assert read(made, "/tmp/example.txt") == "one line\nand another"


def test_read_binary_files():
    with session() as made, tempfile.TemporaryDirectory() as folder:
        program = ok(made.file.read("/bin/ls", format="bytes")).content
        assert program[:4] == b"\x7fELF"
        copy = os.path.join(folder, "ls.bin")
        with open(copy, "wb") as file:
            file.write(program)
        assert os.path.getsize(copy) == ok(made.file.info("/bin/ls")).file_info["size"]
        ok(run(made, "printf '\\211PNG\\r\\n\\032\\n' > /tmp/image.png"))
        assert ok(made.file.read("/tmp/image.png", format="bytes")).content == b"\x89PNG\r\n\x1a\n"


def test_directory_management():
    with session() as made:
        for folder in ["/tmp/project", "/tmp/project/src", "/tmp/project/docs"]:
            ok(made.file.mkdir(folder))
        listed = ok(made.file.list("/tmp/project")).entries
        assert sorted((entry["name"], entry["isDirectory"]) for entry in listed) == [("docs", True), ("src", True)]


def test_file_metadata():
    with session() as made:
        write(made, "/tmp/example.txt", "twelve bytes")
        info = ok(made.file.info("/tmp/example.txt")).file_info
        assert info["size"] == 12 and info["isDirectory"] is False and info["modTime"]


def test_delete_files():
    with session() as made:
        write(made, "/tmp/to_delete.txt", "x")
        ok(made.file.remove("/tmp/to_delete.txt"))
        failed(made.file.remove("/tmp/to_delete.txt"))
        for name in ["a.tmp", "b.tmp", "kept.txt"]:
            write(made, f"/tmp/{name}", name)
        for entry in ok(made.file.list("/tmp")).entries:
            if not entry["isDirectory"] and entry["name"].endswith(".tmp"):
                ok(made.file.remove(f"/tmp/{entry['name']}"))
        assert names(made, "/tmp") == ["kept.txt"]


@contextmanager
def watched(made, folder):
    """The events in a folder, as they are reported."""
    seen = []
    watching = made.file.watch_dir(path=folder, callback=seen.extend, interval=0.1)
    watching.start()
    try:
        assert watching.ready_event.wait(20)
        yield seen
    finally:
        watching.stop_event.set()
        watching.join(20)


def has(seen, kind, path):
    return any((event.event_type, event.path) == (kind, path) for event in seen)


def test_directory_monitoring():
    with session() as made:
        ok(made.file.mkdir("/tmp/watched"))
        with watched(made, "/tmp/watched") as seen:
            for number in range(2):
                write(made, f"/tmp/watched/page{number}.txt", f"Page {number}")
                write(made, f"/tmp/watched/data{number}.json", json.dumps({"number": number}))
            paths = [f"/tmp/watched/{name}" for name in ["page0.txt", "page1.txt", "data0.json", "data1.json"]]
            until("all creations", lambda: all(has(seen, "create", path) for path in paths))
            assert {event.path_type for event in seen} == {"file"}
            write(made, "/tmp/watched/page0.txt", "Changed")
            until("the change", lambda: has(seen, "modify", "/tmp/watched/page0.txt"))
            assert sum(event.event_type == "create" for event in seen) == 4


def test_directory_monitoring_example():
    with session() as made:
        ok(made.file.mkdir("/tmp/demo"))
        with watched(made, "/tmp/demo") as seen:
            ok(run(made, "touch /tmp/demo/hello.txt /tmp/demo/config.ini"))
            until("the creation", lambda: has(seen, "create", "/tmp/demo/config.ini"))
            ok(run(made, "rm /tmp/demo/config.ini"))
            until("the deletion", lambda: has(seen, "delete", "/tmp/demo/config.ini"))
            for text in ["first", "second"]:
                before = len(seen)
                write(made, "/tmp/demo/hello.txt", f"The {text} content")
                until(f"the {text} change", lambda: has(seen[before:], "modify", "/tmp/demo/hello.txt"))


def test_upload_and_download():
    with session() as made, tempfile.TemporaryDirectory() as folder:
        quick = {"poll_interval": 0.1}
        source, target = os.path.join(folder, "source.txt"), os.path.join(folder, "target.txt")
        with open(source, "w") as file:
            file.write("Content to transfer\n")
        base = made.file.transfer_path()
        assert base
        remote = f"{base}/file.txt"
        received = []
        up = made.file.upload(local_path=source, remote_path=remote, wait=True, wait_timeout=60.0, content_type="text/plain", progress_cb=lambda _count: None, **quick)
        assert up.success and up.bytes_sent == 20 and up.request_id_upload_url, up.error_message
        write(made, remote, read(made, remote).upper())
        down = made.file.download(remote_path=remote, local_path=target, overwrite=True, wait=True, wait_timeout=300.0, progress_cb=received.append, **quick)
        assert down.success and down.bytes_received == 20 and down.request_id_download_url, down.error_message
        assert received[-1] == 20
        with open(target) as file:
            assert file.read() == "CONTENT TO TRANSFER\n"
        later = made.file.upload(local_path=source, remote_path=f"{base}/later.txt", wait=False)
        assert later.success, later.error_message
        missing = made.file.upload(local_path=os.path.join(folder, "none"), remote_path=remote)
        assert not missing.success and "not found" in missing.error_message.lower()
        # The clean-up of the page, which needs the id of the hidden context.
        assert ok(agb.context.delete_file(made.file._file_transfer.context_id, remote))


def test_batch_file_operations():
    with session() as made:
        contents = {f"/tmp/file{number}.txt": f"Content {number}" for number in range(3)}
        for path, content in contents.items():
            ok(made.file.write(path, content))
        assert {path: read(made, path) for path in contents} == contents


def test_different_file_types():
    with session() as made:
        person = {"name": "Ada", "age": 36, "city": "London"}
        write(made, "/tmp/data.json", json.dumps(person, indent=2))
        assert json.loads(read(made, "/tmp/data.json")) == person
        people = [{"name": "Ada", "city": "London"}, {"name": "Bo", "city": "Oslo"}]
        table = io.StringIO()
        writer = csv.DictWriter(table, fieldnames=["name", "city"])
        writer.writeheader()
        writer.writerows(people)
        write(made, "/tmp/data.csv", table.getvalue())
        assert list(csv.DictReader(io.StringIO(read(made, "/tmp/data.csv")))) == people


def test_file_processing_pipeline():
    with session() as made:
        write(made, "/tmp/input.txt", "two\nlines")
        write(made, "/tmp/output.txt", read(made, "/tmp/input.txt").upper())
        assert read(made, "/tmp/output.txt") == "TWO\nLINES"
        failed(made.file.read("/tmp/no-input.txt"))


def test_best_practices():
    with session() as made:
        ok(made.file.write("/tmp/file.txt", "content"))
        failed(made.file.write("file.txt", "content"), "absolute")
        large = "x" * (2 * 1024 * 1024)
        ok(made.file.write("/tmp/large.txt", large))
        assert ok(made.file.info("/tmp/large.txt")).file_info["size"] == len(large)
        write(made, "/tmp/temporary.txt", "text")
        assert read(made, "/tmp/temporary.txt").upper() == "TEXT"
        ok(made.file.mkdir("/tmp/trash"))
        ok(made.file.move("/tmp/temporary.txt", "/tmp/trash/temporary.txt"))


def test_troubleshooting():
    with session() as made:
        failed(made.file.read("/missing/file.txt"), "not found")
        ok(made.file.mkdir(os.path.dirname("/tmp/deep/nested/file.txt")))
        ok(made.file.write("/tmp/deep/nested/file.txt", "content"))


def test_file_example():
    text = "The first line.\nThe second line.\nThe third line."
    with session() as made:
        files = made.file
        ok(files.write("/tmp/text.txt", text, "overwrite"))
        assert read(made, "/tmp/text.txt") == text
        ok(files.write("/tmp/text.txt", "\nThe fourth line.", "append"))
        assert read(made, "/tmp/text.txt") == text + "\nThe fourth line."
        ok(files.mkdir("/tmp/folder"))
        assert {"folder", "text.txt"} <= set(names(made, "/tmp"))
        ok(files.edit("/tmp/text.txt", [{"oldText": "The third line.", "newText": "Edited."}]))
        edited = read(made, "/tmp/text.txt")
        assert "Edited." in edited and "third" not in edited
        ok(files.move("/tmp/text.txt", "/tmp/folder/moved.txt"))
        assert read(made, "/tmp/folder/moved.txt") == edited
        write(made, "/tmp/delete.txt", "x")
        ok(files.remove("/tmp/delete.txt"))
        failed(files.info("/tmp/delete.txt"))
        ok(files.mkdir("/tmp/folder"))
        pages = {f"/tmp/folder/page{number}.txt": f"Page {number}" for number in range(3)}
        for path, content in pages.items():
            ok(files.write(path, content, "overwrite"))
        assert sorted(ok(files.search("/tmp/folder", "page*")).matches) == sorted(pages)
        assert ok(files.read_batch(list(pages))).contents == pages
        data = b"Bytes\x00\x01\x02!"
        ok(files.write("/tmp/data.bin", data.decode("latin-1"), "overwrite"))
        assert ok(files.read("/tmp/data.bin", format="bytes")).content == data
        assert ok(files.read("/tmp/data.bin", format="text")).content == data.decode()
        large = "A line of a large file. " * 20 * 500
        ok(files.write("/tmp/large.txt", large))
        assert read(made, "/tmp/large.txt") == large
