#include "cli/keys.hpp"

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

// The commands over keys in memory. ES256, because it takes no time to make.
class KeyBench {
public:
    explicit KeyBench(bool yes = true) : command{admin, io, yes} {}

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
    KeyBench bench;
    CHECK(keys_list({row_of_a_retired_key()}, true, bench.io) == signet::kExitOk);
    CHECK(bench.take_out() ==
          "[\n  {\"kid\":\"k\",\"alg\":\"RS256\",\"bits\":2048,\"state\":\"retired\","
          "\"createdAt\":\"2027-01-15T08:00:00Z\",\"publishedAt\":\"2027-01-15T08:00:00Z\","
          "\"activeAfter\":\"2027-01-15T09:00:00Z\",\"retiredAt\":\"2027-01-15T10:46:40Z\","
          "\"removeAfter\":\"2027-01-15T11:03:40Z\"}\n]\n");
}

TEST_CASE("keys list shows times that there are none of as null, and in the table as a dash") {
    KeyBench bench;
    keys::KeyRow row;
    row.life.kid = "k";
    CHECK(keys_list({row}, true, bench.io) == signet::kExitOk);
    CHECK(holds(bench.take_out(),
                "\"createdAt\":null,\"publishedAt\":null,\"activeAfter\":null,"
                "\"retiredAt\":null,\"removeAfter\":null"));
    CHECK(keys_list({row}, false, bench.io) == signet::kExitOk);
    CHECK(holds(bench.take_out(), "next"));
}

TEST_CASE("keys list without keys is an empty array") {
    KeyBench bench;
    CHECK(keys_list({}, true, bench.io) == signet::kExitOk);
    CHECK(bench.take_out() == "[]\n");
}

TEST_CASE("keys that cannot be used exit with 78 and say everything") {
    KeyBench bench;
    CHECK(report_unusable_keys({"keys/a.pem is empty.", "keys/b.pem is readable by others."},
                               bench.io) == signet::kExitUnusableConfig);
    CHECK(bench.take_err() ==
          "signet: keys/a.pem is empty.\nsignet: keys/b.pem is readable by others.\n");
}

TEST_CASE("without --yes a change is only told, and succeeds") {
    KeyBench bench(false);
    CHECK(keys_stage(bench.command, std::nullopt) == signet::kExitOk);
    CHECK(holds(bench.take_out(), "--yes"));
    CHECK(bench.table->keys.empty());
}

TEST_CASE("with --yes a change is made, and its audit names the user") {
    KeyBench bench;
    CHECK(keys_stage(bench.command, std::nullopt) == signet::kExitOk);
    CHECK_FALSE(holds(bench.take_out(), "--yes"));
    CHECK(bench.life(KeyState::active).alg == "ES256");
    REQUIRE(bench.table->audit.size() == 1);
    CHECK(bench.table->audit[0].actor == "cli:tester");
}

TEST_CASE("an algorithm that is asked for goes before the configured one") {
    KeyBench bench;
    CHECK(keys_stage(bench.command, "EdDSA") == signet::kExitOk);
    CHECK(bench.life(KeyState::active).alg == "EdDSA");
}

TEST_CASE("a next key of another algorithm than was asked for is replaced in one change") {
    KeyBench bench;
    keys_stage(bench.command, std::nullopt);
    keys_stage(bench.command, std::nullopt);
    const std::string es256 = bench.life(KeyState::next).kid;
    CHECK(keys_stage(bench.command, "ES256") == signet::kExitOk);
    CHECK(bench.life(KeyState::next).kid == es256);
    const std::uint64_t epoch = bench.table->epoch;
    CHECK(keys_stage(bench.command, "EdDSA") == signet::kExitOk);
    CHECK(bench.life(KeyState::next).alg == "EdDSA");
    CHECK(bench.table->keys.size() == 2);
    CHECK(bench.table->epoch == epoch + 1);
}

TEST_CASE("a key that is too young is promoted by force only") {
    KeyBench bench;
    keys_stage(bench.command, std::nullopt);
    keys_stage(bench.command, std::nullopt);
    const std::string next = bench.life(KeyState::next).kid;
    REQUIRE_FALSE(next.empty());
    CHECK(keys_promote(bench.command, false) == signet::kExitFailed);
    CHECK(holds(bench.take_err(), "3600"));
    CHECK(bench.life(KeyState::next).kid == next);
    CHECK(keys_promote(bench.command, true) == signet::kExitOk);
    CHECK(bench.life(KeyState::active).kid == next);
}

TEST_CASE("retire takes a next key back, and nothing else") {
    KeyBench bench;
    keys_stage(bench.command, std::nullopt);
    keys_stage(bench.command, std::nullopt);
    CHECK(keys_retire(bench.command, bench.life(KeyState::next).kid) == signet::kExitOk);
    CHECK(bench.table->keys.size() == 1);
    CHECK(keys_retire(bench.command, bench.life(KeyState::active).kid) == signet::kExitFailed);
    CHECK(bench.table->keys.size() == 1);
}

TEST_CASE("revoke says who has to be restarted, and for how long a key lives on elsewhere") {
    KeyBench bench;
    keys_stage(bench.command, std::nullopt);
    const std::string stolen = bench.life(KeyState::active).kid;
    bench.take_out();
    CHECK(keys_revoke(bench.command, stolen) == signet::kExitOk);
    const std::string said = bench.take_out();
    CHECK(holds(said, "Restart every Hasura"));
    CHECK(holds(said, "360 s"));
    CHECK(bench.life(KeyState::revoked).kid == stolen);
    CHECK_FALSE(bench.life(KeyState::active).kid.empty());
}

TEST_CASE("rewrap fails when it leaves a key as it was, and says which") {
    KeyBench bench;
    keys_stage(bench.command, std::nullopt);
    bench.table->keys.front().private_part = "sealed under another key";
    const std::string kid = bench.table->keys.front().life.kid;
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
    keys::KeyAdmin admin{bench.fake, sealed, {}, {}};
    CHECK(keys_rewrap({admin, bench.io, true}) == signet::kExitFailed);
    CHECK(holds(bench.take_err(), kid));
}

TEST_CASE("a home that is away fails the command with its reason") {
    KeyBench bench;
    bench.fake.set_outage(Errc::store_unavailable);
    CHECK(keys_stage(bench.command, std::nullopt) == signet::kExitFailed);
    CHECK(holds(bench.take_err(), "Database unavailable"));
}

TEST_CASE(
    "a private key from a file that nobody else can read becomes the next key, without --until") {
    const TempDir scratch;
    KeyBench bench;
    keys_stage(bench.command, std::nullopt);
    const auto key = tokens::KeyPair::generate("ES256");
    REQUIRE(key);
    const std::string file = scratch.write("key.pem", key->to_private_pem().value());
    CHECK(keys_import(bench.command, {file, "14d", {}}, 0) == signet::kExitWrongUsage);
    std::filesystem::permissions(file, std::filesystem::perms(0604));
    CHECK(keys_import(bench.command, {file, {}, {}}, 0) == signet::kExitUnusableConfig);
    CHECK(holds(bench.take_err(), "key.pem can be read by others"));
    std::filesystem::permissions(file, std::filesystem::perms(0600));
    CHECK(keys_import(bench.command, {file, {}, {}}, 0) == signet::kExitOk);
    CHECK(bench.life(KeyState::next).kid == key->thumbprint());
}

TEST_CASE("a predecessor's public key needs --until, and may have a kid of its own") {
    const TempDir scratch;
    KeyBench bench;
    keys_stage(bench.command, std::nullopt);
    const auto key = tokens::KeyPair::generate("ES256");
    REQUIRE(key);
    const std::string file = scratch.write("key.pem", key->to_public_pem().value());
    const std::int64_t now_s = bench.table->now_s;
    CHECK(keys_import(bench.command, {file, {}, {}}, now_s) == signet::kExitWrongUsage);
    CHECK(keys_import(bench.command, {file, "yesterday", {}}, now_s) == signet::kExitWrongUsage);
    CHECK(keys_import(bench.command, {file, "14d", "old-1"}, now_s) == signet::kExitOk);
    const KeyLife life = bench.life(KeyState::retired);
    CHECK(life.kid == "old-1");
    CHECK(life.foreign);
    CHECK(life.remove_after_s == now_s + 14 * 86400);
}

TEST_CASE("a file that cannot be read, and one that is no key, fail the import") {
    const TempDir scratch;
    KeyBench bench;
    CHECK(keys_import(bench.command, {scratch.path() / "none.pem", {}, {}}, 0) ==
          signet::kExitFailed);
    CHECK(holds(bench.take_err(), "No such file"));
    const std::string file = scratch.write("text", "no key");
    CHECK(keys_import(bench.command, {file, "1d", {}}, 0) == signet::kExitUnusableConfig);
    CHECK(holds(bench.take_err(), file));
}

TEST_CASE("export without keys fails instead of printing a set that is empty") {
    KeyBench bench;
    CHECK(keys_export({}, bench.io) == signet::kExitFailed);
    CHECK(bench.take_out().empty());
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
