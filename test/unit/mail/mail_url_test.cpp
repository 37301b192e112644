#include "mail/mail_url.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using signet::mail::MailFolder;
using signet::mail::MailTarget;
using signet::mail::read_mail_url;
using signet::mail::SmtpServer;
using signet::mail::SmtpTls;

namespace {

SmtpServer smtp(std::string_view text) {
    CAPTURE(text);
    const auto target = read_mail_url(text);
    REQUIRE(target.has_value());
    REQUIRE(std::holds_alternative<SmtpServer>(*target));
    return std::get<SmtpServer>(*target);
}

std::string folder(std::string_view text) {
    const auto target = read_mail_url(text);
    REQUIRE(target.has_value());
    return std::get<MailFolder>(*target).path;
}

}  // namespace

TEST_CASE("a mail URL names server, port, encryption, user and password") {
    const SmtpServer plain = smtp("smtp://mail.example.org");
    CHECK(plain.host == "mail.example.org");
    CHECK(plain.port == 587);
    CHECK(plain.tls == SmtpTls::starttls);
    CHECK(plain.user.empty());
    CHECK(smtp("smtps://mail.example.org/").port == 465);
    CHECK(smtp("smtps://mail.example.org").tls == SmtpTls::at_once);
    CHECK(smtp("smtp://localhost:25?tls=off").tls == SmtpTls::off);
    CHECK(smtp("smtp://localhost:25/?tls=off").port == 25);
    const SmtpServer v6 = smtp("smtp://[2001:db8::1]:2525");
    CHECK(v6.host == "2001:db8::1");
    CHECK(v6.port == 2525);
}

TEST_CASE("user and password of a mail URL are percent-decoded") {
    const SmtpServer server =
        smtp("smtp://ann%40example.org:p%2F%3f%23%3A%25w@mail.example.org:26");
    CHECK(server.user == "ann@example.org");
    CHECK(server.password == "p/?#:%w");
    CHECK(server.host == "mail.example.org");
    CHECK(smtp("smtp://ann:a:b@mail.example.org").password == "a:b");
    CHECK(smtp("smtp://ann:a@b@mail.example.org").password == "a@b");
    CHECK(smtp("smtp://ann@mail.example.org").password.empty());
}

TEST_CASE("a mail URL that is wrong is refused, and no part of it is repeated") {
    for (const char* text : {"",
                             "mail.example.org",
                             "http://mail.example.org",
                             "smtp://",
                             "smtp://:587",
                             "smtp://mail.example.org:0",
                             "smtp://mail.example.org:65536",
                             "smtp://mail.example.org:x",
                             "smtp://mail.example.org:",
                             "smtp://mail.example.org/x",
                             "smtp://mail.example.org?tls=on",
                             "smtp://mail.example.org?tls=off&x",
                             "smtp://mail.example.org#x",
                             "smtps://mail.example.org?tls=off",
                             "smtp://-mail.example.org",
                             "smtp://mail example.org",
                             "smtp://[::1",
                             "smtp://[127.0.0.1]",
                             "smtp://[::1]x",
                             "smtp://:hunter2@mail.example.org",
                             "smtp://ann:hunter2%@mail.example.org",
                             "smtp://ann:hunter2%0a@mail.example.org",
                             "smtp://ann:hunter2%00@mail.example.org",
                             "smtp://ann:hunter2%ff@mail.example.org",
                             "smtp://ann:hunter2/x@mail.example.org",
                             "smtp://ann:hunter2?@mail.example.org",
                             "file:",
                             "file://",
                             "file://host/dir",
                             "file:a\nb"}) {
        CAPTURE(text);
        const auto target = read_mail_url(text);
        REQUIRE_FALSE(target.has_value());
        CHECK_FALSE(target.error().log_detail.empty());
        CHECK(target.error().log_detail.find("hunter2") == std::string::npos);
    }
}

TEST_CASE("a mail URL may name a directory") {
    CHECK(folder("file:var/mail") == "var/mail");
    CHECK(folder("file:/var/mail") == "/var/mail");
    CHECK(folder("file:///var/mail") == "/var/mail");
}
