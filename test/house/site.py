#!/usr/bin/env python3
"""The documents: they build as a site without a warning, every link in them leads somewhere, to a heading too, on
the site and in the repository, and the site loads nothing from elsewhere."""

import html.parser
import os
import pathlib
import posixpath
import re
import subprocess
import tempfile
from urllib.parse import unquote

from support.lint import ROOT, Tally, files, short

LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^(`{3,}).*?^\1|`[^`\n]+`", re.MULTILINE | re.DOTALL)


class Page(html.parser.HTMLParser):
    """The links of a page, what it loads, and the names of its parts."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.names = [], [], {"", "top"}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.names.add(attrs.get("id"))
        target = attrs.get("href") or attrs.get("src") or attrs.get("action")
        if target:
            (self.links if tag == "a" else self.loads).append(target)


def is_elsewhere(target):
    return re.match(r"[a-z]+:|//", target) is not None


def dead_links(pages, there):
    """Links between pages by their path, and whether a path that is no page is there."""
    for path, page in pages.items():
        for target in page.links + page.loads:
            if is_elsewhere(target):
                continue
            name, _, part = unquote(target).partition("#")
            aim = posixpath.normpath(posixpath.join(posixpath.dirname(path), name)) if name else path
            if aim not in pages and not there(aim):
                yield f"{path}: {target}"
            elif aim in pages and part not in pages[aim].names:
                yield f"{path}: {target}: there is no such heading"


def foreign_loads(pages):
    return [f"{path}: {target}" for path, page in pages.items() for target in page.loads if is_elsewhere(target)]


def dead_in_repository(path, text):
    """A code host shows each document in the place of its file."""
    for target in LINK.findall(CODE.sub("", text)):
        name = target.partition("#")[0]
        if name and not is_elsewhere(target) and not os.path.exists(path.parent / name):
            yield f"{short(path)}: {target}"


def build(folder):
    done = subprocess.run(["mkdocs", "build", "--strict", "--quiet", "--site-dir", folder], cwd=ROOT, check=False,
                          capture_output=True, text=True)
    pages = {}
    for path in pathlib.Path(folder).glob("**/*.html"):
        text = path.read_text()
        if 'role="main"' in text and path.name != "404.html":  # an example has a page of its own
            pages[str(path.relative_to(folder))] = Page(text)
    return (done.stdout + done.stderr).splitlines() + [f"exit code {done.returncode}"] * (done.returncode != 0), pages


def main():
    tally = Tally()
    sample = {"a.html": Page('<a href="b.html#here"><a href="b.html#x"><a href="c.png"><script src="https://x.example/y">'),
              "b.html": Page('<h2 id="here">')}
    tally.must_find("a link to a heading that is not there", dead_links({**sample}, lambda path: True))
    tally.must_find("a link to a file that is not there", dead_links({"a.html": Page('<a href="c.png">')}, lambda path: False))
    tally.must_pass("a link to a heading", dead_links({"a.html": Page('<a href="b.html#here">'), "b.html": sample["b.html"]},
                                                      lambda path: False))
    tally.must_find("a script from elsewhere", foreign_loads(sample))
    with tempfile.TemporaryDirectory() as folder:
        objections, pages = build(folder)
        tally.check("the site builds without a warning", objections)
        tally.check("every link of the site leads somewhere",
                    dead_links(pages, lambda path: os.path.exists(os.path.join(folder, path))))
        tally.check("the site loads nothing from elsewhere", foreign_loads(pages))
        tally.check("what a page is for is not lost", [] if len(pages) > 40 else [f"only {len(pages)} pages"])
    tally.check("every link of a document leads somewhere in the repository",
                [dead for path in files("*.md") for dead in dead_in_repository(path, path.read_text())])
    tally.end()


if __name__ == "__main__":
    main()
