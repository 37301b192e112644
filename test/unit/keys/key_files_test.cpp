#include "support/key_files.hpp"

#include "keys/directory_home.hpp"
#include "support/bad_keys.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

using namespace signet::test;
using signet::KeyState;
using signet::keys::load_key_files;
namespace fs = std::filesystem;

TEST_CASE("a missing directory is made for the owner only and gets one active key") {
    const TempDir temp;
    const fs::path path = temp.path() / "keys";
    const auto load = load_key_files({path.string(), 2048});
    REQUIRE(load.keys.has_value());
    CHECK(load.generated);
    CHECK(load.errors.empty());
    CHECK(mode_of(path) == 0700);
    CHECK(names_in(path) == std::vector<std::string>{".lock", "audit.jsonl", "keys.json"});
    CHECK(mode_of(path / "keys.json") == 0600);
    CHECK(load.keys->active().created_at_s > 1'700'000'000);
}

TEST_CASE("where keys rotate, the first key comes with the next one") {
    const TempDir temp;
    const auto load = load_key_files(
        {.directory = temp.str(), .policy = {.period_s = 1000, .publish_ahead_s = 100}});
    REQUIRE(load.keys.has_value());
    const auto infos = load.keys->list();
    REQUIRE(infos.size() == 2);
    CHECK(infos[0].state == KeyState::active);
    CHECK(infos[1].state == KeyState::next);
    CHECK(load_key_files({temp.str(), 2048}).keys->jwks() == load.keys->jwks());
}

TEST_CASE("a second start finds the first one's key") {
    const TempDir temp;
    const auto first = load_key_files({temp.str(), 2048});
    const auto second = load_key_files({temp.str(), 2048});
    REQUIRE(first.keys.has_value());
    REQUIRE(second.keys.has_value());
    CHECK(first.generated);
    CHECK_FALSE(second.generated);
    CHECK(first.keys->jwks() == second.keys->jwks());
}

TEST_CASE("generated keys have the size that was asked for") {
    const TempDir temp;
    const auto load = load_key_files({temp.str(), 3072});
    REQUIRE(load.keys.has_value());
    CHECK(load.keys->active().key.bits() == 3072);
}

TEST_CASE("a lone key of any name is the active one, and is taken into keys.json") {
    const TempDir temp;
    temp.write("README.md", "hello");
    temp.write("my own key.pem", pem(0));
    const auto load = load_key_files({temp.str(), 2048});
    REQUIRE(load.keys.has_value());
    CHECK(load.keys->active().kid == key(0).thumbprint());
    CHECK(names_in(temp.path()) ==
          std::vector<std::string>{".lock", "README.md", "audit.jsonl", "keys.json"});
    CHECK(load_key_files({temp.str(), 2048}).keys->jwks() == load.keys->jwks());
}

TEST_CASE("keys of all states are published in the order active, next, retired") {
    const TempDir temp;
    temp.write(file_name("retired", 0), signet::test::public_pem(key(0).handle()));
    temp.write(file_name("next", 1), pem(1));
    temp.write(file_name("active", 2), pem(2));
    temp.write(file_name("retired", 3), pem(3));
    const auto load = load_key_files({temp.str(), 2048});
    REQUIRE(load.keys.has_value());
    const auto infos = load.keys->list();
    REQUIRE(infos.size() == 4);
    CHECK(infos[0].kid == key(2).thumbprint());
    CHECK(infos[0].state == KeyState::active);
    CHECK(infos[1].kid == key(1).thumbprint());
    CHECK(infos[2].state == KeyState::retired);
    CHECK(infos[3].state == KeyState::retired);
    // A key that signs no more is not opened.
    CHECK_FALSE(infos[2].has_private);
    CHECK_FALSE(infos[3].has_private);
}

TEST_CASE("two active keys are refused, and both files named") {
    const TempDir temp;
    temp.write("mine.pem", pem(0));
    temp.write(file_name("active", 1), pem(1));
    const std::string error = only_error(load_key_files({temp.str(), 2048}));
    CHECK(says(error, "mine.pem"));
    CHECK(says(error, file_name("active", 1)));
    CHECK(says(error, "exactly one"));
}

TEST_CASE("keys none of which is active are refused, and no new key is made") {
    const TempDir temp;
    temp.write(file_name("next", 0), pem(0));
    CHECK(says(only_error(load_key_files({temp.str(), 2048})), "none is"));
    CHECK(names_in(temp.path()) == std::vector<std::string>{file_name("next", 0)});
}

TEST_CASE("one key in two states is refused") {
    const TempDir temp;
    temp.write(file_name("active", 0), pem(0));
    temp.write(file_name("next", 0), pem(0));
    CHECK(says(only_error(load_key_files({temp.str(), 2048})), "two keys have the kid"));
}

TEST_CASE("a file that is named after another key is refused") {
    const TempDir temp;
    temp.write(file_name("active", 0), pem(1));
    CHECK(says(only_error(load_key_files({temp.str(), 2048})), key(1).thumbprint()));
}

TEST_CASE("a public key cannot be active or next") {
    const TempDir temp;
    temp.write("mine.pem", signet::test::public_pem(key(0).handle()));
    CHECK(says(only_error(load_key_files({temp.str(), 2048})), "public key only"));
}

TEST_CASE("a weak key in the directory is refused by name, and not replaced") {
    const TempDir temp;
    temp.write("mine.pem", signet::test::pkcs8_pem(signet::test::make_rsa({"RSA", 1024}).get()));
    const std::string error = only_error(load_key_files({temp.str(), 2048}));
    CHECK(error.starts_with(temp.str() + "/mine.pem: the key has 1024 bits"));
    CHECK(names_in(temp.path()) == std::vector<std::string>{"mine.pem"});
}

TEST_CASE("a key of another kind than RSA that lies there by hand is refused by name") {
    const PkeyPtr ec(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    const TempDir temp;
    temp.write("mine.pem", pkcs8_pem(ec.get()));
    const std::string error = only_error(load_key_files({temp.str(), 2048}));
    CHECK(says(error, "mine.pem"));
    CHECK(says(error, "ES256"));
}

TEST_CASE("a stray key beside keys.json is refused by name, whatever its kind") {
    const TempDir temp;
    REQUIRE(load_key_files({temp.str(), 2048}).keys.has_value());
    const PkeyPtr ec(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    for (const std::string& text : {pkcs8_pem(ec.get()), pem(0)}) {
        temp.write("stray.pem", text);
        CHECK(says(only_error(load_key_files({temp.str(), 2048})), "stray.pem"));
    }
}

TEST_CASE("all problems of a directory are told together") {
    const TempDir temp;
    temp.write("a.pem", "");
    temp.write("b.pem", "no key");
    const auto load = load_key_files({temp.str(), 2048});
    CHECK_FALSE(load.keys.has_value());
    CHECK(load.errors.size() == 3);
}

TEST_CASE("threads that start at once end with one key") {
    const TempDir temp;
    std::vector<std::string> kids(6);
    {
        std::vector<std::jthread> starts;
        for (std::string& kid : kids) {
            starts.emplace_back([&] {
                const auto load = load_key_files({temp.str(), 2048});
                kid = load.keys ? load.keys->active().kid : "failed";
            });
        }
    }
    CHECK(kids[0] != "failed");
    CHECK(std::ranges::all_of(kids, [&](const auto& kid) { return kid == kids[0]; }));
    // The lock, the keys and the audit.
    CHECK(names_in(temp.path()).size() == 3);
}

TEST_CASE("processes that start at once end with one key") {
    const TempDir temp;
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i) {
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            const auto load = load_key_files({(temp.path() / "keys").string(), 2048});
            ::_exit(!load.keys ? 2 : load.generated ? 1 : 0);
        }
        children.push_back(child);
    }
    int made = 0;
    for (const pid_t child : children) {
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) < 2);
        made += WEXITSTATUS(status);
    }
    CHECK(made == 1);
    CHECK(names_in(temp.path() / "keys").size() == 3);
}
