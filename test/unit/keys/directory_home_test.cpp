#include "keys/directory_home.hpp"

#include "base/json.hpp"
#include "contract/key_home_suite.hpp"
#include "support/key_files.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

using namespace signet::keys;
using namespace signet::tokens;
using namespace signet::test;
using signet::json_quote;
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

std::string replaced_once(std::string text, std::string_view from, std::string_view to) {
    return text.replace(text.find(from), from.size(), to);
}

const std::vector<std::string> kOurFiles{".lock", "audit.jsonl", "keys.json"};

// Of a PEM text: part of the key itself, and of no other.
std::string second_line(const std::string& pem) {
    const std::size_t from = pem.find('\n') + 1;
    return pem.substr(from, pem.find('\n', from) - from);
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

TEST_CASE("a change leaves one file with the keys, the audit and nothing else, for us only") {
    const TempDir temp;
    const auto home = open_home(temp);
    const StoredKeys keys{stored_key(signet::KeyState::active, 1000),
                          stored_key(signet::KeyState::next, 1000)};
    REQUIRE(home->change(becoming_keys(keys)).has_value());
    CHECK(names_in(temp.path()) == kOurFiles);
    for (const std::string& name : kOurFiles) {
        CHECK(mode_of(temp.path() / name) == 0600);
    }
    CHECK(lines_in(temp.read("audit.jsonl")) == 1);
}

TEST_CASE("a revoked key's private part is deleted, and its life is not forgotten") {
    const TempDir temp;
    const auto home = open_home(temp);
    StoredKeys keys{stored_key(signet::KeyState::active, 1000),
                    stored_key(signet::KeyState::next, 1000)};
    REQUIRE(home->change(becoming_keys(keys)).has_value());
    const std::string secret = second_line(keys[1].private_part);
    CHECK(temp.read("keys.json").find(secret) != std::string::npos);
    keys[1].life.state = signet::KeyState::revoked;
    keys[1].private_part.clear();
    REQUIRE(home->change(becoming_keys(keys)).has_value());
    for (const std::string& name : names_in(temp.path())) {
        CHECK(temp.read(name).find(secret) == std::string::npos);
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
        killed = is_killed_at(at, [&](const auto& step) {
            return open_home(temp, step)->change(becoming_keys(after)).has_value();
        });
        kills += killed ? 1 : 0;
        const auto home = open_home(temp);
        const StoredKeys found = loaded(*home).keys;
        const bool happened = found == after;
        CHECK((happened || found == before));
        CHECK(home->find_faults(DirectoryHome::Strays::are_faults).empty());
        CHECK(lines_in(temp.read("audit.jsonl")) == (happened ? 2 : 1));
        CHECK(names_in(temp.path()) == kOurFiles);
        REQUIRE(home->change(becoming_keys(after)).has_value());
        CHECK(loaded(*home).keys == after);
    }
    CHECK(kills >= 7);
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

TEST_CASE("a file that is exchanged or damaged is refused by name") {
    const TempDir temp;
    const auto home = open_home(temp);
    const StoredKey ours = stored_key(signet::KeyState::active, 1000);
    REQUIRE(home->change(becoming_keys({ours})).has_value());
    const std::string text = temp.read("keys.json");
    const std::string other = stored_key(signet::KeyState::active, 1000).private_part;
    for (const std::string& bad :
         {std::string(), std::string("{}"), text.substr(0, text.size() / 2),
          replaced_once(text, "removeAfter", "removeafter"),
          replaced_once(text, R"("version":2)", R"("version":3)"),
          replaced_once(text, json_quote(ours.private_part), json_quote(other)),
          replaced_once(text, R"("kid":")" + ours.life.kid, R"("kid":"other)")}) {
        CAPTURE(bad);
        temp.write("keys.json", bad);
        CHECK(says(home->load().error().log_detail, "keys.json"));
        CHECK(says(only_error(load_key_files({temp.str()})), "keys.json"));
    }
    temp.write("keys.json", text);
    CHECK(home->load().has_value());
    std::filesystem::permissions(temp.path() / "keys.json", std::filesystem::perms(0644));
    CHECK(says(home->load().error().log_detail, "chmod 600"));
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

TEST_CASE("one key under a kid of ours and a predecessor's has two rows, and rotates") {
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

TEST_CASE("a file with two active keys is damaged") {
    const TempDir temp;
    const auto home = open_home(temp);
    const StoredKeys keys{stored_key(signet::KeyState::active, 1000),
                          stored_key(signet::KeyState::next, 1000)};
    REQUIRE(home->change(becoming_keys(keys)).has_value());
    temp.write("keys.json",
               replaced_once(temp.read("keys.json"), R"("state":"next")", R"("state":"active")"));
    CHECK(says(home->load().error().log_detail, "two keys are active"));
}
