"""What the pages of the official documentation on commands show, page by page. `sdk.test.ts` lists what is left out."""
from .common import agb, failed, ok, read, session, until, write


def run(made, command, timeout_ms=20_000, **more):
    """The pages use the default limit of a second, which a busy machine may need."""
    return made.command.execute(command, timeout_ms=timeout_ms, **more)


def test_command_overview():
    with session() as made:
        listed = ok(run(made, "ls -la /tmp"))
        assert listed.exit_code == 0 and listed.stdout == listed.output and "total" in listed.output
        assert ok(run(made, "pwd", cwd="/tmp")).output == "/tmp\n"
        assert ok(run(made, "cd /tmp && pwd")).output == "/tmp\n"
        greeting = ok(run(made, "echo $FIRST $SECOND", envs={"FIRST": "good", "SECOND": "morning"}))
        assert greeting.output == "good morning\n"
        both = ok(run(made, "pwd && echo $WORD", cwd="/tmp", envs={"WORD": "both"}))
        assert both.output == "/tmp\nboth\n"
        wrong = failed(run(made, "ls /missing"))
        assert wrong.exit_code != 0 and wrong.stdout == "" and "/missing" in wrong.stderr
        write(made, "/tmp/file.txt", "content")
        assert ok(run(made, "cd /tmp && ls -la && cat file.txt")).output.endswith("content")
        # Neither a folder nor a variable outlives a call.
        ok(run(made, "cd /tmp && export KEPT=1"))
        assert ok(run(made, "pwd; echo \"[$KEPT]\"")).output.split("\n")[1] == "[]"
        assert "Mem" in ok(run(made, "free -h")).output
        assert "/" in ok(run(made, "df -h")).output
        ok(run(made, "ls /var/log"))
        ok(run(made, "tar -czf logs.tar.gz /var/log/*.log && tar -tzf logs.tar.gz", cwd="/tmp"))
        failed(run(made, "no-such-tool"), "not found")
        assert not run(made, "sleep 5", timeout_ms=200).success


def test_environment_variables():
    with session() as made:
        assert ok(run(made, "echo $WHAT $WHOM", envs={"WHAT": "call", "WHOM": "home"})).output == "call home\n"
        assert ok(run(made, "echo $ONE", envs={"ONE": "1"})).output == "1\n"
        code = "python -c 'import os; print(os.environ[\"ONE\"], os.environ[\"TWO\"])'"
        assert ok(run(made, code, envs={"ONE": "1", "TWO": "2"})).output == "1 2\n"
        # The shell expands the variable before it is set.
        assert ok(run(made, "INLINE=1 echo $INLINE")).output == "\n"
        assert ok(run(made, "INLINE=1 env | grep INLINE")).output == "INLINE=1\n"


def test_execution_context():
    with session() as made:
        ok(made.file.mkdir("/home/app"))
        write(made, "/home/app/build.sh", "echo built > result")
        assert "build.sh" in ok(run(made, "cd /home/app && ls -la")).output
        assert ok(run(made, "cd /home/app && sh build.sh && cat result")).output == "built\n"
        assert ok(run(made, "export VERSION=4.5 && echo Version $VERSION")).output == "Version 4.5\n"
        write(made, "/tmp/steps.sh", "#!/bin/bash\nset -e\ncd /home/app\nrm result\nsh build.sh\necho 'all steps done'\n")
        assert ok(run(made, "bash /tmp/steps.sh")).output == "all steps done\n"
        write(made, "/tmp/failing.sh", "set -e\ncd /home/none\necho unreachable\n")
        assert failed(run(made, "bash /tmp/failing.sh")).stdout == ""
        ok(run(made, "nohup python -m http.server 8080 > /tmp/server.log 2>&1 &"))

        def answers():
            return ok(run(made, "curl -fs http://localhost:8080 > /dev/null && echo ok || echo 'not yet'")).output == "ok\n"

        until("the server answers", answers)
        assert "GET /" in read(made, "/tmp/server.log")


def test_detailed_results():
    with session() as made:
        wrong = run(made, "ls /path/that/is/missing")
        assert (wrong.success, wrong.stdout) == (False, "") and wrong.exit_code == 2 and "missing" in wrong.stderr
        write(made, "/tmp/haystack.txt", "hay\n")
        assert run(made, "grep -R 'pin' /tmp").exit_code == 1
        write(made, "/tmp/haystack.txt", "hay\npin\n")
        assert ok(run(made, "grep -R 'pin' /tmp")).exit_code == 0
        assert run(made, "grep -R 'pin' /missing").exit_code == 2
        assert ok(run(made, "python -c 'print(\"fine\")'")).stdout.strip() == "fine"
        unknown = failed(run(made, "an-unknown-command"))
        assert unknown.trace_id and unknown.exit_code == 127


def test_working_directory():
    with session() as made:
        assert ok(run(made, "pwd && ls -la", cwd="/tmp")).output.startswith("/tmp\n")
        ok(run(made, "ls -la", cwd="/var/log"))
        ok(run(made, "mkdir -p sub && echo hello > sub/hello.txt", cwd="/tmp"))
        assert read(made, "/tmp/sub/hello.txt") == "hello\n"
        assert ok(run(made, "cd /tmp && pwd && ls -la")).output.startswith("/tmp\n")
        failed(run(made, "pwd", cwd="/tmp/none"))
        ok(run(made, "mkdir -p /tmp/none && cd /tmp/none && pwd"))


def test_command_example():
    with session() as made:
        for command in ["uname -a", "whoami", "date", "free -h"]:
            assert ok(run(made, command)).output.strip()
        ok(run(made, "echo 'from a shell' > /tmp/note.txt"))
        assert ok(run(made, "cat /tmp/note.txt")).output == "from a shell\n"
        assert "/tmp/note.txt" in ok(run(made, "ls -l /tmp/note.txt")).output
        rows = "name,team,points\nAda,red,10\nBo,blue,30\nCy,red,20"
        ok(run(made, f"cat > /tmp/points.csv << 'EOF'\n{rows}\nEOF"))
        mean = "awk -F',' 'NR>1 {sum+=$3; n++} END {print \"Mean: $\" sum/n}' /tmp/points.csv"
        assert ok(run(made, mean)).output == "Mean: $20\n"
        assert ok(run(made, "awk -F',' 'NR>1 && $3>15 {print $1}' /tmp/points.csv")).output == "Bo\nCy\n"
        check = """
#!/bin/bash
echo "Checked at $(date)"
DISK=$(df / | awk 'NR==2 {print $5}' | sed 's/%//')
echo "Disk: ${DISK}%"
MEMORY=$(free | awk 'NR==2{printf "%.0f", $3*100/$2}')
echo "Memory: ${MEMORY}%"
"""
        ok(run(made, f"cat > /tmp/check.sh << 'EOF'\n{check}\nEOF"))
        ok(run(made, "chmod +x /tmp/check.sh"))
        lines = ok(run(made, "/tmp/check.sh")).output.strip().split("\n")
        assert lines[1].strip("Disk: %").isdigit() and lines[2].strip("Memory: %").isdigit(), lines
        done = ok(run(made, "echo 'to one' && echo 'to the other' >&2"))
        assert (done.exit_code, done.stdout, done.stderr) == (0, "to one\n", "to the other\n")
        assert done.stdout in done.output and done.stderr in done.output
        wrong = failed(run(made, "cat /missing/file.txt"))
        assert wrong.exit_code == 1 and "/missing/file.txt" in wrong.stderr and wrong.trace_id
