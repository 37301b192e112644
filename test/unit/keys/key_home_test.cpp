#include "contract/key_home_suite.hpp"
#include "keys/directory_home.hpp"
#include "support/fake_key_home.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <memory>

using namespace signet::test;
using signet::KeyHome;

namespace {

class InDirectory {
public:
    std::unique_ptr<KeyHome> home() const {
        signet::keys::DirectoryHomeOptions options;
        options.directory = temp_.str();
        return *signet::keys::DirectoryHome::open(std::move(options));
    }

private:
    TempDir temp_;
};

class InMemory {
public:
    std::unique_ptr<KeyHome> home() const { return std::make_unique<FakeKeyHome>(table_); }

private:
    std::shared_ptr<FakeKeyTable> table_ = std::make_shared<FakeKeyTable>();
};

template <class Place>
void run(void (*check)(const HomeFactory&, const signet::keys::KeyCodec&)) {
    const Place place;
    check([&place] { return place.home(); }, signet::keys::PlainCodec());
}

}  // namespace

TEST_CASE_TEMPLATE("a home of keys starts empty", Place, InDirectory, InMemory) {
    run<Place>(&check_starts_empty);
}

TEST_CASE_TEMPLATE("a home of keys keeps what it is given, for everybody", Place, InDirectory,
                   InMemory) {
    run<Place>(&check_keeps_what_it_is_given);
}

TEST_CASE_TEMPLATE("the epoch of a home tells of changes by others", Place, InDirectory, InMemory) {
    run<Place>(&check_epoch_tells_of_changes);
}

TEST_CASE_TEMPLATE("an edit without a row for the audit changes nothing", Place, InDirectory,
                   InMemory) {
    run<Place>(&check_no_audit_means_no_change);
}

TEST_CASE_TEMPLATE("an edit that fails leaves the keys", Place, InDirectory, InMemory) {
    run<Place>(&check_an_error_leaves_the_keys);
}

TEST_CASE_TEMPLATE("how long tokens live is raised for everybody who shares the keys", Place,
                   InDirectory, InMemory) {
    run<Place>(&check_lifetimes_are_raised);
}

TEST_CASE_TEMPLATE("a home refuses two active keys", Place, InDirectory, InMemory) {
    run<Place>(&check_two_active_keys_are_refused);
}

TEST_CASE_TEMPLATE("of ten that change at once, each sees what the one before left", Place,
                   InDirectory, InMemory) {
    run<Place>(&check_ten_at_once_make_one_change);
}
