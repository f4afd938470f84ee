"""Tools over the link of the session instead of the API."""
import httpx

from .common import agb, failed, ok, read, session, write


def test_tools_are_called_over_the_link():
    with session() as made:
        assert made.link_url and made.token
        write(made, "/tmp/a.txt", "linked")
        assert read(made, "/tmp/a.txt") == "linked"
        done = made.command.execute("cat /tmp/a.txt", timeout_ms=20_000)
        assert done.success and done.output == "linked" and done.request_id.startswith("link-")
        failed(made.file.read("/tmp/none"), "no such file")
        recovered = ok(agb.get(made.session_id)).session
        assert recovered.get_link_url() == made.get_link_url() and recovered.get_token() == made.get_token()
        direct = recovered.call_mcp_tool("shell", {"command": "echo recovered", "timeout_ms": 20_000})
        assert direct.success and "recovered" in direct.data


def test_the_link_wants_the_session_s_own_token():
    with session() as one, session() as two:
        call = {"tool": "shell", "args": {"command": "id"}, "server": "", "requestId": "r", "token": two.token}
        for token in ["", two.token]:
            assert httpx.post(f"{one.link_url}/callTool", json=call, headers={"X-Access-Token": token}).status_code == 401
