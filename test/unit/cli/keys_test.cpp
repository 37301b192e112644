#include "cli/keys.hpp"

#include "cli/times.hpp"
#include "config/load.hpp"
#include "keys/stored_keys.hpp"
#include "support/fake_key_home.hpp"
#include "support/printing.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>

using namespace signet;
using namespace signet::cli;
using namespace signet::config;
using signet::test::FakeKeyHome;
using signet::test::FakeKeyTable;
using signet::test::TempDir;

namespace {

// Runs the commands over keys in memory. They are ES256, because making one takes no time.
class KeyCommandFixture {
public:
    explicit KeyCommandFixture(bool yes = true) : command{admin, io, yes} {}

    std::string take_out() {
        std::string text = out.str();
        out.str({});
        return text;
    }
    std::string take_err() {
        std::string text = err.str();
        err.str({});
        return text;
    }
    KeyLife life(KeyState state) const {
        for (const StoredKey& key : table->keys) {
            if (key.life.state == state) {
                return key.life;
            }
        }
        return {};
    }

    std::shared_ptr<FakeKeyTable> table = std::make_shared<FakeKeyTable>();
    FakeKeyHome fake{table};
    keys::PlainCodec codec;
    keys::KeyAdmin admin{fake,
                         codec,
                         {.period_s = std::nullopt, .publish_ahead_s = 3600, .tokens_ttl_s = 900},
                         {.alg = "ES256", .rsa_bits = 2048},
                         {.actor = "cli:tester", .consumers_s = 360}};
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    CommandIo io{in, out, err};
    KeyCommand command;
};

bool holds(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

keys::KeyRow row_of_a_retired_key() {
    keys::KeyRow row;
    row.life.kid = "k";
    row.life.alg = "RS256";
    row.life.state = KeyState::retired;
    row.life.created_at_s = 1'800'000'000;
    row.life.published_at_s = 1'800'000'000;
    row.life.active_after_s = 1'800'003'600;
    row.life.retired_at_s = 1'800'010'000;
    row.life.remove_after_s = 1'800'011'020;
    row.bits = 2048;
    return row;
}

}  // namespace

TEST_CASE("keys list as JSON has the nine members of the contract") {
    KeyCommandFixture fixture;
    CHECK(keys_list({row_of_a_retired_key()}, true, fixture.io) == signet::kExitOk);
    CHECK(fixture.take_out() ==
          "[\n  {\"kid\":\"k\",\"alg\":\"RS256\",\"bits\":2048,\"state\":\"retired\","
          "\"createdAt\":\"2027-01-15T08:00:00Z\",\"publishedAt\":\"2027-01-15T08:00:00Z\","
          "\"activeAfter\":\"2027-01-15T09:00:00Z\",\"retiredAt\":\"2027-01-15T10:46:40Z\","
          "\"removeAfter\":\"2027-01-15T11:03:40Z\"}\n]\n");
}

TEST_CASE("keys list shows times that there are none of as null, and in the table as a dash") {
    KeyCommandFixture fixture;
    keys::KeyRow row;
    row.life.kid = "k";
    CHECK(keys_list({row}, true, fixture.io) == signet::kExitOk);
    CHECK(holds(fixture.take_out(),
                "\"createdAt\":null,\"publishedAt\":null,\"activeAfter\":null,"
                "\"retiredAt\":null,\"removeAfter\":null"));
    CHECK(keys_list({row}, false, fixture.io) == signet::kExitOk);
    CHECK(holds(fixture.take_out(), "next"));
}

TEST_CASE("keys list without keys is an empty array") {
    KeyCommandFixture fixture;
    CHECK(keys_list({}, true, fixture.io) == signet::kExitOk);
    CHECK(fixture.take_out() == "[]\n");
}

TEST_CASE("keys that cannot be used exit with 78 and say everything") {
    KeyCommandFixture fixture;
    CHECK(report_unusable_keys({"keys/a.pem is empty.", "keys/b.pem is readable by others."},
                               fixture.io) == signet::kExitUnusableConfig);
    CHECK(fixture.take_err() ==
          "signet: keys/a.pem is empty.\nsignet: keys/b.pem is readable by others.\n");
}

TEST_CASE("without --yes a change is only told, and succeeds") {
    KeyCommandFixture fixture(false);
    CHECK(keys_stage(fixture.command, std::nullopt) == signet::kExitOk);
    CHECK(holds(fixture.take_out(), "--yes"));
    CHECK(fixture.table->keys.empty());
}

TEST_CASE("with --yes a change is made, and its audit names the user") {
    KeyCommandFixture fixture;
    CHECK(keys_stage(fixture.command, std::nullopt) == signet::kExitOk);
    CHECK_FALSE(holds(fixture.take_out(), "--yes"));
    CHECK(fixture.life(KeyState::active).alg == "ES256");
    REQUIRE(fixture.table->audit.size() == 1);
    CHECK(fixture.table->audit[0].actor == "cli:tester");
}

TEST_CASE("an algorithm that is asked for goes before the configured one") {
    KeyCommandFixture fixture;
    CHECK(keys_stage(fixture.command, "EdDSA") == signet::kExitOk);
    CHECK(fixture.life(KeyState::active).alg == "EdDSA");
}

TEST_CASE("a next key of another algorithm than was asked for is replaced in one change") {
    KeyCommandFixture fixture;
    keys_stage(fixture.command, std::nullopt);
    keys_stage(fixture.command, std::nullopt);
    const std::string es256 = fixture.life(KeyState::next).kid;
    CHECK(keys_stage(fixture.command, "ES256") == signet::kExitOk);
    CHECK(fixture.life(KeyState::next).kid == es256);
    const std::uint64_t epoch = fixture.table->epoch;
    CHECK(keys_stage(fixture.command, "EdDSA") == signet::kExitOk);
    CHECK(fixture.life(KeyState::next).alg == "EdDSA");
    CHECK(fixture.table->keys.size() == 2);
    CHECK(fixture.table->epoch == epoch + 1);
}

TEST_CASE("a key that is too young is promoted by force only") {
    KeyCommandFixture fixture;
    keys_stage(fixture.command, std::nullopt);
    keys_stage(fixture.command, std::nullopt);
    const std::string next = fixture.life(KeyState::next).kid;
    REQUIRE_FALSE(next.empty());
    CHECK(keys_promote(fixture.command, false) == signet::kExitFailed);
    CHECK(holds(fixture.take_err(), "3600"));
    CHECK(fixture.life(KeyState::next).kid == next);
    CHECK(keys_promote(fixture.command, true) == signet::kExitOk);
    CHECK(fixture.life(KeyState::active).kid == next);
}

TEST_CASE("retire takes a next key back, and nothing else") {
    KeyCommandFixture fixture;
    keys_stage(fixture.command, std::nullopt);
    keys_stage(fixture.command, std::nullopt);
    CHECK(keys_retire(fixture.command, fixture.life(KeyState::next).kid) == signet::kExitOk);
    CHECK(fixture.table->keys.size() == 1);
    CHECK(keys_retire(fixture.command, fixture.life(KeyState::active).kid) == signet::kExitFailed);
    CHECK(fixture.table->keys.size() == 1);
}

TEST_CASE("revoke says who has to be restarted, and for how long a key lives on elsewhere") {
    KeyCommandFixture fixture;
    keys_stage(fixture.command, std::nullopt);
    const std::string stolen = fixture.life(KeyState::active).kid;
    fixture.take_out();
    CHECK(keys_revoke(fixture.command, stolen) == signet::kExitOk);
    const std::string said = fixture.take_out();
    CHECK(holds(said, "Restart every Hasura"));
    CHECK(holds(said, "360 s"));
    CHECK(fixture.life(KeyState::revoked).kid == stolen);
    CHECK_FALSE(fixture.life(KeyState::active).kid.empty());
}

TEST_CASE("rewrap fails when it leaves a key as it was, and says which") {
    KeyCommandFixture fixture;
    keys_stage(fixture.command, std::nullopt);
    fixture.table->keys.front().private_part = "sealed under another key";
    const std::string kid = fixture.table->keys.front().life.kid;
    class Sealed final : public keys::KeyCodec {
    public:
        Result<std::string> encode(const tokens::KeyPair&, std::string_view) const override {
            return Error(Errc::key_unusable, "not asked");
        }
        Result<tokens::KeyPair> decode(const StoredKey& key) const override {
            return Error(Errc::key_unusable, "the key " + key.life.kid + " does not open");
        }
        bool current(const StoredKey&) const override { return false; }
    };
    const Sealed sealed;
    keys::KeyAdmin admin{fixture.fake, sealed, {}, {}};
    CHECK(keys_rewrap({admin, fixture.io, true}) == signet::kExitFailed);
    CHECK(holds(fixture.take_err(), kid));
}

TEST_CASE("a home that is away fails the command with its reason") {
    KeyCommandFixture fixture;
    fixture.fake.set_outage(Errc::store_unavailable);
    CHECK(keys_stage(fixture.command, std::nullopt) == signet::kExitFailed);
    CHECK(holds(fixture.take_err(), "Database unavailable"));
}

TEST_CASE(
    "a private key from a file that nobody else can read becomes the next key, without --until") {
    const TempDir scratch;
    KeyCommandFixture fixture;
    keys_stage(fixture.command, std::nullopt);
    const auto key = tokens::KeyPair::generate("ES256");
    REQUIRE(key);
    const std::string file = scratch.write("key.pem", key->to_private_pem().value());
    CHECK(keys_import(fixture.command, {file, "14d", {}}, 0) == signet::kExitWrongUsage);
    std::filesystem::permissions(file, std::filesystem::perms(0604));
    CHECK(keys_import(fixture.command, {file, {}, {}}, 0) == signet::kExitUnusableConfig);
    CHECK(holds(fixture.take_err(), "key.pem can be read by others"));
    std::filesystem::permissions(file, std::filesystem::perms(0600));
    CHECK(keys_import(fixture.command, {file, {}, {}}, 0) == signet::kExitOk);
    CHECK(fixture.life(KeyState::next).kid == key->thumbprint());
}

TEST_CASE("a predecessor's public key needs --until, and may have a kid of its own") {
    const TempDir scratch;
    KeyCommandFixture fixture;
    keys_stage(fixture.command, std::nullopt);
    const auto key = tokens::KeyPair::generate("ES256");
    REQUIRE(key);
    const std::string file = scratch.write("key.pem", key->to_public_pem().value());
    const std::int64_t now_s = fixture.table->now_s;
    CHECK(keys_import(fixture.command, {file, {}, {}}, now_s) == signet::kExitWrongUsage);
    CHECK(keys_import(fixture.command, {file, "yesterday", {}}, now_s) == signet::kExitWrongUsage);
    CHECK(keys_import(fixture.command, {file, "14d", "old-1"}, now_s) == signet::kExitOk);
    const KeyLife life = fixture.life(KeyState::retired);
    CHECK(life.kid == "old-1");
    CHECK(life.foreign);
    CHECK(life.remove_after_s == now_s + 14 * 86400);
}

TEST_CASE("a file that cannot be read, and one that is no key, fail the import") {
    const TempDir scratch;
    KeyCommandFixture fixture;
    CHECK(keys_import(fixture.command, {scratch.path() / "none.pem", {}, {}}, 0) ==
          signet::kExitFailed);
    CHECK(holds(fixture.take_err(), "No such file"));
    const std::string file = scratch.write("text", "no key");
    CHECK(keys_import(fixture.command, {file, "1d", {}}, 0) == signet::kExitUnusableConfig);
    CHECK(holds(fixture.take_err(), file));
}

TEST_CASE("export without keys fails instead of printing a set that is empty") {
    KeyCommandFixture fixture;
    CHECK(keys_export({}, fixture.io) == signet::kExitFailed);
    CHECK(fixture.take_out().empty());
}

TEST_CASE("until is a duration from now or a date to come") {
    constexpr std::int64_t kNow = 1'800'000'000;  // 2027-01-15T08:00:00Z
    CHECK(read_until("14d", kNow) == kNow + 14 * 86400);
    CHECK(read_until("2027-01-16", kNow) == kNow + 16 * 3600);
    CHECK(read_until("2027-01-15T08:00:01Z", kNow) == kNow + 1);
    CHECK(read_until("2028-02-29", kNow).has_value());
    for (const char* text : {"2027-01-15", "2027-01-15T08:00:00Z", "2027-02-29", "2027-1-16", "",
                             "2027-01-16T24:00:00Z", "2027-01-16T08:00:00", "tomorrow", "0"}) {
        CAPTURE(text);
        CHECK_FALSE(read_until(text, kNow).has_value());
    }
}
