"""The documents of the front end name every code of an error that Signet sends, with its status, and no other.

`documented_codes.py --write` brings the tables of docs/frontend/errors.md up to date: codes, statuses and the seconds
of Retry-After come from the sources, and a new code gets its words from there. Words that are there already stay.
"""

import re
import sys

from support.lint import ROOT, Tally, literals, sources

PAGE = "docs/frontend/errors.md"
OVERVIEW = "docs/frontend/README.md"
# These reach nobody but whoever types a command.
COMMANDS_ONLY = {"admin-role-refused", "invalid-role", "role-in-use", "role-not-found", "role-taken", "user-not-found"}
ADVICE = {400: "Show it, and let the user change what was sent.", 401: "Refresh, and send it again once.", 503: "Wait, then send it again."}
NO_ADVICE = "Nothing that a user could do."

CODE = re.compile(r"`([a-z]+(?:-[a-z]+)+)`")
ROW = re.compile(r"^\| *([45][0-9]{2}) *\|")
MEMBER_ROW = re.compile(r"^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \|", re.MULTILINE)
MEMBER = re.compile(
    r'(?:\b(?:field|offend|refusal|username_error|email_error)\(|\bpush_back\(\s*\{)'
    r'(?:[^",]*,)?\s*(?:"/?\w*",\s*)?"([a-z]+(?:-[a-z]+)*)",')


def of_routes():
    """code: (status, seconds of Retry-After, when), of the table of the routes."""
    contract = (ROOT / "include/signet/domain/error.hpp").read_text()
    when = dict(re.findall(r"^ {4}(\w+),\s*// (.+)$", contract, re.MULTILINE))
    names = dict(re.findall(r'case Errc::(\w+):\s*return "([^"]+)";', (ROOT / "src/domain/error.cpp").read_text()))
    rows = re.findall(r"ErrorRow\{\s*Errc::(\w+),\s*(\d+),.*?LogLevel::\w+(?:,\s*(\d+))?\}",
                      (ROOT / "src/routes/error_table.cpp").read_text(), re.DOTALL)
    found = {names[errc]: (int(status), wait, when[errc]) for errc, status, wait in rows}
    return {code: row for code, row in found.items() if code not in COMMANDS_ONLY}


def of_server():
    """The same of what is refused before a route is found."""
    rows = re.findall(r'RequestErrorInfo\{\s*RequestError::\w+,\s*(\d+),\s*"([^"]+)",(.*?)(?:,\s*(\d+))?\},?\n',
                      (ROOT / "src/http/request_error.cpp").read_text(), re.DOTALL)
    return {code: (int(status), wait, list(literals(texts))[-1][1]) for status, code, texts, wait in rows if status != "0"}


def of_members():
    """The codes of single members of a body."""
    return {code for path in sources() for code in MEMBER.findall(path.read_text())} - COMMANDS_ONLY


def fresh(page, tables):
    """The page with each of its tables of errors made anew. A code stands in the first that has it."""
    words = {}
    for line in page.split("\n"):
        if ROW.match(line):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            words[cells[1].strip("`")] = cells[3:]
    written, lines, pending, inside = set(), [], list(tables), False
    for line in page.split("\n"):
        if line.startswith("| status | code | wait |"):
            inside = True
            rows = sorted((row[0], place, code, row) for place, (code, row) in enumerate(pending.pop(0).items()))
            lines += [line, "|---|---|---|---|---|"]
            for status, _, code, (_, wait, when) in rows:
                if code not in written:
                    written.add(code)
                    said = words.get(code) or [when[0].upper() + when[1:].rstrip(".") + ".", ADVICE.get(status, NO_ADVICE)]
                    lines.append(f"| {status} | `{code}` | {wait + ' s' if wait else ''} | {' | '.join(said)} |")
        inside = inside and line.startswith("|")
        if not inside:
            lines.append(line)
    return "\n".join(lines)


def stale(page, tables):
    for number, (is_now, should_be) in enumerate(zip(page.split("\n"), fresh(page, tables).split("\n")), 1):
        if is_now != should_be:
            yield f"{PAGE}:{number}: run python3 test/house/documented_codes.py --write; first difference: {should_be}"
            return


def members(page, known):
    listed = {code for cell in MEMBER_ROW.findall(page) for code in cell.strip("`").split("`, `")}
    yield from (f"{PAGE}: the code {code} of a member is missing" for code in sorted(known - listed))
    yield from (f"{PAGE}: no member has the code {code}" for code in sorted(listed - known))


def overview(page, known):
    """Codes in the rows of a table that begin with an HTTP status."""
    for number, line in enumerate(page.split("\n"), 1):
        row = ROW.match(line)
        for code in CODE.findall(line) if row else ():
            if known.get(code) != int(row[1]):
                yield f"{OVERVIEW}:{number}: Signet does not send {row[1]} {code}"


def main():
    path = ROOT / PAGE
    tables = (of_routes(), of_server())
    if sys.argv[1:] == ["--write"]:
        path.write_text(fresh(path.read_text(), tables))
    page = path.read_text()
    tally = Tally()
    sample = "| status | code | wait | when | do |\n|---|---|---|---|---|\n| 400 | `is-sent` |  | It is. | Ask. |\n"
    tally.must_pass("a table as it is", stale(sample, [{"is-sent": (400, "", "other words")}]))
    tally.must_find("a new code", stale(sample, [{"is-sent": (400, "", ""), "is-new": (503, "2", "it is new")}]))
    tally.must_find("a code that is gone", stale(sample, [{"other": (400, "", "x")}]))
    tally.must_find("another status", stale(sample, [{"is-sent": (401, "", "")}]))
    tally.must_find("a member's code that is missing", members("", {"required"}))
    tally.must_find("a member's code that nobody sends", members("| `gone` | x |", set()))
    tally.must_find("a code with another status", overview("| 400 | `is-sent` |", {"is-sent": 401}))
    tally.must_pass("a code with its status", overview("| 401 | `is-sent` |", {"is-sent": 401}))
    tally.check(f"{PAGE} has the codes of the sources", stale(page, tables))
    tally.check(f"{PAGE} has the codes of members", members(page, of_members()))
    known = {code: row[0] for table in tables for code, row in table.items()}
    tally.check(f"{OVERVIEW} names codes that are sent", overview((ROOT / OVERVIEW).read_text(), known))
    tally.end()


if __name__ == "__main__":
    main()
