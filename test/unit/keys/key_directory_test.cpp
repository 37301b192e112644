#include "keys/key_directory.hpp"

#include "support/key_files.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

using namespace signet::test;
using signet::keys::KeyDirectory;
using signet::keys::load_key_files;
namespace fs = std::filesystem;

namespace {

constexpr gid_t kStrangers = 12345;

// The tests that give a file to a group of which the process is no member.
auto needs_root() {
    return doctest::skip(::geteuid() != 0);
}

}  // namespace

TEST_CASE("a key file that others may read, write or run is refused") {
    for (const unsigned mode : {0604U, 0602U, 0601U, 0644U, 0666U, 0777U}) {
        const TempDir temp;
        temp.write("mine.pem", pem(0));
        fs::permissions(temp.path() / "mine.pem", static_cast<fs::perms>(mode));
        CAPTURE(mode);
        CHECK(says(only_error(load_key_files({temp.str(), 2048})), "chmod 600"));
    }
}

TEST_CASE("a key file that a foreign group may read, write or run is refused" * needs_root()) {
    for (const unsigned mode : {0640U, 0620U, 0610U}) {
        const TempDir temp;
        const std::string file = temp.write("mine.pem", pem(0));
        REQUIRE(::chown(file.c_str(), static_cast<uid_t>(-1), kStrangers) == 0);
        fs::permissions(file, static_cast<fs::perms>(mode));
        CAPTURE(mode);
        CHECK(says(only_error(load_key_files({temp.str(), 2048})), "chmod 600"));
    }
}

TEST_CASE("keys may be shared with a group of the process, as on a volume with fsGroup") {
    const TempDir temp;
    const std::string file = temp.write("mine.pem", pem(0));
    fs::permissions(file, static_cast<fs::perms>(0660));
    fs::permissions(temp.path(), static_cast<fs::perms>(02770));
    CHECK(load_key_files({temp.str(), 2048}).keys.has_value());
}

TEST_CASE("a key file that its owner may only read is taken") {
    const TempDir temp;
    temp.write("mine.pem", pem(0));
    fs::permissions(temp.path() / "mine.pem", fs::perms::owner_read);
    CHECK(load_key_files({temp.str(), 2048}).keys.has_value());
}

TEST_CASE("a key file of another user is refused" * doctest::skip(::geteuid() != 0)) {
    const TempDir temp;
    temp.write("mine.pem", pem(0));
    REQUIRE(::chown((temp.path() / "mine.pem").c_str(), 12345, 12345) == 0);
    CHECK(says(only_error(load_key_files({temp.str(), 2048})), "belongs to another user"));
}

TEST_CASE("a directory of another user is refused" * doctest::skip(::geteuid() != 0)) {
    const TempDir temp;
    temp.write("mine.pem", pem(0));
    REQUIRE(::chown(temp.path().c_str(), 12345, 12345) == 0);
    CHECK(says(only_error(load_key_files({temp.str(), 2048})), "belongs to another user"));
}

TEST_CASE("a symbolic link is refused, even to a good key") {
    const TempDir temp;
    const TempDir other;
    other.write("good.pem", pem(0));
    fs::create_symlink(other.path() / "good.pem", temp.path() / "mine.pem");
    CHECK(says(only_error(load_key_files({temp.str(), 2048})), "symbolic link"));
}

TEST_CASE("a directory and a FIFO are no key files") {
    const TempDir temp;
    fs::create_directory(temp.path() / "mine.pem");
    CHECK(says(only_error(load_key_files({temp.str(), 2048})), "no regular file"));
    const TempDir other;
    REQUIRE(::mkfifo((other.path() / "mine.pem").c_str(), 0600) == 0);
    CHECK(says(only_error(load_key_files({other.str(), 2048})), "no regular file"));
}

TEST_CASE("a directory that others may write to is refused, sticky or not") {
    for (const unsigned mode : {0777U, 01777U, 0702U}) {
        const TempDir temp;
        temp.write("mine.pem", pem(0));
        fs::permissions(temp.path(), static_cast<fs::perms>(mode));
        CAPTURE(mode);
        CHECK(says(only_error(load_key_files({temp.str(), 2048})), "chmod go-w"));
    }
}

TEST_CASE("a directory that a foreign group may write to is refused" * needs_root()) {
    for (const unsigned mode : {0770U, 0720U}) {
        const TempDir temp;
        temp.write("mine.pem", pem(0));
        REQUIRE(::chown(temp.path().c_str(), static_cast<uid_t>(-1), kStrangers) == 0);
        fs::permissions(temp.path(), static_cast<fs::perms>(mode));
        CAPTURE(mode);
        CHECK(says(only_error(load_key_files({temp.str(), 2048})), "chmod go-w"));
    }
}

TEST_CASE("a directory that others may read is taken") {
    const TempDir temp;
    temp.write("mine.pem", pem(0));
    fs::permissions(temp.path(), static_cast<fs::perms>(0755));
    CHECK(load_key_files({temp.str(), 2048}).keys.has_value());
}

TEST_CASE("a path that is no directory, or has no parent, is refused") {
    const TempDir temp;
    temp.write("file", "x");
    CHECK(says(only_error(load_key_files({(temp.path() / "file").string(), 2048})), "directory"));
    CHECK(says(only_error(load_key_files({(temp.path() / "no/keys").string(), 2048})),
               "cannot be made"));
}

TEST_CASE("an oversized file is refused without reading on") {
    const TempDir temp;
    temp.write("mine.pem", pem(0) + std::string(16 * 1024, '\n'));
    CHECK(says(only_error(load_key_files({temp.str(), 2048})), "larger than 16384 bytes"));
}

TEST_CASE("a crowd of files is refused") {
    const TempDir temp;
    for (int i = 0; i < 65; ++i) {
        temp.write("k" + std::to_string(i) + ".pem", "");
    }
    CHECK(says(only_error(load_key_files({temp.str(), 2048})), "more than 64"));
}

TEST_CASE("what a crash left behind is ignored, and removed at the next first start") {
    const TempDir temp;
    temp.write(".new-half", "-----BEGIN PRIVATE");
    const auto load = load_key_files({temp.str(), 2048});
    REQUIRE(load.keys.has_value());
    CHECK(load.generated);
    CHECK(names_in(temp.path()) == std::vector<std::string>{".lock", "audit.jsonl", "keys.json"});
    temp.write(".new-half", "-----BEGIN PRIVATE");
    CHECK(load_key_files({temp.str(), 2048}).keys.has_value());
}

TEST_CASE("a write that fails leaves the old file and no other") {
    const TempDir temp;
    const auto directory = KeyDirectory::open(temp.str());
    REQUIRE(directory.has_value());
    REQUIRE(directory->write("a.pem", "old").has_value());
    fs::create_directory(temp.path() / "b.pem");
    CHECK_FALSE(directory->write("b.pem", "new").has_value());
    CHECK(temp.read("a.pem") == "old");
    CHECK(names_in(temp.path()) == std::vector<std::string>{"a.pem", "b.pem"});
    CHECK(directory->write("a.pem", "new").has_value());
    CHECK(temp.read("a.pem") == "new");
}
