#include "support/admin_fixture.hpp"

#include <signet/service/user_import.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace signet;

namespace {

struct ListSource final : UserSource {
    explicit ListSource(std::vector<ForeignUser> some) : users(std::move(some)) {}
    Result<std::optional<SourceRow>> next() override {
        if (at == users.size()) {
            return std::optional<SourceRow>();
        }
        ++at;
        return std::optional(SourceRow{at, users[at - 1], {}});
    }
    std::vector<ForeignUser> users;
    std::size_t at = 0;
};

// Keeps names only, as the table would.
struct FakeUserImport final : UserImport {
    Result<std::vector<ImportVerdict>> look(std::span<const ImportedUser> some) override {
        std::vector<ImportVerdict> verdicts;
        for (const ImportedUser& user : some) {
            const auto taken = [&](const std::optional<Text>& name) {
                return name && names.contains(name->str());
            };
            verdicts.push_back({taken(user.username) ? ImportOutcome::username_taken
                                : taken(user.email)  ? ImportOutcome::email_taken
                                                     : ImportOutcome::added});
        }
        return verdicts;
    }
    Result<std::vector<ImportVerdict>> add(std::span<const ImportedUser> some, std::string_view,
                                           std::string_view) override {
        batches.push_back(some.size());
        auto verdicts = look(some);
        for (std::size_t i = 0; i < some.size(); ++i) {
            if ((*verdicts)[i].outcome == ImportOutcome::added) {
                users.push_back(some[i]);
                for (const auto& name : {some[i].username, some[i].email}) {
                    if (name) {
                        names.insert(name->str());
                    }
                }
            }
        }
        return verdicts;
    }
    std::vector<ImportedUser> users;
    std::set<std::string> names;
    std::vector<std::size_t> batches;
};

struct ImportFixture : test::AdminPortsFixture {
    ImportTotals run(std::vector<ForeignUser> some, ImportOrder order = {.source = "test"}) {
        ListSource source(std::move(some));
        skipped.clear();
        const auto totals =
            import_users(source, order,
                         {import, store,
                          [](std::string_view stored) {
                              return stored.starts_with("old:")
                                         ? std::nullopt
                                         : std::optional<std::string>("it is of no known form");
                          },
                          random},
                         policy,
                         {[this](const SkippedRow& row) { skipped[row.number] = row.code; },
                          [](const ImportTotals&) {}});
        REQUIRE(totals.has_value());
        return *totals;
    }
    bool has_role(std::string_view name) {
        const auto rows = store.list_roles(std::nullopt, 100);
        return std::ranges::find(*rows, name, &RoleRow::name) != rows->end();
    }

    FakeUserImport import;
    std::map<std::uint64_t, std::string> skipped;
};

ForeignUser named(std::string name) {
    ForeignUser user;
    user.username = std::move(name);
    return user;
}

ForeignUser with(std::string name, void (*change)(ForeignUser&)) {
    ForeignUser user = named(std::move(name));
    change(user);
    return user;
}

}  // namespace

TEST_CASE("a user is imported with what the source knows of it") {
    ImportFixture fixture;
    ForeignUser ada;
    ada.id = "00000000-0000-4000-8000-000000000001";
    ada.username = " Ada ";
    ada.email = "Ada@Example.org";
    ada.email_verified = true;
    ada.password_hash = "old:secret";
    ada.active = false;
    ada.metadata = R"({"a":1})";
    ada.created_at_s = 5;
    const auto totals = fixture.run({ada, named("bob")});
    CHECK(totals.imported == 2);
    REQUIRE(fixture.import.users.size() == 2);
    const ImportedUser& user = fixture.import.users.front();
    CHECK(user.id.str() == *ada.id);
    CHECK(user.has_id);
    CHECK(user.username->view() == "Ada");
    CHECK(user.email->view() == "Ada@Example.org");
    CHECK(user.email_proven);
    CHECK(user.password_hash.view() == "old:secret");
    CHECK_FALSE(user.active);
    CHECK(user.metadata.view() == R"({"a":1})");
    CHECK(user.created_at_s == 5);
    CHECK_FALSE(fixture.import.users.back().has_id);
}

TEST_CASE("names that a signup would refuse are imported if they do no harm") {
    ImportFixture fixture;
    CHECK(fixture
              .run({named("x"), named("admin"), named("Zo\u00eb M\u00fcller"), named("a@b"),
                    named(std::string(255, 'n'))})
              .imported == 5);
}

TEST_CASE(
    "each user who cannot be imported is told with its row and a reason, and the others are") {
    ImportFixture fixture;
    const auto totals = fixture.run({
        named(" "),
        named("line\nbreak"),
        named("00000000-0000-4000-8000-000000000001"),
        named(std::string(256, 'n')),
        named("\xff"),
        with("mail", [](ForeignUser& user) { user.email = "mail"; }),
        with("space", [](ForeignUser& user) { user.email = "a b@example.org"; }),
        with("id", [](ForeignUser& user) { user.id = "17"; }),
        with("hash", [](ForeignUser& user) { user.password_hash = "md5:x"; }),
        with("meta", [](ForeignUser& user) { user.metadata = "[]"; }),
        with("large",
             [](ForeignUser& user) {
                 user.metadata = "{\"a\":\"" + std::string(70'000, 'x') + "\"}";
             }),
        with("role", [](ForeignUser& user) { user.roles = {"editor"}; }),
        with("boss", [](ForeignUser& user) { user.roles = {"admin"}; }),
        with("bell", [](ForeignUser& user) { user.roles = {"\a"}; }),
        named("good"),
    });
    CHECK(totals.imported == 1);
    CHECK(totals.skipped == 14);
    const std::vector<std::string> codes{"no-name",          "invalid-username", "invalid-username",
                                         "invalid-username", "invalid-username", "invalid-email",
                                         "invalid-email",    "invalid-id",       "unreadable-hash",
                                         "invalid-metadata", "invalid-metadata", "unknown-role",
                                         "admin-role",       "invalid-role"};
    for (std::size_t i = 0; i < codes.size(); ++i) {
        CAPTURE(i);
        CHECK(fixture.skipped[i + 1] == codes[i]);
    }
}

TEST_CASE("roles are created when that was asked for, and the default role always") {
    ImportFixture fixture;
    const auto editor = with("ada", [](ForeignUser& user) {
        user.default_role = "editor";
        user.roles = {"user", "editor"};
    });
    const auto plain = with("bob", [](ForeignUser& user) { user.roles = {"user"}; });
    CHECK(fixture.run({editor, plain}).imported == 1);
    CHECK(fixture.has_role("user"));
    CHECK_FALSE(fixture.has_role("editor"));
    CHECK(fixture.run({editor}, {.source = "test", .create_roles = true}).imported == 1);
    CHECK(fixture.has_role("editor"));
    CHECK(fixture.import.users.back().default_role->view() == "editor");
    CHECK(fixture.import.users.back().roles.size() == 2);
}

TEST_CASE("the role admin is created only where AUTH_ALLOW_ADMIN_ROLE lets it be") {
    ImportFixture fixture;
    const auto boss = with("ada", [](ForeignUser& user) { user.roles = {"admin"}; });
    const ImportOrder order{.source = "test", .create_roles = true};
    CHECK(fixture.run({boss}, order).skipped == 1);
    CHECK_FALSE(fixture.has_role("admin"));
    fixture.policy.allow_admin = true;
    CHECK(fixture.run({boss}, order).imported == 1);
}

TEST_CASE(
    "a dry run adds nothing and creates no role, and knows what would clash within the source") {
    ImportFixture fixture;
    auto ada = named("ada");
    ada.roles = {"editor"};
    auto eve = named("eve");
    eve.email = "bob@example.org";
    auto bob = named("Bob@example.org");
    const auto totals = fixture.run({ada, named("Ada"), eve, bob},
                                    {.source = "test", .dry_run = true, .create_roles = true});
    CHECK(totals.imported == 2);
    CHECK(fixture.skipped ==
          std::map<std::uint64_t, std::string>{{2, "username-taken"}, {4, "username-taken"}});
    CHECK(fixture.import.users.empty());
    CHECK_FALSE(fixture.has_role("editor"));
}

TEST_CASE("users who share a name are never in one batch, and batches are bounded") {
    ImportFixture fixture;
    std::vector<ForeignUser> many;
    for (std::size_t i = 0; i < 2 * kImportBatch; ++i) {
        many.push_back(named("user-" + std::to_string(i)));
    }
    const std::string last = std::to_string(2 * kImportBatch - 1);
    many.push_back(named("user-5"));
    many.push_back(named("User-" + last));
    many.push_back(named("user-" + last));
    const auto totals = fixture.run(many);
    CHECK(fixture.import.batches == std::vector<std::size_t>{kImportBatch, kImportBatch, 2, 1});
    CHECK(totals.rows == many.size());
    CHECK(totals.skipped == 2);
}
