#include "contract/databases.hpp"
#include "contract/key_home_suite.hpp"
#include "support/printing.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

// Runs the suite of every key home on PostgreSQL, with keys that are sealed as in production.
namespace signet::test {
namespace {

void run(void (*check)(const HomeFactory&, const keys::KeyCodec&)) {
    const PgDatabase database;
    auto sealer = keys::Sealer::make({std::string(keys::kKekBytes, 'k')});
    REQUIRE(sealer.has_value());
    check([&database] { return store::make_key_home(database.options()); },
          keys::SealedCodec(std::move(*sealer)));
}

TEST_CASE("PostgreSQL starts without keys, like every key home") {
    run(&check_starts_empty);
}

TEST_CASE("PostgreSQL keeps sealed keys as they are given, for everybody") {
    run(&check_keeps_what_it_is_given);
}

TEST_CASE("how long tokens live is raised in PostgreSQL for everybody who shares the keys") {
    run(&check_lifetimes_are_raised);
}

TEST_CASE("the epoch of PostgreSQL tells of changes by others") {
    run(&check_epoch_tells_of_changes);
}

TEST_CASE("an edit of PostgreSQL without a row for the audit changes nothing") {
    run(&check_no_audit_means_no_change);
}

TEST_CASE("an edit of PostgreSQL that fails leaves the keys") {
    run(&check_an_error_leaves_the_keys);
}

TEST_CASE("PostgreSQL refuses two active keys") {
    run(&check_two_active_keys_are_refused);
}

TEST_CASE("each of ten concurrent changes of PostgreSQL sees what the previous one left") {
    run(&check_ten_at_once_make_one_change);
}

TEST_CASE("PostgreSQL refuses a private key in the clear, by a rule of the database") {
    const PgDatabase database;
    const auto home = store::make_key_home(database.options());
    const auto plain = stored_key(KeyState::active, loaded(*home).now_s);
    const auto changed = home->change(becoming_keys({plain}));
    REQUIRE(changed.has_error());
    CHECK(loaded(*home).keys.empty());
}

}  // namespace
}  // namespace signet::test
