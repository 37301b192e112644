#include <signet/domain/role.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

using signet::new_role_name;
using signet::RolePolicy;
using Names = std::vector<std::string>;

namespace {

signet::Account account_with(Names roles, std::optional<std::string> default_role = std::nullopt) {
    signet::Account account{*signet::UserId::parse("0123abcd-4567-89ab-cdef-0123456789ab"),
                            "ann",
                            {},
                            {},
                            true,
                            std::move(default_role),
                            std::move(roles),
                            0,
                            {}};
    return account;
}

const RolePolicy kPolicy{"user", "", false};
const RolePolicy kNoDefault{"", "", false};

}  // namespace

TEST_CASE("roles are sorted bytewise, without duplicates, and hold the default role") {
    const auto roles =
        signet::effective_roles(account_with({"writer", "Zoo", "user", "writer"}), kPolicy);
    REQUIRE(roles.has_value());
    CHECK(roles.value().names == Names{"Zoo", "user", "writer"});
    CHECK(roles.value().default_role == "user");
}

TEST_CASE("a user without any row has the default role") {
    const auto roles = signet::effective_roles(account_with({}), kPolicy);
    REQUIRE(roles.has_value());
    CHECK(roles.value().names == Names{"user"});
}

TEST_CASE("the user's own default role holds when the user has it") {
    const auto roles = signet::effective_roles(account_with({"editor"}, "editor"), kPolicy);
    REQUIRE(roles.has_value());
    CHECK(roles.value().default_role == "editor");
}

TEST_CASE("an own default role that the user has not got gives way to the policy's") {
    const auto roles = signet::effective_roles(account_with({"editor"}, "owner"), kPolicy);
    REQUIRE(roles.has_value());
    CHECK(roles.value().default_role == "user");
    CHECK_FALSE(roles.value().contains("owner"));
}

TEST_CASE("without a default role in the policy the first role is the default") {
    const auto roles = signet::effective_roles(account_with({"writer", "editor"}), kNoDefault);
    REQUIRE(roles.has_value());
    CHECK(roles.value().names == Names{"editor", "writer"});
    CHECK(roles.value().default_role == "editor");
}

TEST_CASE("nobody signs in without a role") {
    const auto roles = signet::effective_roles(account_with({}), kNoDefault);
    REQUIRE(roles.has_error());
    CHECK(roles.error().errc == signet::Errc::no_role);
}

TEST_CASE("admin is left out and reported where it is not allowed") {
    const auto roles = signet::effective_roles(account_with({"admin", "editor"}, "admin"), kPolicy);
    REQUIRE(roles.has_value());
    CHECK(roles.value().names == Names{"editor", "user"});
    CHECK(roles.value().default_role == "user");
    CHECK(roles.value().refused == Names{"admin"});
}

TEST_CASE(
    "admin with white space around it is left out like admin, and other cases are other roles") {
    const auto roles = signet::effective_roles(
        account_with({" admin", "admin ", "admin\xC2\xA0", "Admin", "administrator"}), kPolicy);
    REQUIRE(roles.has_value());
    CHECK(roles.value().names == Names{"Admin", "administrator", "user"});
    CHECK(roles.value().refused.size() == 3);
}

TEST_CASE("admin as the default role of the policy is refused as well") {
    const RolePolicy policy{"admin", "", false};
    CHECK(signet::effective_roles(account_with({}), policy).has_error());
}

TEST_CASE("admin stands in the set where the operator allows it") {
    const RolePolicy policy{"user", "", true};
    const auto roles = signet::effective_roles(account_with({"admin"}, "admin"), policy);
    REQUIRE(roles.has_value());
    CHECK(roles.value().names == Names{"admin", "user"});
    CHECK(roles.value().default_role == "admin");
}

TEST_CASE("empty names and names with control characters are left out and reported") {
    const auto roles =
        signet::effective_roles(account_with({"", "a\nb", "x\x7f", "fine"}), kPolicy);
    REQUIRE(roles.has_value());
    CHECK(roles.value().names == Names{"fine", "user"});
    CHECK(roles.value().refused == Names{"", "a\nb", "x\x7f"});
}

TEST_CASE("any other role name is passed on byte for byte") {
    const auto roles = signet::effective_roles(
        account_with({" Sp ace ", "\u00fcber", "Admin", "a,b", "{\"x\"}"}), kPolicy);
    REQUIRE(roles.has_value());
    CHECK(roles.value().names == Names{" Sp ace ", "Admin", "a,b", "user", "{\"x\"}", "\u00fcber"});
}

TEST_CASE("a role name is 1 to 255 bytes of UTF-8 without control characters") {
    CHECK(new_role_name("user").has_value());
    CHECK(new_role_name("\xC3\xA9 x").has_value());
    CHECK(new_role_name(std::string(255, 'r')).has_value());
    CHECK_FALSE(new_role_name("").has_value());
    CHECK_FALSE(new_role_name(std::string(256, 'r')).has_value());
    CHECK_FALSE(new_role_name("a\tb").has_value());
    CHECK_FALSE(new_role_name("\xFF").has_value());
}
