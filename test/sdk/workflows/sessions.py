"""Sessions from creation to deletion: labels, lists, recovery, errors."""
import uuid

from agb import AGB
from agb.config import Config
from agb.session_params import CreateSessionParams

from .common import IMAGE, agb, failed, ok, session


def test_a_session_is_made_described_and_deleted():
    with session() as made:
        info = ok(made.info())
        assert info.data["session_id"] == made.session_id
        assert "resourceId=" in info.data["resource_url"]
        assert ok(made.get_status()).status.upper() == "RUNNING"
        details = agb.get_session(made.session_id)
        assert details.success and details.data.app_instance_id == made.app_instance_id and details.data.resource_id == made.resource_id
        ok(agb.delete(made))
        assert made.get_status().code == "InvalidMcpSession.NotFound"
        failed(made.info())


def test_a_session_is_recovered_by_its_id():
    with session() as made:
        ok(made.file.write("/tmp/a.txt", "here"))
        recovered = ok(agb.get(made.session_id)).session
        assert ok(recovered.file.read("/tmp/a.txt")).content == "here"
    failed(agb.get("session-none"), "not found")


def test_labels_are_given_read_replaced_and_refused_when_empty():
    labels = {"owner": "ä \"quoted\" + & =", "run": uuid.uuid4().hex}
    with session(labels=labels) as made:
        assert ok(made.get_labels()).data == labels
        assert ok(agb.list(labels={"run": labels["run"]})).session_ids == [made.session_id]
        ok(made.set_labels({"run": labels["run"], "stage": "two"}))
        assert ok(made.get_labels()).data == {"run": labels["run"], "stage": "two"}
        assert ok(agb.list(labels={"owner": labels["owner"]})).session_ids == []
        failed(made.set_labels({"": "x"}))
        failed(made.set_labels({"x": ""}))
    with session() as made:
        assert ok(made.get_labels()).data == {}


def test_sessions_are_listed_page_by_page_with_their_total():
    run = {"run": uuid.uuid4().hex}
    with session(labels={**run, "n": "1"}) as one, session(labels={**run, "n": "2"}) as two, session(labels={**run, "n": "3"}) as three:
        pages = [ok(agb.list(labels=run, page=page, limit=2)) for page in (1, 2)]
        assert [len(page.session_ids) for page in pages] == [2, 1]
        assert {page.total_count for page in pages} == {3}
        assert set(pages[0].session_ids + pages[1].session_ids) == {one.session_id, two.session_id, three.session_id}
        assert pages[0].next_token and not pages[1].next_token
        failed(agb.list(labels=run, page=3, limit=2), "No more pages available")
        assert ok(agb.list(labels={**run, "n": "2"})).session_ids == [two.session_id]
        ok(two.delete())
        assert two.session_id not in ok(agb.list(labels=run)).session_ids


def test_a_link_to_a_session_is_given():
    with session() as made:
        assert ok(made.get_link()).data.startswith("http")


def test_tools_of_a_deleted_session_fail():
    with session() as made:
        ok(agb.delete(made))
        failed(made.file.write("/tmp/a", "x"))
        failed(made.command.execute("true"))
        failed(made.keep_alive())


def test_wrong_input_fails_with_a_message():
    failed(agb.create(CreateSessionParams(image_id="agb-image-none")), "agb-image-none")
    failed(agb.create(CreateSessionParams(image_id="")))
    stranger = AGB(api_key="a-key-of-nobody")
    failed(stranger.create(CreateSessionParams(image_id=IMAGE)))
    assert not stranger.context.list().success
    unreachable = AGB(api_key="x", cfg=Config(endpoint="http://127.0.0.1:9", timeout_ms=5000))
    failed(unreachable.create(CreateSessionParams(image_id=IMAGE)))
