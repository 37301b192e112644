"""The codes of errors that the documents of the front end name are codes that Signet sends."""

import re

from support.lint import ROOT, Tally, literals, sources

PAGES = ("docs/frontend/README.md",)
CODE = re.compile(r"`([a-z]+(?:-[a-z]+)+)`")
ROW = re.compile(r"^\| *[45][0-9]{2} *\|")


def findings(page, text, known):
    """Codes in the rows of a table that begin with an HTTP status."""
    for number, line in enumerate(text.split("\n"), 1):
        if ROW.match(line):
            for code in CODE.findall(line):
                if code not in known:
                    yield f"{page}:{number}: Signet never sends the code {code}"


def main():
    tally = Tally()
    tally.must_find("a code that nobody sends", [*findings("a", "| 400 | `no-such-code` |", {"is-sent"})])
    tally.must_pass("a code that is sent", [*findings("a", "| 400 | `is-sent` |", {"is-sent"})])
    tally.must_pass("a word outside the table", [*findings("a", "`no-such-code`", {"is-sent"})])
    known = {value for path in sources() for _, value in literals(path.read_text())}
    for page in PAGES:
        tally.check(f"{page} names codes that are sent", findings(page, (ROOT / page).read_text(), known))
    tally.end()


if __name__ == "__main__":
    main()
