#include "service/tickets.hpp"
#include "support/admin_fixture.hpp"

#include <signet/service/admin.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace signet;
using namespace signet::test;

namespace {

constexpr const char* kPassword = "correct horse battery";

struct Administration : AdminPortsFixture {
    Account create(const std::string& username) {
        const auto names = check_names(username, std::nullopt);
        REQUIRE(names.has_value());
        const auto account = create_user(*names, kPassword, ports, policy);
        REQUIRE(account.has_value());
        return *account;
    }
};

}  // namespace

TEST_CASE("an operator's new user is held to the rules of a signup") {
    CHECK(check_names("a..b", "ada@nowhere").error().fields.size() == 2);
    CHECK(check_names(std::nullopt, std::nullopt).error().errc == Errc::invalid_input);
    CHECK(check_names(std::nullopt, "ada@example.com")->email->str() == "ada@example.com");

    Administration admin;
    const auto names = check_names("ada", std::nullopt);
    CHECK(create_user(*names, "weak", admin.ports, admin.policy).error().errc ==
          Errc::invalid_input);
    CHECK(admin.tables->users.empty());
    CHECK(admin.hasher.hashes == 0);
    const auto account = create_user(*names, kPassword, admin.ports, admin.policy);
    REQUIRE(account.has_value());
    CHECK(account->roles == std::vector<std::string>{"user"});
    CHECK(create_user(*names, kPassword, admin.ports, admin.policy).error().errc ==
          Errc::username_taken);
}

TEST_CASE("an operator's new password is judged, and a weak one changes nothing") {
    Administration admin;
    const Account ada = admin.create("ada");
    CHECK(set_password(ada, "weak", admin.ports).error().errc == Errc::invalid_input);
    CHECK(admin.tables->users.at(0).password == std::string("new:") + kPassword);
    CHECK(set_password(ada, "another good one", admin.ports).has_value());
    CHECK(admin.tables->users.at(0).password == "new:another good one");
}

TEST_CASE("every use case about a user says that it is unknown, and does nothing") {
    Administration admin;
    admin.create("ada");
    for (const char* name : {"bob", "\xFF", "", "0f3b0c7e-3a51-4a0a-9d39-0f6f2f1d0001"}) {
        CAPTURE(name);
        CHECK(set_active(name, false, admin.ports).error().errc == Errc::user_not_found);
        CHECK(delete_user(name, admin.ports).error().errc == Errc::user_not_found);
        CHECK(grant_roles(name, {"user"}, admin.ports, admin.policy).error().errc ==
              Errc::user_not_found);
        CHECK(revoke_roles(name, {"user"}, admin.ports).error().errc == Errc::user_not_found);
        CHECK(rename_user(name, "countess", admin.ports).error().errc == Errc::user_not_found);
        CHECK(set_email(name, std::nullopt, admin.ports).error().errc == Errc::user_not_found);
        CHECK(list_sessions(name, admin.ports).error().errc == Errc::user_not_found);
        CHECK(end_sessions(name, admin.ports).error().errc == Errc::user_not_found);
        CHECK(claims_of(name, admin.ports, admin.policy).error().errc == Errc::user_not_found);
    }
    CHECK(admin.tables->users.at(0).active == true);
    CHECK(admin.tables->grants.size() == 1);
}

TEST_CASE("the role admin is neither created nor granted unless the policy allows it") {
    Administration admin;
    admin.create("ada");
    admin.tables->roles.emplace_back("admin");
    CHECK(create_role("admin", admin.store, admin.policy).error().errc == Errc::admin_role_refused);
    CHECK(grant_roles("ada", {"admin"}, admin.ports, admin.policy).error().errc ==
          Errc::admin_role_refused);
    CHECK(admin.tables->grants.size() == 1);
    admin.policy.allow_admin = true;
    CHECK(grant_roles("ada", {"admin"}, admin.ports, admin.policy)->account.username == "ada");
    CHECK(admin.tables->grants.size() == 2);
    // Taking it away is never refused.
    admin.policy.allow_admin = false;
    CHECK(revoke_roles("ada", {"admin"}, admin.ports).has_value());
}

TEST_CASE("a role that no token can carry is not created, and text that is none names no role") {
    Administration admin;
    admin.create("ada");
    CHECK(create_role("a\nb", admin.store, admin.policy).error().errc == Errc::invalid_input);
    CHECK(delete_role("\xFF", admin.store).error().errc == Errc::role_not_found);
    CHECK(revoke_roles("ada", {"\xFF"}, admin.ports).error().errc == Errc::role_not_found);
}

TEST_CASE("an inactive user gets neither roles nor claims") {
    Administration admin;
    admin.create("ada");
    admin.reader.claims = R"({"x-hasura-org":7})";
    const auto active = claims_of("ada", admin.ports, admin.policy);
    REQUIRE(active.has_value());
    CHECK(active->roles.names == std::vector<std::string>{"user"});
    CHECK(active->custom.at(0).name == "x-hasura-org");
    REQUIRE(set_active("ada", false, admin.ports).has_value());
    const auto inactive = claims_of("ada", admin.ports, admin.policy);
    REQUIRE(inactive.has_value());
    CHECK_FALSE(inactive->account.active);
    CHECK(inactive->roles.names.empty());
    CHECK(inactive->custom.empty());
}

namespace {

struct Invitations : Administration {
    Result<Account> invite(const std::string& address, std::vector<std::string> roles = {}) {
        return invite_user({address, std::move(roles), "de"}, ports, sealer, policy, mail);
    }
    PlainSealer sealer;
    MailPolicy mail;
};

}  // namespace

TEST_CASE("an invitation makes a user without a password, a ticket and a mail that holds it") {
    Invitations admin;
    admin.tables->roles.emplace_back("editor");
    const auto ada = admin.invite(" ada@example.org ", {"editor", "editor"});
    REQUIRE(ada.has_value());
    CHECK(ada->email == "ada@example.org");
    CHECK(ada->active);
    CHECK(ada->password_hash.empty());
    CHECK(admin.tables->users.at(0).password == std::nullopt);
    CHECK(admin.tables->grants.size() == 2);
    REQUIRE(admin.tables->tickets.size() == 1);
    const NewTicket& ticket = admin.tables->tickets[0].ticket;
    CHECK(ticket.user == ada->id);
    CHECK(ticket.purpose == TicketPurpose::accept_invitation);
    CHECK(ticket.address.str() == "ada@example.org");
    CHECK(ticket.lifetime_s == 7 * 86400);
    REQUIRE(admin.tables->outbox.size() == 1);
    const NewOutboxRow& row = admin.tables->outbox[0].row;
    CHECK(row.kind == OutboxKind::mail);
    CHECK(row.name.str() == "invitation");
    CHECK(row.user == ada->id);
    CHECK(row.recipient->str() == "ada@example.org");
    const auto values = admin.sealer.open_message(row.body.view(), row.id);
    REQUIRE(values.has_value());
    CHECK(values->at("address") == "ada@example.org");
    CHECK(values->at("language") == "de");
    CHECK(values->at("seconds") == "604800");
    CHECK(ticket_hash(values->at("ticket")) == ticket.hash);
}

TEST_CASE("an address that is known or wrong, or a role that is, is not invited") {
    Invitations admin;
    REQUIRE(admin.invite("ada@example.org").has_value());
    CHECK(admin.invite("ADA@example.org").error().errc == Errc::email_taken);
    CHECK(admin.invite("ada").error().errc == Errc::invalid_input);
    CHECK(admin.invite("bob@example.org", {"nothing"}).error().errc == Errc::role_not_found);
    CHECK(admin.invite("bob@example.org", {"admin"}).error().errc == Errc::admin_role_refused);
    CHECK(admin.tables->users.size() == 1);
    CHECK(admin.tables->outbox.size() == 1);
}
