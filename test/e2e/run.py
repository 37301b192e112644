#!/usr/bin/python3
"""Runs the modules of the end-to-end tests, some at once: they wait more than they work.

Prints what each said when it has ended, and what failed once more at the end, in short.
Arguments: patterns of modules, all by default."""

import concurrent.futures
import fnmatch
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
AT_ONCE = 3
SECONDS_MAX = 600
# The longest first, so that the others fill the time beside it.
FIRST = ("test_rotation", "test_key_commands")


def run(module):
    try:
        done = subprocess.run([sys.executable, "-m", "unittest", "-v", module], cwd=HERE, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS_MAX, check=False)
    except subprocess.TimeoutExpired as late:
        return module, False, f"{late.output}\n{module}: not done after {SECONDS_MAX} s"
    return module, done.returncode == 0, done.stdout


def in_short(output):
    """The failures alone, without the lines that the counting of tests goes by."""
    at = output.find("=" * 70)
    kept = [line for line in output[max(0, at):].splitlines() if not line.startswith(("Ran ", "FAILED ("))]
    return "\n".join(kept).strip()


def main():
    patterns = sys.argv[1:] or ["test_*"]
    modules = [path.stem for path in sorted(HERE.glob("test_*.py"))
               if any(fnmatch.fnmatch(path.stem, pattern) for pattern in patterns)]
    modules.sort(key=lambda name: name not in FIRST)
    failures = []
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for future in concurrent.futures.as_completed([pool.submit(run, module) for module in modules]):
            module, passed, output = future.result()
            print(f"-- {module}\n{output}", flush=True)
            if not passed:
                failures.append(f"== {module}\n{in_short(output)}\n")
    print("\n".join(failures))
    return 0 if modules and not failures else 1


if __name__ == "__main__":
    sys.exit(main())
