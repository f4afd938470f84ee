"""An agent at work in a session: it writes a program step by step, and continues where another session has ended.

Usage: python agent.py SESSION_ID [MAXIMUM_NUMBER_OF_STEPS]

A real agent asks a model what to do next. This one follows a plan.
"""
import asyncio
import json
import sys

from agb import AGB

WORKSPACE = "/home/workspace"
NOTES = f"{WORKSPACE}/notes.json"

PROGRAM = """
def roman(number):
    letters = ""
    for value, letter in [(10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")]:
        while number >= value:
            letters, number = letters + letter, number - value
    return letters
"""

TEST = """
import unittest
from roman import roman

class RomanTest(unittest.TestCase):
    def test_numbers(self):
        self.assertEqual([roman(number) for number in (1, 4, 9, 27)], ["I", "IV", "IX", "XXVII"])
"""


def ok(result):
    """The SDK reports failures in its results."""
    if not result.success:
        raise SystemExit(f"The agent has failed: {result.error_message}")
    return result


def write_program(session):
    ok(session.file.write(f"{WORKSPACE}/roman.py", PROGRAM))


def write_test(session):
    ok(session.file.write(f"{WORKSPACE}/test_roman.py", TEST))


def run_test(session):
    # A test that fails is a result, too.
    result = session.command.execute("python3 -m unittest 2>&1", timeout_ms=60_000, cwd=WORKSPACE)
    ok(session.file.write(f"{WORKSPACE}/report.txt", result.stdout))


PLAN = [write_program, write_test, run_test]


def main(session_id, max_steps=len(PLAN)):
    session = ok(AGB().get(session_id)).session
    done = json.loads(ok(session.file.read(NOTES)).content)
    for step in PLAN[len(done) :][: int(max_steps)]:
        step(session)
        done.append(step.__name__)
        ok(session.file.write(NOTES, json.dumps(done)))
        # From here on, the step is safe, whatever happens to the session.
        ok(asyncio.run(session.context.sync()))
        print(f"Done: {step.__name__}")
    print(f"{len(PLAN) - len(done)} steps left")


main(*sys.argv[1:])
