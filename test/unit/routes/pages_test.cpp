#include "routes/pages.hpp"

#include "base/system.hpp"
#include "routes/handlers.hpp"
#include "routes/html.hpp"
#include "routes/page_words.hpp"
#include "service/tickets.hpp"
#include "support/test_app.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

using namespace signet;
using namespace signet::routes;
using namespace signet::test;

namespace {

const std::string kTicket(kTicketLength, 'A');
constexpr const char* kClient = "https://app.example.org/welcome";

// A user with a ticket of one purpose, who opens its link.
struct LinkApp : TestApp {
    UserId user;

    explicit LinkApp(TicketPurpose purpose, const char* redirect_to = nullptr) {
        policy.mail.redirects = {kClient, {"https://other.example.org/in"}};
        browsers.origins = {"https://auth.example.org"};
        tables->users.push_back({.id = user.str(),
                                 .username = {},
                                 .email = "ada@example.org",
                                 .password = {},
                                 .active = true,
                                 .default_role = {},
                                 .last_login_at_s = {}});
        tables->grants.emplace(user.str(), "user");
        NewTicket ticket{.user = user, .purpose = purpose, .address = text("ada@example.org")};
        if (purpose == TicketPurpose::change_email) {
            ticket.new_address = text("ada@example.net");
        }
        if (redirect_to != nullptr) {
            ticket.redirect_to = text(redirect_to);
        }
        ticket.hash = ticket_hash(kTicket);
        tables->tickets.push_back({ticket, 0, tables->now_ms() + 3'600'000});
    }

    FakeTables::UserRow& row() { return *tables->row_of(user); }
    bool used() const { return tables->tickets.empty(); }
    // Gives another user a name.
    void take(const std::string& username, const std::string& email) {
        tables->users.push_back({.id = random_uuid(random),
                                 .username = username,
                                 .email = email,
                                 .password = {},
                                 .active = true,
                                 .default_role = {},
                                 .last_login_at_s = {}});
    }

    http::Request visit(std::string query, std::string body = "") const {
        http::Request made = request(std::move(body));
        made.path = "/verify";
        made.query = std::move(query);
        return made;
    }
    http::Response get(const std::string& query = "ticket=" + kTicket) {
        return get_verify(visit(query), recovery, data);
    }
    http::Response home(std::string query = "") {
        http::Request asked = request();
        asked.path = "/";
        asked.query = std::move(query);
        asked.headers.push_back({"accept", "text/html,application/xhtml+xml,*/*;q=0.8"});
        return get_home(asked, recovery);
    }
    // Leaves AUTH_CLIENT_URL unset.
    void name_no_application() {
        policy.mail.redirects = {policy.mail.issuer, {"https://other.example.org/in"}};
        policy.mail.ends_here = true;
    }
    http::Response post(const std::string& more = "") {
        return post_verify(visit("", "ticket=" + kTicket + more), recovery, crypto);
    }
};

bool has(const http::Response& response, std::string_view part) {
    return response.body.find(part) != std::string::npos;
}

std::ptrdiff_t buttons_of(const http::Response& response) {
    std::ptrdiff_t count = 0;
    for (std::size_t at = response.body.find("<button"); at != std::string::npos;
         at = response.body.find("<button", at + 1)) {
        ++count;
    }
    return count;
}

constexpr TicketPurpose kLinks[] = {TicketPurpose::verify_email, TicketPurpose::change_email,
                                    TicketPurpose::reset_password, TicketPurpose::sign_in_link,
                                    TicketPurpose::accept_invitation};

// What a person types into the form of a purpose.
std::string typed_for(TicketPurpose purpose) {
    if (purpose == TicketPurpose::reset_password) {
        return "&newPassword=good+one%2B";
    }
    return purpose == TicketPurpose::accept_invitation ? "&username=ada&password=good+one%2B" : "";
}

}  // namespace

TEST_CASE("a link shows one form with one button, and uses nothing up however often it is opened") {
    for (const TicketPurpose purpose : kLinks) {
        CAPTURE(to_string(purpose));
        LinkApp app(purpose);
        for (int i = 0; i < 3; ++i) {
            const http::Response page = app.get();
            CHECK(page.status == 200);
            CHECK(buttons_of(page) == 1);
            CHECK(has(page, "<form method=\"post\" action=\"verify\">"));
            CHECK(has(page, "name=\"ticket\" value=\"" + kTicket + "\""));
            CHECK(has(page, ">ada@<wbr>example."));
            CHECK(has(page, "name=\"newPassword\"") == (purpose == TicketPurpose::reset_password));
            CHECK(has(page, "name=\"username\"") == (purpose == TicketPurpose::accept_invitation));
        }
        CHECK_FALSE(app.used());
        CHECK(app.tables->outbox.empty());
        CHECK(app.woken == 0);
    }
}

TEST_CASE(
    "a page loads nothing, runs nothing, and is neither stored, framed, indexed nor told of") {
    LinkApp app(TicketPurpose::reset_password);
    for (const http::Response& page :
         {app.get(), app.get("ticket=x"), app.post("&newPassword=weak")}) {
        CHECK(page.content_type == "text/html; charset=utf-8");
        const std::string policy = header_of(page, "Content-Security-Policy");
        CHECK(policy.starts_with("default-src 'none'; style-src 'sha256-"));
        CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
        CHECK(policy.find("base-uri 'none'") != std::string::npos);
        CHECK(policy.find("unsafe") == std::string::npos);
        CHECK(policy.find("form-action") == std::string::npos);
        CHECK(header_of(page, "Cache-Control") == "no-store");
        CHECK(header_of(page, "Referrer-Policy") == "no-referrer");
        CHECK(header_of(page, "X-Robots-Tag") == "noindex");
        for (const char* part : {"<script", "http://", "https://", "src=", "url("}) {
            CAPTURE(part);
            CHECK_FALSE(has(page, part));
        }
    }
}

TEST_CASE("the button does what the link is for, once, and leads to the client") {
    for (const TicketPurpose purpose : kLinks) {
        CAPTURE(to_string(purpose));
        LinkApp app(purpose);
        const http::Response done = app.post(typed_for(purpose));
        CHECK(done.status == 303);
        CHECK(header_of(done, "Cache-Control") == "no-store");
        CHECK(header_of(done, "Referrer-Policy") == "no-referrer");
        const bool signs_in =
            purpose == TicketPurpose::sign_in_link || purpose == TicketPurpose::accept_invitation;
        const std::string location = header_of(done, "Location");
        CHECK(location.starts_with(std::string(kClient) + (signs_in ? "#refreshToken=rt1." : "")));
        CHECK((location == kClient) == !signs_in);
        CHECK(app.tables->sessions.size() == (signs_in ? 1 : 0));
        CHECK(app.used());
        CHECK(app.woken == 1);
        CHECK(app.get().status == 400);
        CHECK(app.post(typed_for(purpose)).status == 400);
    }
}

TEST_CASE("where no application is named, the button leads to a page that says what was done") {
    std::set<std::string> pages;
    for (const bool cookies : {false, true}) {
        for (const TicketPurpose purpose : kLinks) {
            CAPTURE(to_string(purpose));
            LinkApp app(purpose);
            app.browsers.cookies = cookies;
            app.name_no_application();
            const std::string location = header_of(app.post(typed_for(purpose)), "Location");
            const bool signs_in = purpose == TicketPurpose::sign_in_link ||
                                  purpose == TicketPurpose::accept_invitation;
            if (signs_in && !cookies) {
                CHECK(location.starts_with("http://auth.test/#refreshToken=rt1."));
                continue;
            }
            const std::string query = "done=" + std::string(to_string(purpose));
            CHECK(location == "http://auth.test/?" + query);
            const http::Response page = app.home(query);
            CHECK(page.status == 200);
            CHECK(buttons_of(page) == 0);
            CHECK_FALSE(has(page, "<script"));
            pages.insert(page.body);
        }
    }
    CHECK(pages.size() == std::size(kLinks));
    LinkApp led(TicketPurpose::verify_email, "https://other.example.org/in/x");
    led.name_no_application();
    CHECK(header_of(led.post(), "Location") == "https://other.example.org/in/x");
}

TEST_CASE("the page in the end is below an issuer with a path, and one with a slash") {
    for (const char* issuer : {"https://auth.example.org/v1", "https://auth.example.org/v1/"}) {
        LinkApp app(TicketPurpose::reset_password);
        app.policy.mail.issuer = issuer;
        app.name_no_application();
        CHECK(header_of(app.post(typed_for(TicketPurpose::reset_password)), "Location") ==
              "https://auth.example.org/v1/?done=reset-password");
    }
}

TEST_CASE("at its root the service says what it is, to a browser with a page") {
    LinkApp app(TicketPurpose::verify_email);
    app.policy.mail.issuer = "https://auth.example.org/";
    const http::Response answer = get_home(app.request(), app.recovery);
    CHECK(answer.body ==
          R"({"service":"signet","issuer":"https://auth.example.org/",)"
          R"("openidConfiguration":"https://auth.example.org/.well-known/openid-configuration",)"
          R"("jwks":"https://auth.example.org/jwks",)"
          R"("openapi":"https://auth.example.org/openapi.json"})");
    const std::string home = app.home().body;
    CHECK(home.find("<a href=\"jwks\">") != std::string::npos);
    CHECK(home.find("<a href=\"docs\">") != std::string::npos);
    for (const char* query : {"done=", "done=x", "done=sign-in-code", "done=%3Cscript", "done=%",
                              "done=invitation&done=invitation"}) {
        CAPTURE(query);
        CHECK(app.home(query).body == home);
    }
}

TEST_CASE("a refresh token that no application takes is taken out of the address") {
    LinkApp app(TicketPurpose::sign_in_link);
    const http::Response page = app.home();
    const std::size_t begin = page.body.find("<script>") + 8;
    const std::string script = page.body.substr(begin, page.body.find("</script>") - begin);
    CHECK(script.find("location.hash.includes(\"refreshToken=\")") != std::string::npos);
    CHECK(script.find("location.replace(\"?done=no-application\")") != std::string::npos);
    CHECK(page.body.find("<script", begin) == std::string::npos);
    // The browser test runs it; a hash that did not fit would keep it from running.
    const std::string policy = header_of(page, "Content-Security-Policy");
    CHECK(policy.starts_with("default-src 'none'; style-src 'sha256-"));
    CHECK(policy.find("; script-src 'sha256-") != std::string::npos);
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(header_of(page, "Referrer-Policy") == "no-referrer");
    CHECK(has(app.home("done=no-application"), "AUTH_CLIENT_URL"));
}

TEST_CASE("a form has the password, the username and the address that were typed or mailed") {
    LinkApp reset(TicketPurpose::reset_password);
    reset.post("&newPassword=good+one%2B");
    CHECK(reset.row().password == "new:good one+");
    LinkApp invited(TicketPurpose::accept_invitation);
    invited.post("&username=+ada+&password=good");
    CHECK(invited.row().password == "new:good");
    CHECK(invited.row().username == "ada");
    LinkApp unnamed(TicketPurpose::accept_invitation);
    CHECK(unnamed.post("&username=+&password=good").status == 303);
    CHECK_FALSE(unnamed.row().username.has_value());
    LinkApp changed(TicketPurpose::change_email);
    changed.post();
    CHECK(changed.row().email == "ada@example.net");
}

TEST_CASE("with cookies a session goes by cookie alone") {
    for (const TicketPurpose purpose :
         {TicketPurpose::sign_in_link, TicketPurpose::accept_invitation}) {
        LinkApp app(purpose);
        app.browsers.cookies = true;
        const http::Response done = app.post(typed_for(purpose));
        CHECK(done.status == 303);
        CHECK(header_of(done, "Location") == kClient);
        CHECK(std::ranges::count(done.headers, "Set-Cookie", &http::Header::name) == 2);
    }
    LinkApp reset(TicketPurpose::reset_password);
    reset.browsers.cookies = true;
    CHECK(header_of(reset.post("&newPassword=good"), "Set-Cookie").empty());
}

TEST_CASE("what cannot be taken shows the form again with the reason, and uses nothing up") {
    LinkApp reset(TicketPurpose::reset_password);
    for (const char* typed : {"&newPassword=weak", "&newPassword=", ""}) {
        CAPTURE(typed);
        const http::Response again = reset.post(typed);
        CHECK(again.status == 400);
        CHECK(has(again, "role=\"alert\""));
        CHECK(has(again, "aria-invalid=\"true\" autofocus"));
        CHECK(has(again, "<title>Problem: "));
        CHECK(buttons_of(again) == 1);
    }
    CHECK(has(reset.post("&newPassword=weak"), "Choose another."));
    CHECK_FALSE(reset.used());
    CHECK(!reset.row().password);
    CHECK(reset.post("&newPassword=good").status == 303);

    LinkApp invited(TicketPurpose::accept_invitation);
    invited.take("bob", "bob@example.org");
    const http::Response taken = invited.post("&username=bob&password=secret-words");
    CHECK(taken.status == 409);
    CHECK(has(taken, "name=\"username\" type=\"text\""));
    CHECK(has(taken, "value=\"bob\""));
    CHECK(has(taken, "Another account has this username."));
    CHECK_FALSE(has(taken, "secret-words"));
    CHECK(has(invited.post("&username=a%22%3E%3Cb&password=good"), "value=\"a&quot;&gt;&lt;b\""));
    CHECK(invited.post("&username=ab&password=good").status == 400);
    CHECK(invited.post("&username=ada&password=weak").status == 400);
    CHECK(invited.post("&username=ada").status == 400);
    CHECK_FALSE(invited.used());
    CHECK(!invited.row().password);
    CHECK_FALSE(invited.row().username.has_value());
    CHECK(invited.tables->sessions.empty());
    CHECK(invited.woken == 0);
    CHECK(invited.post("&username=ada&password=good").status == 303);
}

TEST_CASE("a link that is no good is a page with 400, for every purpose the same") {
    std::set<std::string> pages;
    LinkApp app(TicketPurpose::sign_in_link);
    for (const std::string& query :
         {std::string("ticket="), std::string("ticket=x"), "ticket=" + std::string(43, 'B'),
          "ticket=" + kTicket + "A", std::string("other=1"), std::string()}) {
        CAPTURE(query);
        const http::Response page = app.get(query);
        CHECK(page.status == 400);
        CHECK(buttons_of(page) == 0);
        pages.insert(page.body);
    }
    app.row().active = false;
    pages.insert(app.get().body);
    pages.insert(app.post().body);
    CHECK(pages.size() == 1);
    CHECK_FALSE(app.used());
    LinkApp code(TicketPurpose::sign_in_code);
    CHECK(code.get().status == 400);
    CHECK(code.post().status == 400);
}

TEST_CASE(
    "a query or a form with two readings is refused, and what strangers add to a link is not") {
    LinkApp app(TicketPurpose::verify_email);
    const std::string ticket = "ticket=" + kTicket;
    CHECK(app.get(ticket + "&" + ticket).status == 400);
    CHECK(app.get(ticket + "&x=%").status == 400);
    CHECK(app.get(ticket + "&utm_source=mail").status == 200);
    CHECK(app.get("fbclid=x&" + ticket).status == 200);
    CHECK(app.post("&ticket=" + kTicket).status == 400);
    CHECK(app.post("&%").status == 400);
    CHECK_FALSE(app.used());
}

TEST_CASE("a place that is not the one of the ticket is refused with nothing used up") {
    const std::string ticket = "ticket=" + kTicket;
    const std::string own = "https%3A%2F%2Fother.example.org%2Fin%2Fx";
    LinkApp plain(TicketPurpose::verify_email);
    CHECK(plain.get(ticket + "&redirectTo=").status == 200);
    CHECK(plain.get(ticket + "&redirectTo=" + own).status == 400);
    LinkApp app(TicketPurpose::verify_email, "https://other.example.org/in/x");
    CHECK(app.get(ticket + "&redirectTo=" + own).status == 200);
    CHECK(app.get(ticket).status == 200);
    for (const char* changed :
         {"https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "javascript%3Aalert(1)", "",
          "https%3A%2F%2Fother.example.org%2Fin%2Fx%2F..%2Fy", "https%3A%2F%2Fapp.example.org"}) {
        CAPTURE(changed);
        const http::Response page = app.get(ticket + "&redirectTo=" + changed);
        CHECK(page.status == 400);
        CHECK_FALSE(has(page, "evil"));
        CHECK(app.post("&redirectTo=" + std::string(changed)).status == 400);
    }
    CHECK_FALSE(app.used());
    CHECK(header_of(app.post("&redirectTo=" + own), "Location") ==
          "https://other.example.org/in/x");
}

TEST_CASE("a place that the operator has struck off meanwhile is not followed") {
    LinkApp app(TicketPurpose::sign_in_link, "https://gone.example.org/");
    CHECK(header_of(app.post(), "Location").starts_with(std::string(kClient) + "#refreshToken="));
}

TEST_CASE("a refresh token joins the fragment that a place has") {
    LinkApp app(TicketPurpose::sign_in_link, "https://other.example.org/in?a=1#/home");
    CHECK(header_of(app.post(), "Location")
              .starts_with("https://other.example.org/in?a=1#/home&refreshToken=rt1."));
}

TEST_CASE("only a page of our own sends a form") {
    struct Case {
        const char* name;
        const char* value;
        int status;
    };
    for (const bool cookies : {false, true}) {
        for (const Case& tried :
             {Case{"origin", "null", 303}, Case{"origin", "https://auth.example.org", 303},
              Case{"origin", "https://evil.example", 403},
              Case{"sec-fetch-site", "same-origin", 303}, Case{"sec-fetch-site", "none", 303},
              Case{"sec-fetch-site", "same-site", 403},
              Case{"sec-fetch-site", "cross-site", 403}}) {
            CAPTURE(tried.value);
            LinkApp app(TicketPurpose::verify_email);
            app.browsers.cookies = cookies;
            http::Request request = app.visit("", "ticket=" + kTicket);
            request.headers.push_back({tried.name, tried.value});
            const http::Response response = post_verify(request, app.recovery, app.crypto);
            CHECK(response.status == tried.status);
            CHECK(app.used() == (tried.status == 303));
        }
    }
}

TEST_CASE("an address that was taken meanwhile is a page with 409") {
    LinkApp app(TicketPurpose::change_email);
    app.take("bob", "ada@example.net");
    const http::Response page = app.post();
    CHECK(page.status == 409);
    CHECK(has(page, "taken"));
    CHECK_FALSE(app.used());
}

TEST_CASE("a database that is away is a page that says when to come back") {
    LinkApp app(TicketPurpose::verify_email);
    app.tables->outage = Errc::store_unavailable;
    for (const http::Response& page : {app.get(), app.post()}) {
        CHECK(page.status == 503);
        CHECK(page.content_type == "text/html; charset=utf-8");
        CHECK(header_of(page, "Retry-After") == "2");
    }
}

TEST_CASE("pages speak the language of the browser, and say which") {
    LinkApp app(TicketPurpose::reset_password);
    http::Request request =
        app.visit("ticket=" + kTicket, "ticket=" + kTicket + "&newPassword=weak");
    CHECK(has(get_verify(request, app.recovery, app.data), "<html lang=\"en\">"));
    request.headers.push_back({"accept-language", "de-AT,de;q=0.9,en;q=0.5"});
    const http::Response page = get_verify(request, app.recovery, app.data);
    CHECK(has(page, "<html lang=\"de\">"));
    CHECK(has(page, "Neues Passwort"));
    CHECK(has(post_verify(request, app.recovery, app.crypto), "leicht zu erraten"));
    CHECK(has(refuse_on_page(Errc::store_timeout, request, app.log), "Das hat nicht funktioniert"));
}

TEST_CASE("every purpose and every refusal has words in both languages") {
    const PageWords& english = page_words("");
    const PageWords& german = page_words("de");
    CHECK(english.language == "en");
    CHECK(german.language == "de");
    for (const TicketPurpose purpose : kLinks) {
        CHECK(english.question(purpose).title != german.question(purpose).title);
        REQUIRE(english.ending(to_string(purpose)) != nullptr);
        REQUIRE(german.ending(to_string(purpose)) != nullptr);
        CHECK(english.ending(to_string(purpose))->title !=
              german.ending(to_string(purpose))->title);
    }
    CHECK_THROWS_AS(english.question(TicketPurpose::sign_in_code), std::logic_error);
    CHECK(english.ending(kNoApplication)->title != german.ending(kNoApplication)->title);
    REQUIRE(english.apologies.size() == german.apologies.size());
    for (std::size_t i = 0; i < english.apologies.size(); ++i) {
        CHECK(english.apologies[i].errc == german.apologies[i].errc);
    }
    CHECK(english.apologies.back().errc == Errc::internal);
}

TEST_CASE("values become text, and never markup") {
    CHECK(escape_html("a<b>\"c\"&'d'") == "a&lt;b&gt;&quot;c&quot;&amp;&#39;d&#39;");
    LinkApp app(TicketPurpose::verify_email);
    app.tables->tickets[0].ticket.address = text("\"><script>alert(1)</script>@example.org");
    app.row().email = app.tables->tickets[0].ticket.address.str();
    CHECK_FALSE(has(app.get(), "<script"));
}
