#!/usr/bin/env python3
"""Holds src/http to the three rules of form that keep GCC 12.2 from miscompiling coroutines.

1. co_await stands as a statement, initialises a named local, or follows co_return; once each.
2. A statement with co_await has no lambda, no braces, no ?:, no && and no ||.
3. A coroutine begins by declaring a local. And there are no coroutines outside src/http.
Prints file:line of each offence, and tests itself: bad forms are found and good ones pass.
"""
import pathlib
import re
import sys

NAMED = r"(?:const\s+)?(?!co_|return\b)[A-Za-z_][\w:<>,*&\s]*?[\s&*](?:\w+|\[[\w\s,]+\])\s*"
AWAIT = re.compile(r"(?:co_return\s+|" + NAMED + r"=\s*)?co_await\b")
BAD = re.compile(r"[{}?]|&&|\|\||(?:^|[(,=\s])\[|\bco_await\b")
RETURNS = r"\b(?:Task|awaitable)<[^;{}()]*>"
BODY = re.compile(RETURNS + r"\s+[\w:~]+\([^;{}]*\)\s*(?:const\s*)?(?:noexcept\s*)?\{|->\s*[\w:]*?" + RETURNS + r"\s*\{")
LOCAL = re.compile(NAMED + r"[=({;]")
NO_TYPE = re.compile(r"(?:if|while|for|switch|do|try|throw|delete|using|else|goto|case)\b")


def blanked(text):
    """Without comments and literals, line for line."""
    keep = lambda m: '""' + "\n" * m[0].count("\n")
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', keep, text, flags=re.S)


def statement(text, at):
    depth, begin = 0, at
    while begin > 0 and not (text[begin - 1] in ";{}" and depth <= 0):
        begin -= 1
        depth += {")": 1, "(": -1}.get(text[begin], 0)
    depth, end = 0, at
    while end < len(text) and not (text[end] == ";" and depth <= 0):
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(text[end], 0)
        end += 1
    return text[begin:end].strip()


def offences(text, home=True):
    text = blanked(text)
    for match in re.finditer(r"\bco_(?:await|return|yield)\b", text):
        line = text.count("\n", 0, match.start()) + 1
        if not home:
            yield line, "coroutine outside src/http"
        elif match[0] == "co_await":
            whole = statement(text, match.start())
            form = AWAIT.match(whole)
            if not form:
                yield line, "rule 1: co_await inside another expression"
            elif BAD.search(whole[form.end():]):
                yield line, "rule 2: lambda, braces, ?:, &&, || or a second co_await"
    for match in BODY.finditer(text):
        first = text[match.end():].lstrip()
        if NO_TYPE.match(first) or not LOCAL.match(first):
            yield text.count("\n", 0, match.end()) + 1, "rule 3: the coroutine declares no local first"


def self_test():
    wrap = "Task<void> f() {{\n    int x = 0;\n    {}\n}}\n".format
    good = ["co_await f(x);", "const auto [e, n] = co_await s.read(b(x, n), kToken);", "co_return co_await f(x);",
            "std::string s = co_await f();", "if (x) {\n co_await f();\n }", "co_return !a.b();"]
    bad = ["if (co_await f()) {}", "while (co_await f()) {}", "x = co_await f();", "g(co_await f());",
           "co_await f([s]{ s(); });", "auto y = co_await [s]() { return s; }();", "co_await f({a, 1});",
           "co_await f(Agg{1});", "Agg y{co_await a(), 1};", "co_await f(c ? s : t);",
           "auto y = c ? co_await a() : b;", "bool y = co_await a() && b;", "bool y = co_await a() || b;",
           "auto y = co_await a() + co_await b();", "switch (co_await f()) {}", "return_(co_await f());"]
    starts = ["co_await f();", "if (x) {}", "try { int y = 0; } catch (...) {}", "x.f();", "g(1);", "x = 1;"]
    bodies = [wrap(s) for s in bad] + ["Task<int> A::f(int x) {\n    %s\n}" % s for s in starts]
    missed = [b for b in bodies if not list(offences(b))]
    missed += [s for s in good if list(offences(wrap(s)))]
    missed += [] if list(offences("co_return;", home=False)) else ["outside"]
    for text in missed:
        print(f"self-test failed: {text}")
    return len(bodies) + len(good) + 1, len(missed)


def main():
    tests, failed = self_test()
    root = pathlib.Path(__file__).resolve().parents[2]
    files = [p for p in sorted((root / "src").rglob("*")) if p.suffix in (".cpp", ".hpp", ".ipp")]
    for path in files:
        found = list(offences(path.read_text(), path.parent == root / "src" / "http"))
        for line, what in found:
            print(f"{path.relative_to(root)}:{line}: {what}")
        failed += 1 if found else 0
    tests += len(files)
    print(f"{tests - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
