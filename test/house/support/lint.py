"""What the house tests share: finding files, reading C++ text, counting, and remembering."""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)
SKIPPED_FOLDERS = {"build", "var", "node_modules", "__pycache__", ".git"}

# Comments, string literals (raw ones too) and character literals; digit separators are no quotes.
TOKEN = re.compile(
    r'''//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\((?P<raw>.*?)\)(?P=tag)"|"(?P<text>(?:[^"\\\n]|\\.)*)"'''
    r"""|(?<![0-9a-fA-F])'(?:[^'\\\n]|\\.)+'""",
    re.DOTALL,
)


def files(*patterns, below=""):
    """The files below a folder of the repository whose names match, sorted."""
    found = []
    for folder, subfolders, names in os.walk(ROOT / below):
        subfolders[:] = [name for name in subfolders if name not in SKIPPED_FOLDERS]
        for name in names:
            path = pathlib.Path(folder, name)
            if any(path.match(pattern) for pattern in patterns):
                found.append(path)
    return sorted(found)


def sources():
    kinds = ("*.cpp", "*.hpp", "*.ipp")
    return [path for folder in ("include", "src") for path in files(*kinds, below=folder)]


def short(path):
    return str(pathlib.Path(path).relative_to(ROOT))


def spaces(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def blank(text):
    """`text` with comments and literals blanked out, line breaks kept."""
    return TOKEN.sub(spaces, text)


def without_comments(text):
    """`text` with the comments blanked out, line breaks kept."""
    return TOKEN.sub(lambda match: spaces(match) if match[0].startswith("/") else match[0], text)


def literals(text):
    """(line number, value) of every string literal; neighbours are joined, as the compiler does."""
    joined, first, end = "", 0, None
    text = without_comments(text)
    for match in TOKEN.finditer(text):
        value = match["raw"] if match["raw"] is not None else match["text"]
        if value is None:
            continue
        if end is not None and not text[end : match.start()].strip():
            joined += value
        else:
            if end is not None:
                yield first, joined
            joined, first = value, text.count("\n", 0, match.start()) + 1
        end = match.end()
    if end is not None:
        yield first, joined


def includes(text):
    """(line number, '"' or '<', path) of every #include."""
    text = without_comments(text)
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match.group(1), match.group(2)


def closure(path, seen=None):
    """The file and every header of ours that it includes, directly or not."""
    seen = set() if seen is None else seen
    if path in seen:
        return seen
    seen.add(path)
    for _, _, name in includes(path.read_text()):
        for folder in (ROOT / "src", ROOT / "include", ROOT / "test", path.parent):
            if (folder / name).is_file():
                closure((folder / name).resolve(), seen)
                break
    return seen


def fingerprint(path, *further):
    """A hash of the file, of every header of ours that it sees, and of the given texts."""
    digest = hashlib.sha256()
    for part in sorted(closure(path)):
        digest.update(short(part).encode() + b"\0" + part.read_bytes() + b"\0")
    for text in further:
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()


def installed_versions(*packages):
    """What a result depends on besides our own files."""
    query = ["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *packages]
    if not shutil.which(query[0]):
        query = ["g++", "--version"]
    return subprocess.run(query, capture_output=True, text=True, check=False).stdout


class Stamps:
    """Remembers fingerprints that were found good, for every clone of this user."""

    def __init__(self, kind):
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(
            os.environ.get("HOME") or str(ROOT / "build"), ".cache"
        )
        self.folder = pathlib.Path(base, "signet", kind)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            self.folder = ROOT / "build" / "stamps" / kind
            self.folder.mkdir(parents=True, exist_ok=True)

    def has(self, mark):
        return (self.folder / mark).exists()

    def add(self, mark):
        (self.folder / mark).touch()


class Tally:
    """Counts checks, prints what failed, and ends the script with the line that is summed up."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, title, findings):
        """One check: it passes when there are no findings."""
        findings = list(findings)
        if findings:
            self.failed += 1
            print(f"FAILED: {title}")
            for finding in findings:
                print(f"  {finding}")
        else:
            self.passed += 1

    def must_find(self, title, findings):
        """A self-test: the lint has to object to a bad sample."""
        self.check(title, [] if list(findings) else ["the lint did not object to a bad sample"])

    def must_pass(self, title, findings):
        """A self-test: the lint has to let a good sample pass."""
        self.check(title, findings)

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        raise SystemExit(1 if self.failed else 0)
