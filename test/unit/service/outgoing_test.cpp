#include "service/outgoing.hpp"

#include "service/tickets.hpp"
#include "support/test_app.hpp"

#include <signet/service/account.hpp>
#include <signet/service/recovery.hpp>
#include <signet/service/sessions.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace signet;
using signet::test::TestApp;
using signet::test::text;

// What goes out because of what users do.
namespace {

using Names = std::vector<std::string>;

constexpr auto kAddress = "ada@example.org";
const std::string kTicket(kTicketLength, 'A');

// A user who has signed up, with mail and events on.
struct Telling {
    TestApp app;
    Origin origin{.language = "de-CH"};
    SignedIn ada;

    Telling() {
        app.policy.mail.events = true;
        ada = sign_up().value();
    }

    Result<SignedIn> sign_up() {
        return signup({"ada", kAddress, "good"},
                      {app.store, app.store, app.sessions, app.sealer, app.hasher, app.judge,
                       app.tokens, app.random, app.throttle},
                      app.policy, app.clock.now);
    }
    Caller caller() {
        return authenticate({Credentials::Kind::bearer, ada.token}, {app.sessions, app.tokens},
                            app.policy.roles, app.clock.now)
            .value();
    }
    PasswordPorts passwords() {
        return {app.sessions, app.store,  app.hasher,      app.judge, app.throttle,
                app.sealer,   app.random, app.policy.mail, origin};
    }
    RefreshPorts refreshes() {
        return {app.sessions, app.sealer, app.tokens, app.random, app.policy.mail, origin};
    }
    TicketPorts tickets() { return {app.sessions, app.sealer, app.tokens, app.random, origin}; }
    void give(NewTicket ticket) {
        ticket.hash = ticket_hash(kTicket);
        app.tables->tickets.push_back({std::move(ticket), 0, app.tables->now_ms() + 3'600'000});
    }
    void give(TicketPurpose purpose) { give({ada.account.id, purpose, text(kAddress)}); }

    // Returns what waits in the outbox, and empties it. A mail comes with its address and language.
    Names sent() {
        Names names;
        for (const auto& [row, created, due, tries, failed, error, since, leased, sent] :
             std::exchange(app.tables->outbox, {})) {
            const auto values = app.sealer.open_message(row.body.str(), row.id).value();
            names.push_back(row.kind == OutboxKind::mail
                                ? row.name.str() + ' ' + row.recipient->str() + ' ' +
                                      values.at("language")
                                : row.name.str());
        }
        return names;
    }
};

}  // namespace

TEST_CASE("a signup, a new name and a deletion are told") {
    Telling telling;
    CHECK(telling.sent() == Names{"user.created"});
    CHECK_FALSE(telling.sign_up());
    CHECK(telling.sent().empty());
    const AccountPorts ports{telling.app.sessions, telling.app.sealer, telling.app.random,
                             telling.app.policy.mail};
    REQUIRE(change_account(telling.caller(), {"countess", {}}, ports));
    CHECK(telling.sent() == Names{"user.renamed"});
    CHECK_FALSE(delete_account(telling.caller(), "bad", telling.passwords()));
    CHECK(telling.sent().empty());
    REQUIRE(delete_account(telling.caller(), "good", telling.passwords()));
    CHECK(telling.sent() == Names{"user.deleted"});
}

TEST_CASE("a changed password is told to the user, in the language of the request, and to others") {
    Telling telling;
    telling.sent();
    CHECK_FALSE(change_password(telling.caller(), {"bad", "better"}, telling.passwords()));
    CHECK(telling.sent().empty());
    REQUIRE(change_password(telling.caller(), {"good", "better"}, telling.passwords()));
    CHECK(telling.sent() == Names{"password-changed ada@example.org de-CH", "password.changed"});
    telling.give(TicketPurpose::reset_password);
    REQUIRE(reset_password(kTicket, "best", telling.tickets(), telling.app.hasher,
                           telling.app.judge, telling.app.policy.mail));
    CHECK(telling.sent() == Names{"user.email-verified", "password-changed ada@example.org de-CH",
                                  "password.changed"});
}

TEST_CASE("a refresh token that is used again is told once, at a refresh as at a logout") {
    for (const bool at_logout : {false, true}) {
        Telling telling;
        REQUIRE(refresh(telling.ada.refresh_token, telling.refreshes(), telling.app.policy,
                        telling.app.clock.now));
        telling.sent();
        telling.app.tables->sessions.front().state.rotated_at_ms -= 31'000;
        for (int i = 0; i < 2; ++i) {
            if (at_logout) {
                CHECK_FALSE(logout(telling.ada.refresh_token, true, telling.refreshes(),
                                   telling.app.policy.sessions));
            } else {
                CHECK_FALSE(refresh(telling.ada.refresh_token, telling.refreshes(),
                                    telling.app.policy, telling.app.clock.now));
            }
        }
        CHECK(telling.sent() ==
              Names{"refresh-token-reused ada@example.org de-CH", "session.reuse"});
    }
}

TEST_CASE(
    "an address is told when it is proven for the first time, and when a proven one replaces it") {
    Telling telling;
    telling.sent();
    for (const Names& told : {Names{"user.email-verified"}, Names{}}) {
        telling.give(TicketPurpose::verify_email);
        REQUIRE(verify_email(kTicket, telling.tickets(), telling.app.policy.mail));
        CHECK(telling.sent() == told);
    }
    NewTicket change{telling.ada.account.id, TicketPurpose::change_email, text(kAddress)};
    change.new_address = text("new@example.org");
    telling.give(change);
    REQUIRE(verify_email(kTicket, telling.tickets(), telling.app.policy.mail));
    CHECK(telling.sent() == Names{"user.email-changed", "user.email-verified"});
}

TEST_CASE("a password that the first proof takes away or replaces is told as changed") {
    const auto sign_in = [](Telling& telling) {
        telling.give(TicketPurpose::sign_in_link);
        REQUIRE(sign_in_by_ticket(kTicket, {}, telling.tickets(), telling.app.policy,
                                  telling.app.policy.mail, telling.app.clock.now));
        return telling.sent();
    };
    Telling telling;
    telling.sent();
    CHECK(sign_in(telling) == Names{"password.changed", "user.email-verified"});
    CHECK(sign_in(telling).empty());
    Telling twice;
    twice.sent();
    NewTicket second{twice.ada.account.id, TicketPurpose::verify_email, text(kAddress)};
    second.username = text("countess");
    second.password_hash = text("new:better");
    twice.give(second);
    REQUIRE(verify_email(kTicket, twice.tickets(), twice.app.policy.mail));
    CHECK(twice.sent() == Names{"user.renamed", "password.changed", "user.email-verified"});
    Telling own;
    own.sent();
    NewTicket first{own.ada.account.id, TicketPurpose::verify_email, text(kAddress)};
    first.password_hash = text("new:good");
    own.give(first);
    REQUIRE(verify_email(kTicket, own.tickets(), own.app.policy.mail));
    CHECK(own.sent() == Names{"user.email-verified"});
}

TEST_CASE("whoever accepts an invitation has proven the address, and changed no password") {
    Telling telling;
    telling.sent();
    telling.app.tables->users.front().password.reset();
    telling.app.policy.signups.mode = SignupMode::off;
    telling.app.policy.signups.domains = {"example.com"};
    telling.give(TicketPurpose::accept_invitation);
    REQUIRE(accept_invitation({kTicket, "countess", "good", {}}, telling.tickets(),
                              telling.app.hasher, telling.app.judge, telling.app.policy,
                              telling.app.policy.mail, telling.app.clock.now));
    CHECK(telling.sent() == Names{"user.renamed", "user.email-verified"});
}

TEST_CASE("without mail and events nothing is written") {
    Telling telling;
    telling.app.policy.mail.on = false;
    telling.app.policy.mail.events = false;
    telling.sent();
    REQUIRE(change_password(telling.caller(), {"good", "better"}, telling.passwords()));
    CHECK(telling.sent().empty());
}
