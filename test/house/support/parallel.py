"""Runs one command a file, a few at a time, and remembers those that were found good."""

import argparse
import concurrent.futures
import os
import subprocess


def jobs_argument(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser


def run(command, cwd, text=""):
    """The output of a command that failed; empty when it succeeded."""
    done = subprocess.run(
        command, cwd=cwd, input=text, capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return ""
    return (done.stdout + done.stderr).strip() or f"exit code {done.returncode}"


def check_all(tally, stamps, jobs, work):
    """`work` is (title, fingerprint, function → output); a known fingerprint is not run again."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = []
        for title, mark, job in work:
            known = stamps.has(mark)
            running.append((title, mark, None if known else pool.submit(job)))
        for title, mark, future in running:
            output = future.result() if future else ""
            tally.check(title, output.splitlines())
            if future and not output:
                stamps.add(mark)
        fresh = sum(1 for _, _, future in running if future)
        print(f"looked at {fresh} files, {len(running) - fresh} are as they were")
