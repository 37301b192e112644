"""What mkdocs.yml needs beyond mkdocs: pages for files outside of docs/, and a `*` in the navigation.

Links stay as a code host shows them, relative to the file that they stand in. On the site README.md is
the first page, and every other file of the repository that a page links to is below repository/."""

import fnmatch
import functools
import pathlib
import posixpath
import re

from mkdocs.structure.files import File

ROOT = pathlib.Path(__file__).resolve().parents[1]
LINK = re.compile(r"(?<=\]\()(?!/)(?![a-z]+:)([^)\s#]+)(?=[#)])")
LIST = re.compile(r"^(?!- |[|#\s]|\d+\. )(.+)\n(?=- |\d+\. )", re.MULTILINE)
FENCE = re.compile(r"^(`{3,}).*?^\1", re.MULTILINE | re.DOTALL)


def uri_of(path):
    """Where a file of the repository is on the site."""
    if path == "README.md":
        return "index.md"
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    place = f"repository/{path}".replace("/.", "/")  # mkdocs passes over names with a dot in front
    return place if path.endswith(".md") else f"{place}.md"


def linked(path, text):
    """The files of the repository that a page links to; a folder stands for its README.md."""
    for link in LINK.findall(FENCE.sub("", text)):
        yield target_of(path, link)


def target_of(path, link):
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), link))
    return posixpath.join(target, "README.md") if (ROOT / target).is_dir() else target


@functools.cache
def further_files():
    """The files outside of docs/ that the site shows, by their place on it."""
    found, waiting = {}, ["README.md", *(str(page.relative_to(ROOT)) for page in ROOT.glob("docs/**/*.md")
                                         if "node_modules" not in page.parts)]
    while waiting:
        path = waiting.pop()
        if not path.startswith("docs/"):
            found[uri_of(path)] = path
        if path.endswith(".md"):
            waiting += [file for file in linked(path, (ROOT / path).read_text())
                        if not file.startswith("docs/") and uri_of(file) not in found and (ROOT / file).is_file()]
    return found


def slug(heading, separator):
    """The name of a heading, as code hosts make it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", separator)


def named(nav):
    """The pages that a navigation names one by one."""
    for entry in nav:
        if isinstance(entry, dict):
            entry, = entry.values()
        yield from named(entry) if isinstance(entry, list) else [entry]


def filled(nav, pages):
    """The navigation with those of `pages`, which nothing names, in the place of each `*`. A section without
    pages is left out."""
    out = []
    for entry in nav:
        if isinstance(entry, dict) and isinstance(section := next(iter(entry.values())), list):
            below = filled(section, pages)
            out += [{title: below for title in entry}] if below else []
        elif isinstance(entry, str) and entry.endswith("*"):
            here = fnmatch.filter(sorted(pages), entry)
            out += here
            pages.difference_update(here)
        else:
            out.append(entry)
    return out


def on_config(config):
    config.mdx_configs.setdefault("toc", {})["slugify"] = slug


def on_files(files, config):
    for file in list(files):
        if "node_modules" in file.src_uri.split("/") or file.src_uri == "site.py":
            files.remove(file)
    for uri in further_files():
        files.append(File(uri, str(ROOT), config.site_dir, config.use_directory_urls))
    pages = {file.src_uri for file in files.documentation_pages()}
    config.nav = filled(config.nav, pages.difference(named(config.nav)))
    return files


def on_page_read_source(page, config):
    uri = page.file.src_uri
    path = further_files().get(uri, f"docs/{uri}")
    text = (ROOT / path).read_text()
    if not path.endswith(".md"):
        return f"# {path}\n\n~~~~~~~~\n{text}\n~~~~~~~~\n"

    def moved(link):
        return posixpath.relpath(uri_of(target_of(path, link[0])), posixpath.dirname(uri) or ".")

    # A list may follow a line of text at once, as code hosts read it, but not for Python's Markdown.
    parts = re.split(r"(^`{3,}.*?^`{3,})", text, flags=re.MULTILINE | re.DOTALL)
    return "".join(part if part.startswith("```") else LIST.sub(r"\1\n\n", LINK.sub(moved, part)) for part in parts)


def on_page_content(html, page, config, files):
    # In a table, code hosts read \| as | within code as well.
    return re.sub(r"<code>[^<]*\\\|[^<]*</code>", lambda code: code[0].replace("\\|", "|"), html)
