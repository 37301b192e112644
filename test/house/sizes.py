"""Small rooms: no file that people write is longer than 300 lines."""

from support.lint import ROOT, Tally, files, short

LINES_MAX = 300
KINDS = ("*.cpp", "*.hpp", "*.ipp", "*.py", "*.sh", "*.sql", "*.cmake", "*.mjs", "*.js", "CMakeLists.txt",
         "run", "Dockerfile")  # fmt: skip


def findings(path, text):
    lines = text.count("\n")
    if lines > LINES_MAX:
        yield f"{path}: {lines} lines, at most {LINES_MAX}"


def main():
    tally = Tally()
    tally.must_find("301 lines are too many", findings("a.cpp", "\n" * 301))
    tally.must_pass("300 lines are not", findings("a.cpp", "\n" * 300))
    for path in files(*KINDS):
        tally.check(f"{short(path)} is small", findings(short(path), path.read_text()))
    tally.check("there are files to look at", [] if files("run") else [f"nothing below {ROOT}"])
    tally.end()


if __name__ == "__main__":
    main()
