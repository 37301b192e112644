"""Every file knows its room: includes and CMake links are held against the table of the house."""

import re

from support.lint import ROOT, Tally, blank, includes, short, sources

# What a room may include, besides itself and the standard library. `contract` is include/signet.
# A room that is not in the table is a finding: add its row here and in docs/architecture.md.
TABLE = {
    "contract": set(),
    "base": {"contract"},
    "domain": {"contract", "base"},
    "tokens": {"contract", "base"},
    "keys": {"contract", "base", "tokens"},
    "service": {"contract", "base"},
    "store": {"contract", "base"},
    "password": {"contract", "base"},
    "users": {"contract", "base"},
    "outbound": {"contract", "base"},
    "mail": {"contract", "base"},
    "http": {"contract", "base"},
    "graphql": {"contract", "base"},
    "routes": {"contract", "base", "http", "graphql"},
    "config": {"contract", "base", "domain", "store", "tokens", "keys", "password",
               "mail", "graphql"},
    "server": {"contract", "base", "domain", "config", "service", "store", "tokens", "keys",
               "password", "users", "outbound", "mail", "graphql", "http",
               "routes"},
    "doctor": {"contract", "base", "domain", "config", "server", "store", "tokens", "keys", "mail",
               "outbound"},
    "cli": {"contract", "base", "domain", "config", "server", "service", "store", "tokens", "keys",
            "password", "mail", "graphql", "routes", "doctor", "outbound"},
}  # fmt: skip

# Where a room may look into only a part of another.
NARROW = {
    ("routes", "http"): {"http/message.hpp", "http/request_error.hpp", "http/response.hpp"},
    ("cli", "routes"): {"routes/error_table.hpp", "routes/openapi.hpp"},
}

# Libraries that are known in few places only: include prefix → rooms, or the start of a file name.
FOREIGN = {
    "boost/asio": {"http"},
    "boost/beast": {"http"},
    "pqxx/": {"store/pg"},
    "libpq-fe.h": {"store"},
    "curl/": {"outbound", "mail"},
    "ctemplate/": {"mail"},
    "tao/": {"graphql/parser"},
    "openssl/": {"base", "tokens", "keys", "password"},
    "argon2.h": {"password"},
    "sodium.h": {"password"},
    "crypt.h": {"password"},
    "utf8proc.h": {"password"},
    "zxcvbn": {"password"},
    "CLI/": {"cli"},
    "yaml-cpp/": {"base/yaml"},
}

COROUTINE = re.compile(r"\bco_(?:await|return|yield)\b")
CONTRACT_LIBRARIES = ("boost/system/", "boost/assert/")
LINKS = re.compile(r"^signet_library\(([^)]*)\)", re.MULTILINE)

# include/signet/domain is implemented by the room domain, so whoever may include the contract may
# link that; the use cases that include/signet/service declares are called by routes only.
CONTRACT_LINKS = {"domain"}
FURTHER_LINKS = {"routes": {"service"}}


def room_of(path):
    parts = path.split("/")
    if parts[0] == "include":
        return "contract"
    return "cli" if parts[1] == "main.cpp" else parts[1]


def room_of_include(name):
    """The room that an include names, or None for a foreign one."""
    first = name.split("/")[0]
    if first == "signet":
        return "contract"
    return first if first in TABLE and "/" in name else None


def include_findings(path, text):
    room = room_of(path)
    if room not in TABLE:
        yield f"{path}: the room {room} is not in the table"
        return
    for line, quote, name in includes(text):
        where = f"{path}:{line}: {room} may not include {name}"
        target = room_of_include(name)
        if target is None:
            allowed = next((v for k, v in FOREIGN.items() if name.startswith(k)), None)
            inner = path.partition("/")[2]
            if allowed is not None and not any(
                room == place or ("/" in place and inner.startswith(place)) for place in allowed
            ):
                yield where
            if room == "contract" and "/" in name and not name.startswith(CONTRACT_LIBRARIES):
                yield where
        elif target != room:
            if target not in TABLE[room]:
                yield where
            elif name not in NARROW.get((room, target), {name}):
                yield where
        if target == "contract" and quote != "<":
            yield f'{path}:{line}: write <{name}>, not "{name}"'


def coroutine_findings(path, text):
    if room_of(path) == "http":
        return
    for number, line in enumerate(blank(text).split("\n"), 1):
        if COROUTINE.search(line):
            yield f"{path}:{number}: coroutines belong to src/http"


def link_findings(cmake):
    """Each signet_library() row may link only the rooms that its files may include."""
    for match in LINKS.finditer(cmake):
        words = match.group(1).split()
        room = words[0]
        if "$" in room or room == "name":
            continue
        if room not in TABLE:
            yield f"CMakeLists.txt: the room {room} is not in the table"
            continue
        linked = {word[len("signet_") :] for word in words[1:] if word.startswith("signet_")}
        allowed = TABLE[room] | FURTHER_LINKS.get(room, set())
        allowed |= CONTRACT_LINKS if "contract" in TABLE[room] else set()
        for target in sorted(linked - allowed):
            yield f"CMakeLists.txt: {room} may not link {target}"


def self_test(tally):
    def bad(title, path, text):
        tally.must_find(title, [*include_findings(path, text), *coroutine_findings(path, text)])

    def good(title, path, text):
        tally.must_pass(title, [*include_findings(path, text), *coroutine_findings(path, text)])

    bad("a service that looks into the store", "src/service/a.cpp", '#include "store/pg.hpp"')
    bad("a route that looks into the listener", "src/routes/a.cpp", '#include "http/server.hpp"')
    bad("base that looks up", "src/base/a.hpp", '#include "tokens/jws.hpp"')
    bad("Asio outside the edge", "src/server/a.cpp", "#include <boost/asio/io_context.hpp>")
    bad("pqxx outside its file", "src/store/account_store.cpp", "#include <pqxx/pqxx>")
    bad("libsodium outside its room", "src/service/a.cpp", "#include <sodium.h>")
    bad("OpenSSL in a route", "src/routes/a.cpp", "#include <openssl/evp.h>")
    bad("a coroutine in a use case", "src/service/a.cpp", "void f() {\n    co_return;\n}")
    bad("a contract that needs Beast", "include/signet/a.hpp", "#include <boost/beast/http.hpp>")
    bad("a contract that knows a room", "include/signet/a.hpp", '#include "base/log.hpp"')
    bad("a room that nobody drew", "src/utils/a.hpp", "")
    good("pqxx in its file", "src/store/pg.cpp", "#include <pqxx/pqxx>")
    good("a route that knows messages", "src/routes/a.cpp", '#include "http/message.hpp"')
    good("co_await in a comment", "src/service/a.cpp", "// no co_await here")
    tally.must_find("a link upward", link_findings("signet_library(base signet_store)"))
    tally.must_find("a link sideways", link_findings("signet_library(store\n signet_keys)"))
    tally.must_pass("links of the table", link_findings("signet_library(store signet_base)"))


def main():
    tally = Tally()
    self_test(tally)
    for path in sources():
        name, text = short(path), path.read_text()
        tally.check(f"{name} knows its room", include_findings(name, text))
        tally.check(f"{name} leaves coroutines to the edge", coroutine_findings(name, text))
    cmake = (ROOT / "CMakeLists.txt").read_text()
    tally.check("CMake links follow the table", link_findings(cmake))
    declared = {match.group(1).split()[0] for match in LINKS.finditer(cmake)}
    folders = {path.name for path in (ROOT / "src").iterdir() if path.is_dir()}
    tally.check("every folder below src is a library", sorted(folders - declared))
    tally.end()


if __name__ == "__main__":
    main()
