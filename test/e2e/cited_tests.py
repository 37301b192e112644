"""Tests that a table names: "PATH: WORDS", the words being a part of the test's name, or "PATH" for all of a file."""

import re

import support


def missing(citations):
    """Those of which there is no such test."""
    return [each for each in citations if not _is_there(*each.partition(": ")[::2])]


def _is_there(path, words):
    file = support.ROOT / path
    if not file.is_file():
        return False
    text = re.sub(r'"\s*"', "", file.read_text())  # a long name is written in several strings
    names = re.findall(r'TEST_CASE\w*\(\s*"([^"]*)"|def (test_\w+)', text)
    return not words or any(words in name for pair in names for name in pair)
