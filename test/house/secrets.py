"""Nothing in the repository that belongs to one person, one machine or nobody's eyes."""

import re
import subprocess

from support.lint import ROOT, Tally, files, short

# The names are put together here, so that this file does not object to itself.
PRIVATE_KEY = re.compile("-----BEGIN (?:[A-Z]+ )?PRIVATE " + "KEY-----\\s*(?:\\\\n)?[A-Za-z0-9+/]{16}")
REGISTRIES = re.compile(
    r"(?i)\b(?:%s)\b"
    % "|".join(
        re.escape(host).replace("@", r"\.")
        for host in (
            "registry@npmjs@org registry@yarnpkg@com deb@debian@org security@debian@org "
            "snapshot@debian@org deb@nodesource@com pypi@org files@pythonhosted@org "
            "registry-1@docker@io proxy@golang@org crates@io packages@cloud@google@com"
        ).split()
    )
)
PERSONAL_PATH = re.compile(r"(?<![\w.$}/~-])/(?:home|Users|root)/[\w.-]+|(?<![\w.$}/~-])/work/\w+")
# What a test fixture has to say of itself to keep a private key.
FIXTURE = "test fixture: a published key, good for nothing else"
TOKENS = re.compile(r"\b(?:ghp_[A-Za-z0-9]{36}|npm_[A-Za-z0-9]{36}|AKIA[0-9A-Z]{16})\b")


def findings(path, text):
    if PRIVATE_KEY.search(text) and not (path.startswith("test/") and FIXTURE in text):
        yield f"{path}: a private key; a fixture below test/ has to say: {FIXTURE}"
    here = str(ROOT)
    for number, line in enumerate(text.split("\n"), 1):
        if REGISTRIES.search(line):
            yield f"{path}:{number}: the host of a package registry"
        if PERSONAL_PATH.search(line) or (len(here) > 6 and here in line):
            yield f"{path}:{number}: an absolute path of one person's machine"
        if TOKENS.search(line):
            yield f"{path}:{number}: an access token"


def listed():
    """What git would keep; every file where there is no git."""
    command = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), "ls-files", "-z", "-co"]
    try:
        output = subprocess.run(
            [*command, "--exclude-standard"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return files("*")
    return [ROOT / name for name in output.split("\0") if name and (ROOT / name).is_file()]


def self_test(tally):
    key = "-----BEGIN RSA PRIVATE " + "KEY-----\nMIIEowIBAAKCAQEA1234\n"
    tally.must_find("a private key", findings("src/a.cpp", key))
    tally.must_find("a private key in a test", findings("test/a.cpp", key))
    tally.must_pass("a key that says what it is", findings("test/a.cpp", f"// {FIXTURE}\n{key}"))
    tally.must_pass("a PEM label alone", findings("src/a.cpp", key.split("\n")[0] + '";'))
    tally.must_find("a registry", findings("a.json", "https://registry" + ".npmjs.org/jose"))
    tally.must_find("a home directory", findings("a.md", "see /home/" + "somebody/signet"))
    tally.must_find("this directory", findings("a.md", f"cd {ROOT}/build"))
    tally.must_pass("a path of a container", findings("a.md", "/etc/signet and /var/lib/signet"))
    tally.must_pass("a route", findings("a.md", "GET /webhook, /user/home/page"))


def main():
    tally = Tally()
    self_test(tally)
    for path in listed():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        tally.check(f"{short(path)} is fit for everybody", findings(short(path), text))
    tally.end()


if __name__ == "__main__":
    main()
