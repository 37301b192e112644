#include "keys/directory_home.hpp"
#include "support/bad_keys.hpp"
#include "support/key_files.hpp"
#include "support/stored_pairs.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace signet::keys;
using namespace signet::tokens;
using namespace signet::test;
using signet::KeyState;
using signet::StoredKey;

namespace {

using Judged = DirectoryHome::Judged;
using Strays = DirectoryHome::Strays;

// The active key of a row, with a private part of our choice under the name of the row's.
StoredKey row_of(EVP_PKEY* key) {
    StoredKey stored = stored_key(KeyState::active, 1000);
    const auto pair = KeyPair::from_private_pem(pkcs8_pem(key));
    REQUIRE(pair.has_value());
    stored.life.kid = pair->thumbprint();
    stored.life.alg = pair->alg();
    stored.public_part = *pair->to_public_pem();
    stored.private_part = pkcs8_pem(key);
    return stored;
}

// A directory whose keys.json names the key.
std::unique_ptr<DirectoryHome> home_with(const TempDir& temp, const StoredKey& key) {
    DirectoryHomeOptions options;
    options.directory = temp.str();
    auto home = *DirectoryHome::open(std::move(options));
    REQUIRE(home->change(becoming_keys({key})).has_value());
    return home;
}

}  // namespace

TEST_CASE(
    "a key that keys.json names is looked at and tried at the start, and none that is weak stays") {
    for (const RsaShape& shape : {RsaShape{"RSA", 1024}, RsaShape{"RSA", 2048, 3}}) {
        const TempDir temp;
        const auto home = home_with(temp, row_of(make_rsa(shape).get()));
        for (const auto& faults : {home->judge(Strays::are_faults, Judged::by_use).faults,
                                   home->find_faults(Strays::are_faults)}) {
            REQUIRE(faults.size() == 1);
            CHECK(says(faults[0], shape.bits == 1024 ? "has 1024 bits" : "exponent"));
        }
    }
}

TEST_CASE("a sound key that keys.json names passes, whichever way it is judged") {
    const TempDir temp;
    const auto home = home_with(temp, row_of(key(0).handle()));
    CHECK(home->judge(Strays::are_faults, Judged::by_use).faults.empty());
    CHECK(home->find_faults(Strays::are_faults).empty());
}

TEST_CASE("a key that keys.json names, and that cannot verify what it signs, is refused by name") {
    for (const PkeyPtr& damaged : {make_composite_factor(), make_wrong_exponent()}) {
        const TempDir temp;
        const StoredKey key = row_of(damaged.get());
        home_with(temp, key);
        const std::string error = only_error(load_key_files({temp.str(), 2048}));
        CHECK(says(error, key.life.kid));
        CHECK(says(error, "cannot verify what it signs"));
    }
}

TEST_CASE("a predecessor's key goes through the gate at every start") {
    const TempDir temp;
    StoredKey foreign = row_of(make_rsa({"RSA", 1024}).get());
    foreign.life.state = KeyState::retired;
    foreign.life.retired_at_s = 1000;
    foreign.life.remove_after_s = 4'000'000'000;
    foreign.life.foreign = true;
    foreign.private_part.clear();
    DirectoryHomeOptions options;
    options.directory = temp.str();
    const auto home = *DirectoryHome::open(std::move(options));
    REQUIRE(home->change(becoming_keys({stored_key(KeyState::active, 1000), foreign})).has_value());
    const auto judgement = home->judge(Strays::are_faults, Judged::by_use);
    REQUIRE(judgement.faults.size() == 1);
    CHECK(says(judgement.faults[0], "has 1024 bits"));
}

TEST_CASE("a weak key that was put there by hand is refused whenever it is read") {
    const TempDir temp;
    DirectoryHomeOptions options;
    options.directory = temp.str();
    const auto home = *DirectoryHome::open(std::move(options));
    temp.write("mine.pem", pkcs8_pem(make_rsa({"RSA", 1024}).get()));
    const auto view = home->load();
    REQUIRE(view.has_error());
    CHECK(says(view.error().log_detail, "has 1024 bits"));
}
