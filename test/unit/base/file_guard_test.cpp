#include "base/file_guard.hpp"

#include "support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace signet {
namespace {

constexpr uid_t kUser = 10001;
constexpr gid_t kGroup = 20001;
constexpr gid_t kForeign = 30001;

const ProcessUser kProcess{kUser, {kUser, kGroup}};

FileAccess file(mode_t mode, uid_t owner = kUser, gid_t group = kGroup) {
    return {.mode = S_IFREG | mode, .owner = owner, .group = group};
}

bool exposed(const FileAccess& access) {
    return find_exposure(access, kProcess).has_value();
}

bool intruded(const FileAccess& access) {
    return find_intrusion(access, kProcess).has_value();
}

TEST_CASE("a secret on a disk may be open to its owner and to a group of the process only") {
    for (const mode_t mode : {0600U, 0400U, 0440U, 0640U, 0660U}) {
        CAPTURE(mode);
        CHECK_FALSE(exposed(file(mode)));
    }
    CHECK_FALSE(exposed(file(0440, 0)));
    for (const mode_t mode : {0604U, 0644U, 0602U, 0666U, 0444U, 0601U}) {
        CAPTURE(mode);
        CHECK(exposed(file(mode)));
    }
    for (const mode_t mode : {0640U, 0660U, 0620U, 0610U}) {
        CAPTURE(mode);
        CHECK(exposed(file(mode, kUser, kForeign)));
    }
    CHECK_FALSE(exposed(file(0600, kUser, kForeign)));
}

TEST_CASE("a secret that is mounted read-only or in memory may be readable by all") {
    FileAccess mounted = file(0444, 0, 0);
    mounted.read_only_mount = true;
    CHECK_FALSE(exposed(mounted));
    FileAccess in_memory = file(0644, 0, 0);
    in_memory.in_memory = true;
    CHECK_FALSE(exposed(in_memory));
    in_memory.mode = S_IFREG | 0646;
    CHECK(exposed(in_memory));
    in_memory.mode = S_IFREG | 0664;
    CHECK(exposed(in_memory));
}

TEST_CASE("what is wrong with a secret file is said with what to do") {
    CHECK(find_exposure(file(0644), kProcess) == "can be read by others; run chmod 600 on it");
    CHECK(find_exposure(file(0602), kProcess) == "is open to others; run chmod 600 on it");
    CHECK(find_exposure(file(0640, kUser, kForeign), kProcess) ==
          "can be read by others (group 30001, which Signet is not in); run chmod 600 on it");
}

TEST_CASE("only a file of the user or of root that nobody else writes to is obeyed") {
    CHECK_FALSE(intruded(file(0644)));
    CHECK_FALSE(intruded(file(0644, 0)));
    CHECK_FALSE(intruded(file(0664)));
    CHECK_FALSE(intruded(file(02770, 0)));
    CHECK(intruded(file(0600, kUser + 1)));
    CHECK(intruded(file(0602)));
    CHECK(intruded(file(01777, 0)));
    CHECK(intruded(file(0664, kUser, kForeign)));
}

TEST_CASE("a process is in its own groups") {
    const test::TempDir temp;
    const std::string path = temp.write("secret", "x");
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const auto access = FileAccess::of(fd);
    ::close(fd);
    REQUIRE(access.has_value());
    CHECK(access->owner == ::geteuid());
    CHECK((access->mode & 0777) == 0600);
    FileAccess shared = *access;
    shared.mode = S_IFREG | 0640;
    shared.group = ::getegid();
    CHECK_FALSE(find_exposure(shared, ProcessUser::current()).has_value());
    CHECK_FALSE(find_intrusion(*access, ProcessUser::current()).has_value());
}

TEST_CASE("a file in /dev/shm is known to be in memory" *
          doctest::skip(!std::filesystem::is_directory("/dev/shm"))) {
    const std::string path = "/dev/shm/signet-" + std::to_string(::getpid());
    std::ofstream(path) << "hush\n";
    ::chmod(path.c_str(), 0644);
    const auto content = read_secret_file(path);
    ::unlink(path.c_str());
    REQUIRE(std::holds_alternative<std::string>(content));
    CHECK(std::get<std::string>(content) == "hush");
}

TEST_CASE("a secret is read without white space and a byte order mark around it") {
    const test::TempDir temp;
    const auto content = read_secret_file(temp.write("secret", "\xEF\xBB\xBF \r\n a b\t\n\n"));
    REQUIRE(std::holds_alternative<std::string>(content));
    CHECK(std::get<std::string>(content) == "a b");
    CHECK(std::get<FileFault>(read_secret_file(temp.write("blank", " \n"))).text == "is empty");
}

}  // namespace
}  // namespace signet
