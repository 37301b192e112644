#include "keys/old_directory.hpp"

#include "base/json.hpp"
#include "contract/key_home_suite.hpp"
#include "keys/directory_home.hpp"
#include "support/key_files.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

// Directories as earlier versions left them.
using namespace signet::keys;
using namespace signet::test;
using signet::json_quote;
using signet::KeyState;
using signet::StoredKey;
using signet::StoredKeys;

namespace {

constexpr std::int64_t kFarS = 4'000'000'000;

const std::vector<std::string> kNewFiles{".lock", "audit.jsonl", "keys.json"};

std::string written(const std::optional<std::int64_t>& time_s) {
    return time_s ? std::to_string(*time_s) : "null";
}

// As version 0.1.0 wrote it.
std::string manifest_row(const StoredKey& key, const std::string& file) {
    const signet::KeyLife& life = key.life;
    return "{\"kid\":" + json_quote(life.kid) + ",\"alg\":" + json_quote(life.alg) +
           ",\"state\":" + json_quote(to_string(life.state)) +
           ",\"foreign\":" + (life.foreign ? "true" : "false") +
           ",\"createdAt\":" + std::to_string(life.created_at_s) +
           ",\"publishedAt\":" + std::to_string(life.published_at_s) +
           ",\"activeAfter\":" + std::to_string(life.active_after_s) +
           ",\"activatedAt\":" + written(life.activated_at_s) +
           ",\"retiredAt\":" + written(life.retired_at_s) +
           ",\"removeAfter\":" + written(life.remove_after_s) +
           ",\"tokensTtl\":" + std::to_string(life.tokens_ttl_s) + ",\"file\":" + json_quote(file) +
           ",\"publicPart\":" + json_quote(life.state == KeyState::revoked ? key.public_part : "") +
           "}";
}

std::string file_of(const StoredKey& key) {
    if (key.life.state == KeyState::revoked) {
        return {};
    }
    return std::string(key.life.foreign ? "foreign" : to_string(key.life.state)) + "-" +
           key.life.kid + ".pem";
}

// One key in each state, and a predecessor's.
StoredKeys all_states() {
    StoredKeys keys{stored_key(KeyState::active, 1000), stored_key(KeyState::next, 1001),
                    stored_key(KeyState::retired, 1002), stored_key(KeyState::revoked, 1003),
                    stored_key(KeyState::retired, 1004)};
    for (StoredKey& key : keys) {
        if (key.life.remove_after_s) {
            key.life.remove_after_s = kFarS;
            key.private_part.clear();
        }
    }
    keys[1].life.active_after_s = 5000;
    keys[1].life.tokens_ttl_s = 7200;
    keys[4].life.kid = "legacy";
    keys[4].life.foreign = true;
    return keys;
}

void write_manifest(const TempDir& temp, const StoredKeys& keys, int epoch) {
    std::string text = "{\"epoch\":" + std::to_string(epoch) + ",\"keys\":[";
    for (const StoredKey& key : keys) {
        const std::string file = file_of(key);
        text += (&key == keys.data() ? "\n" : ",\n") + manifest_row(key, file);
        if (!file.empty()) {
            temp.write(file, key.private_part.empty() ? key.public_part : key.private_part);
        }
    }
    temp.write("keys.json", text + "\n]}\n");
    temp.write("audit.jsonl", "{\"actor\":\"rotation\"}\n");
}

std::unique_ptr<DirectoryHome> open_home(const TempDir& temp,
                                         KeyDirectory::StepHook before_step = {}) {
    DirectoryHomeOptions options;
    options.directory = temp.str();
    options.before_step = std::move(before_step);
    return *DirectoryHome::open(std::move(options));
}

std::string journal(int epoch, const std::string& written_file, const std::string& obsolete,
                    std::size_t audit_bytes) {
    return "{\"epoch\":" + std::to_string(epoch) + ",\"written\":[" + json_quote(written_file) +
           "],\"obsolete\":[" + json_quote(obsolete) +
           "],\"auditBytes\":" + std::to_string(audit_bytes) +
           ",\"audit\":\"{\\\"action\\\":\\\"promote\\\"}\\n\"}\n";
}

}  // namespace

TEST_CASE("the first start takes over a directory with a manifest: every kid, state and time") {
    const TempDir temp;
    const StoredKeys keys = all_states();
    write_manifest(temp, keys, 17);
    CHECK(by_kid(loaded(*open_home(temp)).keys) == by_kid(keys));
    CHECK(names_in(temp.path()).size() == 6);
    const auto load = load_key_files({temp.str()});
    REQUIRE(load.keys.has_value());
    CHECK(load.keys->active().kid == keys[0].life.kid);
    CHECK(names_in(temp.path()) == kNewFiles);
    const auto home = open_home(temp);
    CHECK(by_kid(loaded(*home).keys) == by_kid(keys));
    CHECK(loaded(*home).epoch > 17);
    CHECK(home->find_faults(DirectoryHome::Strays::are_faults).empty());
    CHECK(temp.read("audit.jsonl").starts_with("{\"actor\":\"rotation\"}\n{\"at\":"));
    CHECK(temp.read("audit.jsonl").find("legacy") != std::string::npos);
    CHECK(load_key_files({temp.str()}).keys->jwks() == load.keys->jwks());
}

TEST_CASE("the first start takes over a directory whose file names say the states") {
    const TempDir temp;
    temp.write("mine.pem", pem(0));
    temp.write(file_name("next", 1), pem(1));
    temp.write(file_name("retired", 2), pem(2));
    const auto before = by_kid(loaded(*open_home(temp)).keys);
    const auto load = load_key_files({temp.str()});
    REQUIRE(load.keys.has_value());
    CHECK(names_in(temp.path()) == kNewFiles);
    auto after = by_kid(loaded(*open_home(temp)).keys);
    REQUIRE(after.size() == 3);
    for (std::size_t i = 0; i < after.size(); ++i) {
        if (after[i].life.state == KeyState::retired) {
            CHECK(*after[i].life.remove_after_s >= *before[i].life.remove_after_s);
            after[i].life.remove_after_s = before[i].life.remove_after_s;
            CHECK(after[i].private_part.empty());
        }
        CHECK(after[i] == before[i]);
    }
}

TEST_CASE("a first change takes a directory over as well") {
    const TempDir temp;
    temp.write("mine.pem", pem(0));
    temp.write(file_name("next", 1), pem(1));
    const auto home = open_home(temp);
    const auto view = loaded(*home);
    REQUIRE(view.keys.size() == 2);
    CHECK(names_in(temp.path()).size() == 2);
    const auto active = std::ranges::find(view.keys, KeyState::active,
                                          [](const StoredKey& key) { return key.life.state; });
    REQUIRE(active != view.keys.end());
    CHECK(active->life.kid == key(0).thumbprint());
    CHECK(active->life.activated_at_s == active->life.created_at_s);
    StoredKeys keys = view.keys;
    std::erase_if(keys, [](const StoredKey& each) { return each.life.state == KeyState::next; });
    REQUIRE(home->change(becoming_keys(keys)).has_value());
    CHECK(loaded(*home).keys == keys);
    CHECK(names_in(temp.path()) == kNewFiles);
}

TEST_CASE("a directory that is killed at any step while it is taken over loses nothing") {
    const StoredKeys keys = all_states();
    int kills = 0;
    bool killed = true;
    for (int at = 0; killed; ++at) {
        CAPTURE(at);
        const TempDir temp;
        write_manifest(temp, keys, 3);
        killed = is_killed_at(
            at, [&](const auto& step) { return open_home(temp, step)->take_over().has_value(); });
        kills += killed ? 1 : 0;
        CHECK(by_kid(loaded(*open_home(temp)).keys) == by_kid(keys));
        const auto load = load_key_files({temp.str()});
        CHECK(load.errors.empty());
        REQUIRE(load.keys.has_value());
        const auto home = open_home(temp);
        CHECK(by_kid(loaded(*home).keys) == by_kid(keys));
        CHECK(names_in(temp.path()) == kNewFiles);
        CHECK(std::ranges::count(temp.read("audit.jsonl"), '\n') == 1 + 5);
    }
    CHECK(kills >= 10);
}

TEST_CASE("a change that an earlier version did not end is ended as its manifest says") {
    for (const bool happened : {true, false}) {
        const TempDir temp;
        const StoredKeys keys = all_states();
        write_manifest(temp, keys, 4);
        const std::size_t audit_bytes = temp.read("audit.jsonl").size();
        // The file that the change wrote, or the one that it no longer needs.
        const StoredKey other = stored_key(KeyState::next, 1000);
        temp.write(file_of(other), other.private_part);
        temp.write(".changing", happened
                                    ? journal(4, file_of(keys[0]), file_of(other), audit_bytes)
                                    : journal(5, file_of(other), file_of(keys[0]), audit_bytes));
        REQUIRE(load_key_files({temp.str()}).keys.has_value());
        CHECK(by_kid(loaded(*open_home(temp)).keys) == by_kid(keys));
        CHECK(names_in(temp.path()) == kNewFiles);
        CHECK((temp.read("audit.jsonl").find("promote") != std::string::npos) == happened);
    }
}

TEST_CASE("a first change that an earlier version did not make leaves its keys alone") {
    const TempDir temp;
    const std::string active = file_name("active", 0);
    const std::string next = file_name("next", 1);
    temp.write(active, pem(0));
    temp.write(next, pem(1));
    temp.write(".changing", journal(1, file_name("retired", 0), active, 0));
    const auto load = load_key_files({temp.str()});
    CHECK(load.errors.empty());
    CHECK(!load.generated);
    const StoredKeys keys = loaded(*open_home(temp)).keys;
    REQUIRE(keys.size() == 2);
    CHECK(std::ranges::count(keys, KeyState::active,
                             [](const auto& key) { return key.life.state; }) == 1);
    CHECK(names_in(temp.path()) == kNewFiles);
}

TEST_CASE(
    "a key file that holds more than the key, in any encoding, is taken over and read again") {
    for (const bool before : {true, false}) {
        const TempDir temp;
        const std::string odd = "friendlyName: Schl\xFCssel\n";
        temp.write("mine.pem", before ? odd + pem(0) : pem(0) + odd);
        const auto load = load_key_files({temp.str()});
        CHECK(load.errors.empty());
        REQUIRE(load.keys.has_value());
        const auto again = load_key_files({temp.str()});
        CHECK(again.errors.empty());
        CHECK(again.keys.has_value());
        CHECK(loaded(*open_home(temp)).keys.size() == 1);
    }
}

TEST_CASE("whoever only looks takes no directory over and makes no key") {
    const TempDir temp;
    KeyFilesOptions options{.directory = temp.str(), .read_only = true};
    CHECK(!load_key_files(options).keys.has_value());
    const StoredKeys keys = all_states();
    write_manifest(temp, keys, 4);
    const auto names = names_in(temp.path());
    CHECK(load_key_files(options).keys.has_value());
    CHECK(names_in(temp.path()) == names);
}

TEST_CASE("of several that start at once over an old directory one takes it over and all load it") {
    constexpr int kRounds = 20;
    const StoredKeys keys = all_states();
    for (int round = 0; round < kRounds; ++round) {
        const TempDir temp;
        write_manifest(temp, keys, 4);
        std::array<KeyLoad, 4> loads;
        {
            std::vector<std::jthread> starts;
            for (KeyLoad& load : loads) {
                starts.emplace_back([&] { load = load_key_files({temp.str()}); });
            }
        }
        for (const KeyLoad& load : loads) {
            REQUIRE_MESSAGE(load.errors.empty(), load.errors.front());
            REQUIRE(load.keys.has_value());
            CHECK(load.keys->jwks() == loads[0].keys->jwks());
        }
        CHECK(names_in(temp.path()) == kNewFiles);
    }
}

TEST_CASE("a manifest whose files are missing, exchanged or damaged is refused by name") {
    const TempDir temp;
    const StoredKeys keys = all_states();
    write_manifest(temp, keys, 4);
    const std::string name = file_of(keys[0]);
    const std::string manifest = temp.read("keys.json");
    temp.write(name, pem(0));
    CHECK(says(only_error(load_key_files({temp.str()})), name));
    std::filesystem::remove(temp.path() / name);
    CHECK(says(only_error(load_key_files({temp.str()})), name));
    temp.write(name, keys[0].private_part);
    temp.write(".changing", "{");
    CHECK(says(only_error(load_key_files({temp.str()})), ".changing"));
    std::filesystem::remove(temp.path() / ".changing");
    for (const std::string& bad :
         {std::string(manifest).replace(manifest.find(".pem"), 4, ".txt"),
          std::string(manifest).replace(manifest.find("active-"), 7, "../active-")}) {
        temp.write("keys.json", bad);
        CHECK(says(only_error(load_key_files({temp.str()})), "keys.json"));
    }
    temp.write("keys.json", manifest);
    temp.write("stray.pem", pem(0));
    CHECK(says(only_error(load_key_files({temp.str()})), "stray.pem"));
    CHECK(names_in(temp.path()).size() == 7);
}

TEST_CASE("a directory of an earlier version that cannot be written to is used as it is" *
          doctest::skip(::geteuid() == 0)) {
    const TempDir temp;
    temp.write("mine.pem", pem(0));
    std::filesystem::permissions(temp.path(), std::filesystem::perms(0500));
    CHECK(load_key_files({temp.str()}).keys.has_value());
    std::filesystem::permissions(temp.path(), std::filesystem::perms(0700));
    CHECK(names_in(temp.path()) == std::vector<std::string>{"mine.pem"});
}
