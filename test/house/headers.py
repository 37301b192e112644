"""Every header compiles alone, and twice: it includes what it uses and guards itself."""

import functools

from support.lint import ROOT, Stamps, Tally, files, fingerprint, installed_versions, short
from support.parallel import check_all, jobs_argument, run

GENERATED = ROOT / "build" / "house"
COMMAND = ["g++", "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-x", "c++",
           "-DBOOST_ASIO_NO_DEPRECATED", "-I", str(ROOT / "include"), "-I", str(ROOT / "src"),
           "-I", str(GENERATED), "-I", str(ROOT / "test")]  # fmt: skip
PACKAGES = ["g++", "libstdc++-*-dev", "libboost*-dev", "libpqxx-dev", "libssl-dev", "doctest-dev"]


def compile_header(name):
    return run([*COMMAND, "-"], ROOT, f'#include "{name}"\n#include "{name}"\n')


def embed_sql():
    """The one generated header has to be there, for those who include it."""
    script = ROOT / "sql" / "embed.cmake"
    if script.is_file():
        target = GENERATED / "store" / "sql_text.hpp"
        target.parent.mkdir(parents=True, exist_ok=True)
        command = ["cmake", f"-DOUT={target}", f"-DDIR={ROOT / 'sql'}", "-P", str(script)]
        output = run(command, ROOT)
        if output:
            raise SystemExit(output)


def self_test(tally):
    sample = GENERATED / "sample.hpp"
    sample.parent.mkdir(parents=True, exist_ok=True)
    sample.write_text("#pragma once\ninline std::string f() { return {}; }\n")
    tally.must_find("a header that leans on others", compile_header(sample).splitlines())
    sample.write_text("#include <string>\ninline std::string f() { return {}; }\n")
    tally.must_find("a header without a guard", compile_header(sample).splitlines())
    sample.write_text("#pragma once\n#include <string>\ninline std::string f() { return {}; }\n")
    tally.must_pass("a header that stands alone", compile_header(sample).splitlines())


def main():
    options = jobs_argument(__doc__).parse_args()
    tally = Tally()
    embed_sql()
    self_test(tally)
    versions = installed_versions(*PACKAGES)
    command = " ".join(COMMAND).replace(str(ROOT), "")
    work = []
    for folder in ("include", "src", "test"):
        for path in files("*.hpp", below=folder):
            mark = fingerprint(path, "header", command, versions)
            job = functools.partial(compile_header, path)
            work.append((f"{short(path)} compiles alone", mark, job))
    check_all(tally, Stamps("headers"), options.jobs, work)
    tally.end()


if __name__ == "__main__":
    main()
