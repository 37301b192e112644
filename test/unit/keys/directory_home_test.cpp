#include "keys/directory_home.hpp"

#include "contract/key_home_suite.hpp"
#include "keys/key_files.hpp"
#include "support/key_files.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

using namespace signet::keys;
using namespace signet::tokens;
using namespace signet::test;
using signet::KeyView;
using signet::StoredKey;
using signet::StoredKeys;

namespace {

std::unique_ptr<DirectoryHome> open_home(const TempDir& temp,
                                         std::function<void(std::string_view)> before_step = {}) {
    DirectoryHomeOptions options;
    options.directory = temp.str();
    options.before_step = std::move(before_step);
    return *DirectoryHome::open(std::move(options));
}

std::string name_of(std::string_view state, const StoredKey& key) {
    return std::string(state) + '-' + key.life.kid + ".pem";
}

std::string replaced_once(std::string text, std::string_view from, std::string_view to) {
    return text.replace(text.find(from), from.size(), to);
}

std::size_t lines_in(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

// The keys after the next one was promoted, and another one staged.
StoredKeys promoted(StoredKeys keys, const StoredKey& fresh) {
    for (StoredKey& key : keys) {
        if (key.life.state == signet::KeyState::active) {
            key.life.state = signet::KeyState::retired;
            key.life.retired_at_s = 1'800'000'000;
            key.life.remove_after_s = 1'800'001'000;
        } else if (key.life.state == signet::KeyState::next) {
            key.life.state = signet::KeyState::active;
            key.life.activated_at_s = 1'800'000'000;
        }
    }
    keys.push_back(fresh);
    return keys;
}

}  // namespace

TEST_CASE("a change leaves a file a key, the manifest, the audit and nothing else, for us only") {
    const TempDir temp;
    const auto home = open_home(temp);
    const StoredKeys keys{stored_key(signet::KeyState::active, 1000),
                          stored_key(signet::KeyState::next, 1000)};
    REQUIRE(home->change(becoming_keys(keys)).has_value());
    std::vector<std::string> expected{".lock", name_of("active", keys[0]), name_of("next", keys[1]),
                                      "audit.jsonl", "keys.json"};
    std::ranges::sort(expected);
    CHECK(names_in(temp.path()) == expected);
    for (const std::string& name : expected) {
        CHECK(mode_of(temp.path() / name) == 0600);
    }
    CHECK(lines_in(temp.read("audit.jsonl")) == 1);
}

TEST_CASE("a revoked key's file is deleted, and its life is not forgotten") {
    const TempDir temp;
    const auto home = open_home(temp);
    StoredKeys keys{stored_key(signet::KeyState::active, 1000),
                    stored_key(signet::KeyState::next, 1000)};
    REQUIRE(home->change(becoming_keys(keys)).has_value());
    keys[1].life.state = signet::KeyState::revoked;
    keys[1].private_part.clear();
    REQUIRE(home->change(becoming_keys(keys)).has_value());
    for (const std::string& name : names_in(temp.path())) {
        CHECK(name.find(keys[1].life.kid) == std::string::npos);
    }
    CHECK(loaded(*home).keys == keys);
}

TEST_CASE("a change that is killed at any step has happened or has not, and the next one ends it") {
    const StoredKeys before{stored_key(signet::KeyState::active, 1000),
                            stored_key(signet::KeyState::next, 1000)};
    const StoredKeys after = promoted(before, stored_key(signet::KeyState::next, 2000));
    int kills = 0;
    bool killed = true;
    for (int at = 0; killed; ++at) {
        CAPTURE(at);
        const TempDir temp;
        REQUIRE(open_home(temp)->change(becoming_keys(before)).has_value());
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            int step = 0;
            const auto home = open_home(temp, [&](std::string_view) {
                if (step++ == at) {
                    ::_exit(9);
                }
            });
            ::_exit(home->change(becoming_keys(after)).has_value() ? 0 : 1);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE(WIFEXITED(status));
        REQUIRE(WEXITSTATUS(status) != 1);
        killed = WEXITSTATUS(status) == 9;
        kills += killed ? 1 : 0;
        const auto home = open_home(temp);
        const StoredKeys found = loaded(*home).keys;
        const bool happened = found == after;
        CHECK((happened || found == before));
        CHECK(home->find_faults(DirectoryHome::Strays::are_faults).empty());
        CHECK(lines_in(temp.read("audit.jsonl")) == (happened ? 2 : 1));
        CHECK(names_in(temp.path()).size() == found.size() + 3);
        REQUIRE(home->change(becoming_keys(after)).has_value());
        CHECK(loaded(*home).keys == after);
    }
    CHECK(kills >= 8);
}

TEST_CASE("a directory of the first version is read as it is, and its first change adopts it") {
    const TempDir temp;
    temp.write("mine.pem", pem(0));
    temp.write(file_name("next", 1), pem(1));
    const auto home = open_home(temp);
    const KeyView view = loaded(*home);
    REQUIRE(view.keys.size() == 2);
    CHECK(names_in(temp.path()).size() == 2);
    const auto active = std::ranges::find(view.keys, signet::KeyState::active,
                                          [](const StoredKey& key) { return key.life.state; });
    REQUIRE(active != view.keys.end());
    CHECK(active->life.kid == key(0).thumbprint());
    CHECK(active->life.activated_at_s == active->life.created_at_s);
    StoredKeys keys = view.keys;
    std::erase_if(keys,
                  [](const StoredKey& each) { return each.life.state == signet::KeyState::next; });
    REQUIRE(home->change(becoming_keys(keys)).has_value());
    CHECK(loaded(*home).keys == keys);
    CHECK(names_in(temp.path()) ==
          std::vector<std::string>{".lock", "audit.jsonl", "keys.json", "mine.pem"});
}

TEST_CASE("a file that somebody adds by hand is noticed, by name") {
    const TempDir temp;
    std::vector<std::string> notices;
    DirectoryHomeOptions options;
    options.directory = temp.str();
    options.on_notice = [&](const std::string& sentence) { notices.push_back(sentence); };
    const auto home = *DirectoryHome::open(std::move(options));
    REQUIRE(home->change(becoming_keys({stored_key(signet::KeyState::active, 1000)})).has_value());
    const KeyView before = loaded(*home);
    CHECK(notices.empty());
    temp.write("added.pem", pem(0));
    CHECK(*home->epoch() != before.epoch);
    CHECK(loaded(*home).keys == before.keys);
    REQUIRE(notices.size() == 1);
    CHECK(says(notices[0], "added.pem"));
    CHECK(says(only_error(load_key_files({temp.str()})), "added.pem"));
}

TEST_CASE("files that are missing, exchanged or damaged are refused by name") {
    const TempDir temp;
    const auto home = open_home(temp);
    const StoredKey ours = stored_key(signet::KeyState::active, 1000);
    REQUIRE(home->change(becoming_keys({ours})).has_value());
    const std::string name = name_of("active", ours);
    const std::string manifest = temp.read("keys.json");
    temp.write(name, pem(0));
    CHECK(says(home->load().error().log_detail, name));
    std::filesystem::remove(temp.path() / name);
    CHECK(says(home->load().error().log_detail, name));
    temp.write(name, ours.private_part);
    CHECK(home->load().has_value());
    for (const std::string& bad :
         {std::string(), std::string("{}"), manifest.substr(0, manifest.size() / 2),
          replaced_once(manifest, ".pem", ".txt")}) {
        temp.write("keys.json", bad);
        CHECK(says(home->load().error().log_detail, "keys.json"));
    }
    temp.write("keys.json", manifest);
    std::filesystem::permissions(temp.path() / "keys.json", std::filesystem::perms(0644));
    CHECK(says(home->load().error().log_detail, "chmod 600"));
}

TEST_CASE("a name in the manifest does not lead out of the directory") {
    const TempDir temp;
    const auto home = open_home(temp);
    const StoredKey ours = stored_key(signet::KeyState::active, 1000);
    REQUIRE(home->change(becoming_keys({ours})).has_value());
    temp.write("keys.json", replaced_once(temp.read("keys.json"), "active-", "../active-"));
    CHECK(says(home->load().error().log_detail, "keys.json"));
}

TEST_CASE("an audit file that others can read stops a change before it begins, by name") {
    const TempDir temp;
    const auto home = open_home(temp);
    const StoredKeys before{stored_key(signet::KeyState::active, 1000),
                            stored_key(signet::KeyState::next, 1000)};
    REQUIRE(home->change(becoming_keys(before)).has_value());
    const auto set_mode = [&](unsigned mode) {
        std::filesystem::permissions(temp.path() / "audit.jsonl", std::filesystem::perms(mode));
    };
    set_mode(0644);
    const StoredKeys after = promoted(before, stored_key(signet::KeyState::next, 2000));
    const auto refused = home->change(becoming_keys(after));
    REQUIRE_FALSE(refused.has_value());
    CHECK(says(refused.error().log_detail, "audit.jsonl"));
    CHECK(loaded(*home).keys == before);
    CHECK(says(only_error(load_key_files({temp.str()})), "audit.jsonl"));
    set_mode(0600);
    REQUIRE(home->change(becoming_keys(after)).has_value());
    CHECK(loaded(*home).keys == after);
}

TEST_CASE("a change that has happened counts, and its audit line follows once it can be written") {
    const TempDir temp;
    std::vector<std::string> notices;
    DirectoryHomeOptions options;
    options.directory = temp.str();
    options.on_notice = [&](const std::string& sentence) { notices.push_back(sentence); };
    bool loosens = false;
    const auto audit = temp.path() / "audit.jsonl";
    options.before_step = [&](std::string_view step) {
        if (loosens && step == "audit") {
            std::filesystem::permissions(audit, std::filesystem::perms(0644));
        }
    };
    const auto home = *DirectoryHome::open(std::move(options));
    const StoredKeys before{stored_key(signet::KeyState::active, 1000),
                            stored_key(signet::KeyState::next, 1000)};
    REQUIRE(home->change(becoming_keys(before)).has_value());
    loosens = true;
    const StoredKeys after = promoted(before, stored_key(signet::KeyState::next, 2000));
    CHECK(home->change(becoming_keys(after)).has_value());
    CHECK(loaded(*home).keys == after);
    REQUIRE_FALSE(notices.empty());
    CHECK(says(notices.front(), "audit.jsonl"));
    CHECK_FALSE(home->change(becoming_keys(before)).has_value());
    loosens = false;
    std::filesystem::permissions(audit, std::filesystem::perms(0600));
    CHECK(loaded(*home).keys == after);
    CHECK(lines_in(temp.read("audit.jsonl")) == 2);
}

TEST_CASE("one key under a kid of ours and a predecessor's has two files, and rotates") {
    const TempDir temp;
    const auto home = open_home(temp);
    const StoredKey ours = stored_key(signet::KeyState::active, 1000);
    StoredKey theirs = ours;
    theirs.private_part.clear();
    theirs.life = {.kid = "legacy", .alg = ours.life.alg, .state = signet::KeyState::retired};
    theirs.life.foreign = true;
    theirs.life.remove_after_s = 1'900'000'000;
    StoredKeys keys{ours, theirs, stored_key(signet::KeyState::next, 1000)};
    REQUIRE(home->change(becoming_keys(keys)).has_value());
    CHECK(loaded(*home).keys == keys);
    keys[0].life.state = signet::KeyState::retired;
    keys[0].life.remove_after_s = 1'800'001'000;
    keys[0].private_part.clear();
    keys[2].life.state = signet::KeyState::active;
    REQUIRE(home->change(becoming_keys(keys)).has_value());
    CHECK(loaded(*home).keys == keys);
}

TEST_CASE("a manifest with two active keys is damaged") {
    const TempDir temp;
    const auto home = open_home(temp);
    const StoredKeys keys{stored_key(signet::KeyState::active, 1000),
                          stored_key(signet::KeyState::next, 1000)};
    REQUIRE(home->change(becoming_keys(keys)).has_value());
    temp.write("keys.json",
               replaced_once(temp.read("keys.json"), R"("state":"next")", R"("state":"active")"));
    CHECK(says(home->load().error().log_detail, "two keys are active"));
}
