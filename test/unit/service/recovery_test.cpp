#include "support/test_app.hpp"

#include <signet/service/account.hpp>
#include <signet/service/delivery.hpp>
#include <signet/service/recovery.hpp>
#include <signet/service/sessions.hpp>
#include <signet/service/sign_in.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

using namespace signet;
using signet::test::FakeTables;
using signet::test::TestApp;
using signet::test::text;

namespace {

constexpr auto kAddress = "ada@example.org";

// Keeps the mails that were sent, and answers as it is told.
class Postbox final : public MailTransport {
public:
    Delivery send(const Mail& mail) override {
        mails.push_back(mail);
        Delivery given = answer;
        given.reason += repeats ? mail.text : "";
        return given;
    }
    bool repeats = false;  // what the mail said
    std::vector<Mail> mails;
    Delivery answer{DeliveryOutcome::delivered, "250 ok", false};
};

// Shows what a mail is made of: its template and its values.
class PlainTemplates final : public MailTemplates {
public:
    Result<MailText> render(std::string_view name, std::string_view language,
                            const MailValues& values) const override {
        std::string body(language);
        for (const auto& [key, value] : values) {
            body += '\n' + key + '=' + value;
        }
        return MailText{std::string(name), body, ""};
    }
    std::string choose_language(std::string_view header) const override {
        return header.starts_with("de") ? "de" : "en";
    }
};

struct Mailing {
    TestApp app;
    Postbox post;
    PlainTemplates templates;
    std::vector<std::string> reports;
    std::vector<std::string> reasons;
    bool misconfigured = false;  // of the last report

    SignInPorts sign_in() {
        return {app.store, app.store,  app.sessions, app.sealer,  app.hasher,
                app.judge, app.tokens, app.random,   app.throttle};
    }
    AskPorts asks() { return {app.outbox, app.sealer, app.random}; }
    TicketPorts tickets() { return {app.sessions, app.sealer, app.tokens, app.random}; }
    CodePorts codes() { return {app.store, app.store, app.outbox, app.throttle}; }

    SignedIn ada() {
        return signup({"ada", kAddress, "good"}, sign_in(), app.policy, app.clock.now).value();
    }
    // Delivers what is due. Returns how many rows there were.
    int deliver() {
        const DeliveryPorts ports{.outbox = app.outbox,
                                  .sessions = app.sessions,
                                  .sealer = app.sealer,
                                  .random = app.random,
                                  .mails = &post,
                                  .templates = &templates,
                                  .report = [this](const DeliveryReport& report) {
                                      reports.emplace_back(report.event);
                                      reasons.push_back(report.reason);
                                      misconfigured = report.misconfigured;
                                  }};
        int rows = 0;
        while (deliver_next(ports, app.policy, app.policy.mail).value()) {
            ++rows;
        }
        return rows;
    }
    void ask(TicketPurpose purpose, std::string name = kAddress) {
        REQUIRE(ask_for_mail({purpose, NameKind::email, std::move(name), std::nullopt, "en"},
                             asks(), app.policy.mail));
        deliver();
    }
    // Returns a value of the last mail.
    std::string value(const std::string& name) const {
        REQUIRE_FALSE(post.mails.empty());
        const std::string& body = post.mails.back().text;
        const std::size_t begin = body.find('\n' + name + '=');
        REQUIRE(begin != std::string::npos);
        const std::size_t value = begin + name.size() + 2;
        return body.substr(value, body.find('\n', value) - value);
    }
    std::string ticket() const {
        const std::string link = value("link");
        const std::size_t begin = link.find("ticket=") + 7;
        return link.substr(begin, link.find('&', begin) - begin);
    }
    std::vector<std::string> subjects() const {
        std::vector<std::string> out;
        for (const Mail& mail : post.mails) {
            out.push_back(mail.subject + " " + mail.to);
        }
        return out;
    }
    // Asks for another address, without a delivery.
    Result<void> wish(const SignedIn& user, std::string to) {
        const Caller caller =
            authenticate({Credentials::Kind::bearer, user.token}, {app.sessions, app.tokens},
                         app.policy.roles, app.clock.now)
                .value();
        return ask_for_change(caller, {std::move(to), "good", {}, {}},
                              {app.sessions, app.store, app.hasher, app.judge, app.throttle,
                               app.sealer, app.random, app.policy.mail},
                              asks(), app.policy);
    }
    void later(std::int64_t seconds) { app.tables->ahead_ms += seconds * 1000; }
    Errc reset(const std::string& ticket, const std::string& password = "better") {
        const auto done =
            reset_password(ticket, password, tickets(), app.hasher, app.judge, app.policy.mail);
        return done ? Errc::internal : done.error().errc;
    }
    bool logs_in(const std::string& password) {
        return login({NameKind::email, kAddress, password}, sign_in(), app.policy, app.clock.now)
            .has_value();
    }
};

using Subjects = std::vector<std::string>;

}  // namespace

TEST_CASE("a reset sets the password, proves the address and ends every session") {
    Mailing mailing;
    const SignedIn first = mailing.ada();
    mailing.ask(TicketPurpose::reset_password);
    CHECK(mailing.subjects() == Subjects{"reset-password ada@example.org"});
    CHECK(mailing.value("link").starts_with("http://auth.test/verify?ticket="));
    CHECK(mailing.value("holds") == "3600");
    REQUIRE(reset_password(mailing.ticket(), "better", mailing.tickets(), mailing.app.hasher,
                           mailing.app.judge, mailing.app.policy.mail));
    CHECK(mailing.app.tables->sessions.empty());
    CHECK(mailing.app.tables->proven.at(first.account.id.str()) == kAddress);
    CHECK_FALSE(mailing.logs_in("good"));
    CHECK(mailing.logs_in("better"));
    mailing.deliver();
    CHECK(mailing.subjects().back() == "password-changed ada@example.org");
    CHECK(mailing.value("link") == "https://app.test");
}

TEST_CASE("where no application is named a notice leads nowhere, and other mails to their page") {
    Mailing mailing;
    mailing.app.policy.mail.redirects.client_url = "http://auth.test";
    mailing.app.policy.mail.ends_here = true;
    mailing.ada();
    mailing.ask(TicketPurpose::reset_password);
    CHECK(mailing.value("link").starts_with("http://auth.test/verify?ticket="));
    mailing.reset(mailing.ticket());
    mailing.deliver();
    CHECK(mailing.subjects().back() == "password-changed ada@example.org");
    CHECK(mailing.value("link") == "");
}

TEST_CASE("a ticket is used once, and not at all when it is refused for another reason") {
    Mailing mailing;
    mailing.ada();
    mailing.ask(TicketPurpose::reset_password);
    const std::string ticket = mailing.ticket();
    CHECK(mailing.reset(ticket, "weak") == Errc::invalid_input);
    CHECK(verify_email(ticket, mailing.tickets(), mailing.app.policy.mail).error().errc ==
          Errc::invalid_ticket);
    CHECK(mailing.reset(ticket) == Errc::internal);
    CHECK(mailing.reset(ticket, "third") == Errc::invalid_ticket);
    for (const std::string& bad : {std::string(), ticket.substr(1), ticket + "A",
                                   std::string(43, 'A'), std::string(4096, 'x')}) {
        CHECK(mailing.reset(bad) == Errc::invalid_ticket);
    }
}

TEST_CASE("a ticket is void when its time is over, or the address or the password has changed") {
    const auto voids = [](const auto& change) {
        Mailing mailing;
        const SignedIn ada = mailing.ada();
        mailing.ask(TicketPurpose::reset_password);
        const std::string ticket = mailing.ticket();
        CHECK(look_at_ticket(ticket, mailing.tickets()));
        change(mailing, ada);
        return mailing.reset(ticket) == Errc::invalid_ticket;
    };
    CHECK(voids([](Mailing& mailing, const SignedIn&) { mailing.later(3600); }));
    CHECK(voids([](Mailing& mailing, const SignedIn& ada) {
        mailing.app.tables->row_of(ada.account.id)->email = "other@example.org";
    }));
    CHECK(voids([](Mailing& mailing, const SignedIn& ada) {
        REQUIRE(mailing.app.store.set_password(ada.account.id, text("new:third")));
    }));
    CHECK(voids([](Mailing& mailing, const SignedIn& ada) {
        mailing.app.tables->row_of(ada.account.id)->active = false;
    }));
    CHECK(voids([](Mailing& mailing, const SignedIn& ada) {
        REQUIRE(mailing.app.store.remove(ada.account.id));
    }));
    CHECK_FALSE(voids([](Mailing& mailing, const SignedIn&) { mailing.later(3599); }));
}

TEST_CASE("links lead below the issuer, whether or not it ends with a slash") {
    for (const char* issuer : {"https://auth.test/signet", "https://auth.test/signet/"}) {
        Mailing mailing;
        mailing.app.policy.mail.issuer = issuer;
        mailing.ada();
        mailing.ask(TicketPurpose::reset_password);
        CHECK(mailing.value("link").starts_with("https://auth.test/signet/verify?ticket="));
    }
}

TEST_CASE("whoever asks with a name that nobody has gets the same, and nobody gets a mail") {
    Mailing mailing;
    const SignedIn ada = mailing.ada();
    for (const char* name : {"nobody@example.org", "", "not an address"}) {
        mailing.ask(TicketPurpose::reset_password, name);
    }
    mailing.app.tables->row_of(ada.account.id)->active = false;
    mailing.ask(TicketPurpose::sign_in_link);
    CHECK(mailing.post.mails.empty());
    CHECK(mailing.app.tables->outbox.empty());
    CHECK(mailing.app.tables->tickets.empty());
}

TEST_CASE("no more mails go to an address than the limits allow, and a dropped one voids nothing") {
    Mailing mailing;
    mailing.app.policy.mail.limits = {{1, 60}, {3, 3600}};
    mailing.ada();
    mailing.ask(TicketPurpose::sign_in_code);
    const std::string code = mailing.value("code");
    mailing.ask(TicketPurpose::sign_in_code);
    mailing.ask(TicketPurpose::reset_password, "ADA@example.org");
    CHECK(mailing.post.mails.size() == 1);
    CHECK(sign_in_by_code({kAddress, code, {}}, mailing.codes(), mailing.tickets(),
                          mailing.app.policy, mailing.app.policy.mail, mailing.app.clock.now));
    for (int i = 0; i < 5; ++i) {
        mailing.later(61);
        mailing.ask(TicketPurpose::reset_password);
    }
    CHECK(mailing.post.mails.size() == 3);
}

TEST_CASE("a link signs in once, and takes away a password that nobody had proven") {
    Mailing mailing;
    const SignedIn squatter = mailing.ada();
    mailing.ask(TicketPurpose::sign_in_link);
    const std::string ticket = mailing.ticket();
    const auto in =
        sign_in_by_ticket(ticket, {"phone", std::nullopt}, mailing.tickets(), mailing.app.policy,
                          mailing.app.policy.mail, mailing.app.clock.now);
    REQUIRE(in);
    CHECK(in->account.id == squatter.account.id);
    CHECK_FALSE(mailing.logs_in("good"));
    CHECK(mailing.app.tables->sessions.size() == 1);
    CHECK(sign_in_by_ticket(ticket, {}, mailing.tickets(), mailing.app.policy,
                            mailing.app.policy.mail, mailing.app.clock.now)
              .error()
              .errc == Errc::invalid_credentials);
    // Once it is proven, a link changes nothing of the password.
    mailing.ask(TicketPurpose::reset_password);
    CHECK(mailing.reset(mailing.ticket()) == Errc::internal);
    mailing.ask(TicketPurpose::sign_in_link);
    CHECK(sign_in_by_ticket(mailing.ticket(), {}, mailing.tickets(), mailing.app.policy,
                            mailing.app.policy.mail, mailing.app.clock.now));
    CHECK(mailing.logs_in("better"));
}

TEST_CASE("a code lets in once within five tries, and only who has the address") {
    Mailing mailing;
    mailing.ada();
    mailing.ask(TicketPurpose::sign_in_code);
    const std::string code = mailing.value("code");
    CHECK(code.size() == kCodeDigits);
    CHECK(std::ranges::all_of(code, [](char c) { return c >= '0' && c <= '9'; }));
    const auto enter = [&](const std::string& typed, const std::string& address = kAddress) {
        return sign_in_by_code({address, typed, {}}, mailing.codes(), mailing.tickets(),
                               mailing.app.policy, mailing.app.policy.mail, mailing.app.clock.now);
    };
    const std::string wrong = code == "000000" ? "000001" : "000000";
    CHECK(enter(code, "bob@example.org").error().errc == Errc::invalid_credentials);
    for (int i = 0; i < 4; ++i) {
        CHECK(enter(wrong).error().errc == Errc::invalid_credentials);
    }
    CHECK(enter(code));
    CHECK(enter(code).error().errc == Errc::invalid_credentials);
    mailing.ask(TicketPurpose::sign_in_code);
    const std::string second = mailing.value("code");
    for (int i = 0; i < 5; ++i) {
        mailing.later(kFailureWaitMaxS);
        CHECK_FALSE(enter("x"));
    }
    mailing.later(1);
    CHECK_FALSE(enter(second));
    CHECK(std::ranges::none_of(mailing.app.tables->tickets, [&](const auto& row) {
        return row.ticket.hash->str().find(second) != std::string::npos;
    }));
}

TEST_CASE("a change of address asks the new one, tells the old one, and changes nothing before") {
    Mailing mailing;
    const SignedIn ada = mailing.ada();
    const Caller caller = authenticate({Credentials::Kind::bearer, ada.token},
                                       {mailing.app.sessions, mailing.app.tokens},
                                       mailing.app.policy.roles, mailing.app.clock.now)
                              .value();
    const PasswordPorts passwords{mailing.app.sessions, mailing.app.store,      mailing.app.hasher,
                                  mailing.app.judge,    mailing.app.throttle,   mailing.app.sealer,
                                  mailing.app.random,   mailing.app.policy.mail};
    const auto change = [&](std::string to, std::string password = "good") {
        const auto asked = ask_for_change(caller, {std::move(to), std::move(password), {}, {}},
                                          passwords, mailing.asks(), mailing.app.policy);
        mailing.deliver();
        return asked;
    };
    CHECK(change("new@example.org", "bad").error().errc == Errc::wrong_current_password);
    CHECK(change("no address").error().fields.at(0).pointer == "/newEmail");
    mailing.app.policy.signups.blocked_domains = {"evil.test"};
    CHECK(change("ada@EVIL.test", "bad").error().fields.at(0).code == "domain-not-allowed");
    CHECK(change("ada@evil.test").error().fields.at(0).pointer == "/newEmail");
    CHECK(mailing.post.mails.empty());
    REQUIRE(change("new@example.org"));
    Subjects subjects = mailing.subjects();
    std::ranges::sort(subjects);
    CHECK(subjects == Subjects{"address-changed ada@example.org", "change-email new@example.org"});
    CHECK(mailing.app.tables->row_of(ada.account.id)->email == kAddress);
    const auto link = std::ranges::find(mailing.post.mails, "new@example.org", &Mail::to);
    const std::size_t begin = link->text.find("ticket=") + 7;
    const std::string ticket = link->text.substr(begin, kTicketLength);
    mailing.ask(TicketPurpose::reset_password);
    const std::string old = mailing.ticket();
    CHECK(verify_email(ticket, mailing.tickets(), mailing.app.policy.mail).value() ==
          "new@example.org");
    CHECK(mailing.app.tables->row_of(ada.account.id)->email == "new@example.org");
    CHECK(mailing.app.tables->sessions.size() == 1);  // the one that asked
    CHECK(mailing.reset(old) == Errc::invalid_ticket);
    // A taken address gets no link, and the old one is told all the same.
    REQUIRE(signup({"bob", "bob@example.org", "good"}, mailing.sign_in(), mailing.app.policy,
                   mailing.app.clock.now));
    const std::size_t sent = mailing.post.mails.size();
    REQUIRE(change("bob@example.org"));
    CHECK(mailing.post.mails.size() == sent + 1);
}

TEST_CASE("where addresses have to be proven, a signup says nothing and the mail says which") {
    Mailing mailing;
    mailing.app.policy.mail.verification = EmailVerification::required;
    const auto sign_up = [&](std::optional<std::string> username, std::string email,
                             std::string password) {
        const auto asked =
            ask_to_sign_up({std::move(username), std::move(email), std::move(password)}, "de",
                           mailing.asks(), mailing.sign_in(), mailing.app.policy);
        mailing.deliver();
        return asked;
    };
    REQUIRE(sign_up("squatter", kAddress, "good"));
    CHECK(mailing.subjects().back() == "verify-email ada@example.org");
    CHECK(mailing.post.mails.back().text.starts_with("de"));
    const std::string squatters = mailing.ticket();
    CHECK(login({NameKind::email, kAddress, "good"}, mailing.sign_in(), mailing.app.policy,
                mailing.app.clock.now)
              .error()
              .errc == Errc::email_not_verified);
    CHECK(login({NameKind::email, kAddress, "bad"}, mailing.sign_in(), mailing.app.policy,
                mailing.app.clock.now)
              .error()
              .errc == Errc::invalid_credentials);
    REQUIRE(sign_up("ada", kAddress, "better"));
    REQUIRE(verify_email(mailing.ticket(), mailing.tickets(), mailing.app.policy.mail));
    CHECK(mailing.logs_in("better"));
    CHECK_FALSE(mailing.logs_in("good"));
    CHECK(mailing.app.tables->users.front().username == "ada");
    CHECK(verify_email(squatters, mailing.tickets(), mailing.app.policy.mail).error().errc ==
          Errc::invalid_ticket);
    REQUIRE(sign_up(std::nullopt, kAddress, "third-one"));
    CHECK(mailing.subjects().back() == "account-exists ada@example.org");
    REQUIRE(sign_up("ADA", "other@example.org", "third-one"));
    CHECK(mailing.subjects().back() == "username-taken other@example.org");
    CHECK(mailing.app.tables->users.size() == 1);
    CHECK(sign_up("carol", "", "third-one").error().fields.at(0).pointer == "/email");
    const std::size_t sent = mailing.post.mails.size();
    mailing.app.policy.signups.domains = {"example.com"};
    for (const char* address : {kAddress, "nobody@example.org"}) {
        const Error refused = sign_up("carol", address, "third-one").error();
        REQUIRE(refused.fields.size() == 1);
        CHECK(refused.fields.front().pointer == "/email");
        CHECK(refused.fields.front().code == "domain-not-allowed");
    }
    mailing.app.policy.signups = {.mode = SignupMode::invite};
    CHECK(sign_up("carol", kAddress, "third-one").error().errc == Errc::signup_closed);
    CHECK(mailing.post.mails.size() == sent);
}

TEST_CASE("a link that is no signup's gives the password of none, if there were several") {
    for (const int signups : {1, 2}) {
        Mailing mailing;
        mailing.app.policy.mail.verification = EmailVerification::required;
        for (const char* password : {"good", "better"}) {
            if (signups == 1 && password == std::string("better")) {
                break;
            }
            REQUIRE(ask_to_sign_up({std::nullopt, kAddress, password}, "", mailing.asks(),
                                   mailing.sign_in(), mailing.app.policy));
            mailing.deliver();
        }
        mailing.ask(TicketPurpose::verify_email);
        REQUIRE(verify_email(mailing.ticket(), mailing.tickets(), mailing.app.policy.mail));
        CHECK(mailing.logs_in("good") == (signups == 1));
        CHECK_FALSE(mailing.logs_in("better"));
        CHECK(mailing.app.tables->proven.begin()->second == kAddress);
    }
}

TEST_CASE("the signup whose link is followed ends the sessions of whoever signed up before") {
    Mailing mailing;
    mailing.ada();
    mailing.app.policy.mail.verification = EmailVerification::required;
    REQUIRE(ask_to_sign_up({std::nullopt, kAddress, "better"}, "", mailing.asks(),
                           mailing.sign_in(), mailing.app.policy));
    mailing.deliver();
    CHECK(mailing.app.tables->sessions.size() == 1);
    REQUIRE(verify_email(mailing.ticket(), mailing.tickets(), mailing.app.policy.mail));
    CHECK(mailing.app.tables->sessions.empty());
    CHECK(mailing.logs_in("better"));
}

TEST_CASE("what somebody asked for before the first proof dies with it") {
    Mailing mailing;
    const SignedIn squatter = mailing.ada();
    REQUIRE(mailing.wish(squatter, "squatter@example.org"));
    mailing.deliver();
    const auto link = std::ranges::find(mailing.post.mails, "squatter@example.org", &Mail::to);
    REQUIRE(link != mailing.post.mails.end());
    const std::string ticket = link->text.substr(link->text.find("ticket=") + 7, kTicketLength);
    mailing.ask(TicketPurpose::sign_in_link);
    REQUIRE(sign_in_by_ticket(mailing.ticket(), {}, mailing.tickets(), mailing.app.policy,
                              mailing.app.policy.mail, mailing.app.clock.now));
    CHECK(verify_email(ticket, mailing.tickets(), mailing.app.policy.mail).error().errc ==
          Errc::invalid_ticket);
    CHECK(mailing.app.tables->row_of(squatter.account.id)->email == kAddress);
}

TEST_CASE("a wish for another address dies with the session that has it") {
    Mailing mailing;
    const SignedIn ada = mailing.ada();
    mailing.ask(TicketPurpose::reset_password);
    const std::string ticket = mailing.ticket();
    REQUIRE(mailing.wish(ada, "thief@example.org"));
    REQUIRE(reset_password(ticket, "better", mailing.tickets(), mailing.app.hasher,
                           mailing.app.judge, mailing.app.policy.mail));
    mailing.deliver();
    CHECK(mailing.subjects() ==
          Subjects{"reset-password ada@example.org", "password-changed ada@example.org"});
}

TEST_CASE("a wish for another address counts whether or not the address is taken") {
    for (const char* wanted : {"bob@example.org", "free@example.org"}) {
        Mailing mailing;
        const SignedIn ada = mailing.ada();
        REQUIRE(signup({"bob", "bob@example.org", "good"}, mailing.sign_in(), mailing.app.policy,
                       mailing.app.clock.now));
        mailing.app.policy.mail.limits = {{.calls = 1, .seconds = 60}};
        REQUIRE(mailing.wish(ada, wanted));
        mailing.deliver();
        const std::size_t sent = mailing.post.mails.size();
        CHECK(sent >= 1);
        REQUIRE(mailing.wish(ada, "other@example.org"));
        mailing.ask(TicketPurpose::sign_in_link);
        CHECK(mailing.post.mails.size() == sent);
    }
}

TEST_CASE("who was invited does not get the password of a stranger who signs up") {
    Mailing mailing;
    const SignedIn ada = mailing.ada();
    mailing.app.tables->row_of(ada.account.id)->password.reset();
    mailing.app.policy.mail.verification = EmailVerification::required;
    REQUIRE(ask_to_sign_up({std::nullopt, kAddress, "better"}, "", mailing.asks(),
                           mailing.sign_in(), mailing.app.policy));
    mailing.deliver();
    CHECK(mailing.subjects() == Subjects{"account-exists ada@example.org"});
}

TEST_CASE("a language that is no text is left out, and the mail arrives") {
    Mailing mailing;
    mailing.ada();
    const std::string cut = std::string(255, 'x') + "\xC3\xBC";
    for (const std::string& language : {std::string("de\xFF"), cut, std::string("de\0x", 4)}) {
        REQUIRE(ask_for_mail({TicketPurpose::sign_in_link, NameKind::email, kAddress, {}, language},
                             mailing.asks(), mailing.app.policy.mail));
        mailing.deliver();
        CHECK(mailing.subjects().back() == "sign-in-link ada@example.org");
        CHECK(mailing.post.mails.back().text.starts_with("en"));
    }
    CHECK(mailing.post.mails.size() == 3);
}

TEST_CASE("a notice is in the language of the request that it tells of") {
    Mailing mailing;
    mailing.ada();
    mailing.ask(TicketPurpose::reset_password);
    TicketPorts ports = mailing.tickets();
    ports.origin.language = "de";
    REQUIRE(reset_password(mailing.ticket(), "better", ports, mailing.app.hasher, mailing.app.judge,
                           mailing.app.policy.mail));
    mailing.deliver();
    CHECK(mailing.subjects().back() == "password-changed ada@example.org");
    CHECK(mailing.post.mails.back().text.starts_with("de"));
}

TEST_CASE("what leads elsewhere is refused when it is asked for") {
    Mailing mailing;
    const auto ask = [&](const char* url) {
        return ask_for_mail({TicketPurpose::reset_password, NameKind::email, kAddress, url, ""},
                            mailing.asks(), mailing.app.policy.mail);
    };
    CHECK(ask("https://app.test/welcome"));
    CHECK(ask("https://evil.test/").error().fields.at(0).pointer == "/redirectTo");
}

TEST_CASE("what a mail server repeats of a ticket or a code is neither logged nor kept") {
    Mailing mailing;
    mailing.ada();
    for (const TicketPurpose purpose :
         {TicketPurpose::reset_password, TicketPurpose::sign_in_code}) {
        mailing.post.repeats = true;
        mailing.post.answer = {DeliveryOutcome::refused, "550 not this: "};
        mailing.ask(purpose);
        REQUIRE(mailing.app.tables->outbox.size() == 1);
        const std::string secret =
            purpose == TicketPurpose::sign_in_code ? mailing.value("code") : mailing.ticket();
        const std::string& error = mailing.app.tables->outbox.front().error;
        CHECK(error.starts_with("550 not this: "));
        CHECK(error.find(secret) == std::string::npos);
        CHECK(mailing.reasons.back().find(secret) == std::string::npos);
        mailing.app.tables->outbox.clear();
    }
}

TEST_CASE("what cannot be opened is a fault of the configuration, and is given up after an hour") {
    Mailing mailing;
    mailing.ada();
    mailing.post.answer = {DeliveryOutcome::later, "451 later"};
    mailing.ask(TicketPurpose::reset_password);
    mailing.app.sealer.lost = true;
    mailing.later(1);
    CHECK(mailing.deliver() == 1);
    CHECK(mailing.reports.back() == "mail-delayed");
    CHECK(mailing.misconfigured);
    mailing.later(kUnopenedGivenUpAfterS);
    CHECK(mailing.deliver() == 1);
    CHECK(mailing.reports.back() == "mail-given-up");
    CHECK(mailing.app.tables->outbox.front().failed_at_ms.has_value());
    CHECK(mailing.post.mails.size() == 1);
    // An ask says that it is one.
    mailing.app.sealer.lost = false;
    mailing.app.tables->outbox.clear();
    REQUIRE(ask_for_mail({TicketPurpose::reset_password, NameKind::email, kAddress, {}, "en"},
                         mailing.asks(), mailing.app.policy.mail));
    mailing.app.sealer.lost = true;
    CHECK(mailing.deliver() == 1);
    CHECK(mailing.reports.back() == "ask-delayed");
}

TEST_CASE("a mail that cannot be sent waits longer each time, and is given up after a day") {
    CHECK(pause_after(1, 0) == 1000);
    CHECK(pause_after(2, 1) == 2000);
    CHECK(pause_after(5, 60) == 16000);
    CHECK(pause_after(30, 7200) == kLongestPauseMs);
    CHECK_FALSE(pause_after(30, kGivenUpAfterS - 10).has_value());
    CHECK(pause_after(1, kGivenUpAfterS - 2) == 1000);
    CHECK_FALSE(pause_after(1, kGivenUpAfterS - 1).has_value());
    CHECK(pause_after(13, 0) == kLongestPauseMs);
    CHECK(pause_after(12, 0) == 2048 * 1000);
    CHECK(pause_after(11, 1023, kUnopenedGivenUpAfterS) == 1024 * 1000);
    CHECK_FALSE(pause_after(12, 2047, kUnopenedGivenUpAfterS).has_value());
    Mailing mailing;
    mailing.ada();
    mailing.post.answer = {DeliveryOutcome::later, "451 try\r\nlater", false};
    mailing.ask(TicketPurpose::reset_password);
    REQUIRE(mailing.app.tables->outbox.size() == 1);
    CHECK(mailing.app.tables->outbox.front().error == "451 try  later");
    CHECK(mailing.deliver() == 0);
    mailing.later(1);
    mailing.post.answer = {DeliveryOutcome::delivered, "250", false};
    CHECK(mailing.deliver() == 1);
    CHECK(mailing.app.tables->outbox.empty());
    CHECK(mailing.post.mails[0].id == mailing.post.mails[1].id);
    mailing.post.answer = {DeliveryOutcome::refused, "550 no such user", false};
    mailing.later(60);
    mailing.ask(TicketPurpose::reset_password);
    CHECK(mailing.app.tables->outbox.front().failed_at_ms.has_value());
    CHECK(mailing.reports == Subjects{"mail-delayed", "mail-sent", "mail-given-up"});
    CHECK(mailing.app.outbox.retry(mailing.app.tables->outbox.front().row.id).value() == 1);
    mailing.post.answer = {DeliveryOutcome::delivered, "250", false};
    CHECK(mailing.deliver() == 1);
}
