#include "mail/header.hpp"

#include "base/base64url.hpp"
#include "mail/sender.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using signet::base64_encode;
using signet::Mail;
using signet::mail::header_fields;
using signet::mail::header_text;
using signet::mail::is_mail_address;
using signet::mail::read_sender;
using signet::mail::Sender;

namespace {

Mail some_mail() {
    return {.id = "7c1f", .to = "ada@example.org", .subject = "Hello", .text = "t", .html = "h"};
}

std::string field(const std::vector<std::string>& fields, std::string_view name) {
    const auto found = std::ranges::find_if(fields, [name](const std::string& each) {
        return each.starts_with(std::string(name) + ": ");
    });
    return found == fields.end() ? "" : found->substr(name.size() + 2);
}

}  // namespace

TEST_CASE("base64 has padding") {
    CHECK(base64_encode("").empty());
    CHECK(base64_encode("f") == "Zg==");
    CHECK(base64_encode("fo") == "Zm8=");
    CHECK(base64_encode("foo") == "Zm9v");
    CHECK(base64_encode("\xFB\xFF") == "+/8=");
}

TEST_CASE("the header of a mail has what RFC 5322 and RFC 3834 ask for") {
    const auto fields = header_fields(some_mail(), {"Signet", "signet@example.org"}, 1795805931);
    CHECK(field(fields, "Date") == "Fri, 27 Nov 2026 18:58:51 +0000");
    CHECK(field(fields, "From") == "\"Signet\"\r\n <signet@example.org>");
    CHECK(field(fields, "To") == "ada@example.org");
    CHECK(field(fields, "Subject") == "Hello");
    CHECK(field(fields, "Message-ID") == "<7c1f@example.org>");
    CHECK(field(fields, "Auto-Submitted") == "auto-generated");
    CHECK(field(fields, "MIME-Version") == "1.0");
}

TEST_CASE("a sender without a name is the address alone, and quotes in a name are escaped") {
    CHECK(field(header_fields(some_mail(), {"", "a@example.org"}, 0), "From") == "a@example.org");
    CHECK(field(header_fields(some_mail(), {R"(A "B" \C)", "a@example.org"}, 0), "From") ==
          "\"A \\\"B\\\" \\\\C\"\r\n <a@example.org>");
    CHECK(field(header_fields(some_mail(), {"Jörg", "a@example.org"}, 0), "From") ==
          "=?UTF-8?B?SsO2cmc=?=\r\n <a@example.org>");
}

TEST_CASE("a text that is not short ASCII becomes encoded words, between code points") {
    CHECK(header_text("Your code") == "Your code");
    CHECK(header_text("Grüße") == "=?UTF-8?B?R3LDvMOfZQ==?=");
    CHECK(header_text("=?UTF-8?B?R3LDvMOfZQ==?=").starts_with("=?UTF-8?B?PT9V"));
    std::string long_text;
    for (int i = 0; i < 50; ++i) {
        long_text += "€";
    }
    const std::string encoded = header_text(long_text);
    CHECK(encoded.find("\r\n =?UTF-8?B?") != std::string::npos);
    std::size_t begin = 0;
    while (begin < encoded.size()) {
        const std::size_t end = std::min(encoded.find("\r\n", begin), encoded.size());
        CHECK(end - begin <= 76 - std::string_view("Subject: ").size());
        begin = end + 2;
    }
    CHECK(header_text(std::string(2000, 'x')).find("\r\n ") != std::string::npos);
}

TEST_CASE("nothing in a value begins another header") {
    Mail mail = some_mail();
    mail.subject = "Hi\r\nBcc: eve@example.org";
    const std::string subject = field(header_fields(mail, {"", "a@example.org"}, 0), "Subject");
    CHECK(subject.find('\n') == std::string::npos);
    CHECK(subject.starts_with("=?UTF-8?B?"));
    for (const char* text : {"a\nb", "a\rb", "a\x7f", "a\u2028b", "\xff"}) {
        CAPTURE(text);
        CHECK(header_text(text).starts_with("=?UTF-8?B?"));
    }
}

TEST_CASE("a sender is an address, or a name and an address") {
    struct Case {
        const char* text;
        const char* name;
        const char* address;
    };
    for (const Case& good : {Case{"signet@example.org", "", "signet@example.org"},
                             Case{" Signet <signet@example.org> ", "Signet", "signet@example.org"},
                             Case{"\"Ann, Bob\" <a@example.org>", "Ann, Bob", "a@example.org"},
                             Case{"<a@example.org>", "", "a@example.org"},
                             Case{"Signet <signet@localhost>", "Signet", "signet@localhost"}}) {
        CAPTURE(good.text);
        const auto sender = read_sender(good.text);
        REQUIRE(sender.has_value());
        CHECK(sender->name == good.name);
        CHECK(sender->address == good.address);
    }
    for (const char* bad : {"", "Signet", "a@example.org, b@example.org", "Signet <a@example.org",
                            "A\nB <a@example.org>", "A\xff <a@example.org>", "a b@example.org",
                            "A <a@example.org> B", "<>"}) {
        CAPTURE(bad);
        CHECK_FALSE(read_sender(bad).has_value());
    }
    CHECK(Sender{"", "a@example.org"}.domain() == "example.org");
}

TEST_CASE("mail is sent to addresses that a signup takes, and to localhost") {
    CHECK(is_mail_address("ada@example.org"));
    CHECK(is_mail_address("ada@localhost"));
    for (const char* bad : {"", "ada", "ada@", "@localhost", "ada@example", "a\r\nb@example.org",
                            "<ada@example.org>", "ada@münchen.example", "a b@localhost"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_mail_address(bad));
    }
}
