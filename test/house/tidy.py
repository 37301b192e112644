"""clang-tidy on every file of src/ that changed, or whose headers did, since it was last clean."""

import functools
import json
import pathlib

from support.lint import ROOT, Stamps, Tally, closure, fingerprint, installed_versions, short
from support.parallel import check_all, jobs_argument, run

TOOL = "clang-tidy-19"
PACKAGES = [TOOL, "libstdc++-*-dev", "libboost*-dev", "libpqxx-dev", "libssl-dev", "libcli11-dev"]
SAMPLE = "int narrow(long value) {\n    return value;\n}\n"


def look(build, path):
    command = [TOOL, "--quiet", "-p", str(build), str(path)]
    output = run(command, ROOT)
    noise = ("warnings generated", "Suppressed ", "Use -header-filter")
    return "\n".join(line for line in output.splitlines() if not any(n in line for n in noise))


def self_test(tally):
    """What .clang-tidy asks for is in force."""
    folder = ROOT / "build" / "house"
    folder.mkdir(parents=True, exist_ok=True)
    sample = folder / "sample.cpp"
    sample.write_text(SAMPLE)
    output = run([TOOL, "--quiet", str(sample), "--", "-std=c++20"], ROOT)
    tally.must_find("clang-tidy objects to a narrowing conversion", output.splitlines())


def main():
    parser = jobs_argument(__doc__)
    parser.add_argument("--build", default="build/tsan", help="has compile_commands.json of clang")
    parser.add_argument("files", nargs="*", help="these only")
    options = parser.parse_args()
    build = (ROOT / options.build).resolve()
    wanted = {pathlib.Path(name).resolve() for name in options.files}
    rules = (ROOT / ".clang-tidy").read_text()
    versions = installed_versions(*PACKAGES)

    tally = Tally()
    self_test(tally)
    work = []
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if not path.is_relative_to(ROOT / "src") or (wanted and path not in wanted):
            continue
        command = entry["command"].replace(str(ROOT), "")
        mark = fingerprint(path, "tidy", rules, versions, command)
        job = functools.partial(look, build, path)
        work.append((len(closure(path)), f"{short(path)} is tidy", mark, job))
    work.sort(key=lambda item: -item[0])
    check_all(tally, Stamps("tidy"), options.jobs, [item[1:] for item in work])
    tally.end()


if __name__ == "__main__":
    main()
