"""Runs the workflows against the AGB that the environment names, and prints a line of JSON for each that ends.

Usage: run.py parallel|one-by-one MODULE...
"""
import importlib
import json
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

from workflows import common

SIDE_BY_SIDE = 12
printing = threading.Lock()


def run(module, name):
    error = None
    try:
        getattr(module, name)()
    except BaseException:
        error = traceback.format_exc()
    with printing:
        common.tell({"workflow": f"{module.__name__.split('.')[-1]}.{name}", "error": error})


def main():
    way, *modules = sys.argv[1:]
    found = [(module, name) for module in map(importlib.import_module, (f"workflows.{each}" for each in modules)) for name in vars(module) if name.startswith("test_")]
    with ThreadPoolExecutor(SIDE_BY_SIDE if way == "parallel" else 1) as pool:
        for module, name in found:
            pool.submit(run, module, name)


main()
