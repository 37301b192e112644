#include "mail/templates.hpp"

#include "mail/shipped.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using signet::Errc;
using signet::MailText;
using signet::MailValues;
using signet::mail::sample_values;
using signet::mail::template_names;
using signet::mail::Templates;
using signet::test::TempDir;

namespace {

const std::string kIssuer = "https://auth.example.org";

MailValues samples(std::string_view name = "reset-password") {
    return sample_values(kIssuer, name);
}

Templates shipped() {
    auto templates = Templates::load("", kIssuer);
    REQUIRE(templates.has_value());
    return *std::move(templates);
}

bool holds(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

// Such as {"en/reset-password.txt", "…"}.
using OwnFiles = std::vector<std::pair<std::string, std::string>>;

// A directory of an operator with these files.
class OwnTemplates {
public:
    explicit OwnTemplates(const OwnFiles& files) {
        for (const auto& [path, text] : files) {
            std::filesystem::create_directories((dir_.path() / path).parent_path());
            dir_.write(path, text);
        }
    }
    std::string str() const { return dir_.str(); }

    // Why they are refused, or nothing.
    std::string fault() const {
        const auto loaded = Templates::load(str(), kIssuer);
        return loaded ? "" : loaded.error().log_detail;
    }

private:
    TempDir dir_;
};

std::string shipped_text(std::string_view path) {
    for (const auto& file : signet::mail::shipped_files()) {
        if (file.path == path) {
            return std::string(file.text);
        }
    }
    FAIL("no such file");
    return {};
}

}  // namespace

TEST_CASE(
    "every mail ships in English and German, says what it is about, and leaves nothing open") {
    const Templates templates = shipped();
    CHECK(templates.languages() == std::vector<std::string>{"de", "en"});
    CHECK(template_names().size() == 12);
    for (const std::string_view name : template_names()) {
        for (const char* language : {"en", "de"}) {
            CAPTURE(name);
            CAPTURE(language);
            const auto text = templates.render(name, language, samples());
            REQUIRE(text.has_value());
            CHECK_FALSE(text->subject.empty());
            CHECK_FALSE(holds(text->subject, "Subject"));
            CHECK(holds(text->text, "auth.example.org"));
            CHECK(holds(text->html, "auth.example.org"));
            CHECK(holds(text->html, std::string("<html lang=\"") + language));
            for (const std::string* part : {&text->subject, &text->text, &text->html}) {
                CHECK_FALSE(holds(*part, "{{"));
                CHECK_FALSE(holds(*part, "}}"));
            }
            // Nothing is loaded from elsewhere.
            for (const char* loads : {"src=", "url(", "@import", "<link", "<img", "<script"}) {
                CHECK_FALSE(holds(text->html, loads));
            }
        }
    }
}

TEST_CASE("a mail with a link or a code says how long it holds, in its language") {
    const Templates templates = shipped();
    struct Case {
        const char* seconds;
        const char* english;
        const char* german;
    };
    for (const Case& tried :
         {Case{"3600", "within 1 hour.", "1 Stunde lang"}, Case{"600", "10 minutes", "10 Minuten"},
          Case{"5400", "90 minutes", "90 Minuten lang"}, Case{"86400", "1 day.", "1 Tag lang"},
          Case{"604800", "7 days", "7 Tage lang"}, Case{"61", "61 seconds", "61 Sekunden"}}) {
        MailValues values = samples();
        values["holds"] = tried.seconds;
        for (const char* name : {"verify-email", "reset-password", "change-email", "sign-in-link",
                                 "sign-in-code", "invitation"}) {
            CAPTURE(name);
            CHECK(holds(templates.render(name, "en", values)->text, tried.english));
            CHECK(holds(templates.render(name, "en", values)->html, tried.english));
            CHECK(holds(templates.render(name, "de", values)->text, tried.german));
        }
    }
}

TEST_CASE("the sample link of an issuer that ends in a slash has one slash before its path") {
    CHECK(sample_values("https://auth.example.org/v1/", "reset-password")
              .at("link")
              .starts_with("https://auth.example.org/v1/verify?ticket="));
}

TEST_CASE("no subject names a code or a link") {
    const Templates templates = shipped();
    const MailValues values = samples();
    for (const std::string_view name : template_names()) {
        for (const char* language : {"en", "de"}) {
            const MailText text = *templates.render(name, language, values);
            CHECK_FALSE(holds(text.subject, values.find("code")->second));
            CHECK_FALSE(holds(text.subject, "http"));
        }
    }
    CHECK(holds(templates.render("sign-in-code", "en", values)->text, "314159"));
    CHECK(holds(templates.render("sign-in-code", "en", values)->html, "314159"));
}

TEST_CASE("what a user typed becomes neither markup nor a line nor a header") {
    const Templates templates = shipped();
    MailValues values = samples();
    values["username"] = "<b>x</b>\"'\r\nBcc: eve@example.org\n\nClick http://evil.example";
    values["newAddress"] = "\"><script>alert(1)</script>@example.org";
    values["address"] = "a\nSubject: x@example.org";
    for (const std::string_view name : template_names()) {
        for (const char* language : {"en", "de"}) {
            CAPTURE(name);
            const MailText harmed = *templates.render(name, language, values);
            const MailText usual = *templates.render(name, language, samples());
            CHECK_FALSE(holds(harmed.html, "<b>"));
            CHECK_FALSE(holds(harmed.html, "<script>"));
            CHECK(std::ranges::count(harmed.text, '\n') == std::ranges::count(usual.text, '\n'));
            CHECK_FALSE(holds(harmed.text, "\r"));
            CHECK_FALSE(holds(harmed.subject, "\n"));
            CHECK_FALSE(holds(harmed.text, "\nBcc"));
        }
    }
    CHECK(holds(templates.render("username-taken", "en", values)->html, "&lt;b&gt;x"));
}

TEST_CASE("a link that is no web address is not one in HTML either") {
    MailValues values = samples();
    values["link"] = "javascript:alert(1)";
    CHECK_FALSE(
        holds(shipped().render("reset-password", "en", values)->html, "href=\"javascript:"));
}

TEST_CASE("a value that is not given leaves no gap") {
    const Templates templates = shipped();
    const MailText text = *templates.render("password-changed", "en", {});
    CHECK(holds(text.text, "Hello,"));
    CHECK_FALSE(holds(text.html, "href"));
    CHECK_FALSE(holds(text.text, "\n\n\n"));
    CHECK(holds(
        templates.render("password-changed", "en", {{"link", "https://app.example.org"}})->html,
        "href=\"https://app.example.org\""));
}

TEST_CASE("a mail in a language that there is not is English, and an unknown mail is a bug") {
    const Templates templates = shipped();
    const MailValues values = samples();
    CHECK(templates.render("reset-password", "fr", values)->text ==
          templates.render("reset-password", "en", values)->text);
    CHECK(templates.render("reset-password", "../en", values)->text ==
          templates.render("reset-password", "en", values)->text);
    CHECK(templates.render("welcome", "en", values).error().errc == Errc::internal);
}

TEST_CASE("the language of a mail is one in which there are templates") {
    CHECK(shipped().choose_language("de-CH, en;q=0.5") == "de");
    CHECK(shipped().choose_language("fr") == "en");
}

TEST_CASE("an operator's directory replaces templates file by file, and may add a language") {
    const OwnTemplates own(OwnFiles{
        {"en/reset-password.txt", "Subject: Mine\r\n\r\nGo to {{LINK}} within {{HOLDS}}.\r\n"},
        {"fr/duration.txt", "{{#HOUR}}une heure{{/HOUR}}"},
        {"fr/layout.html", "<html lang=\"fr\">{{BODY:none}}</html>"},
        {"fr/reset-password.txt", "Subject: Mot de passe\n\n{{LINK}} {{HOLDS}}\n"},
        {"fr/reset-password.html", "<p><a href=\"{{LINK}}\">{{LINK}}</a> {{HOLDS}}</p>"},
        {"README.md", "notes"},
        {"en/reset-password.txt~", "a backup"},
        {".git/HEAD", "x"},
    });
    const auto templates = Templates::load(own.str(), kIssuer);
    REQUIRE_MESSAGE(templates.has_value(), own.fault());
    const MailValues values = samples();
    const MailText mine = *templates->render("reset-password", "en", values);
    CHECK(mine.subject == "Mine");
    CHECK(mine.text == "Go to " + values.find("link")->second + " within 1 hour.\n");
    CHECK(mine.html ==
          shipped()
              .render("reset-password", "en", values)
              ->html.replace(shipped().render("reset-password", "en", values)->html.find("<title>"),
                             std::string("<title>Choose a new password").size(), "<title>Mine"));
    CHECK(templates->render("reset-password", "de", values)->text ==
          shipped().render("reset-password", "de", values)->text);
    CHECK(templates->choose_language("fr-CA") == "fr");
    CHECK(templates->render("reset-password", "fr", values)->html ==
          "<html lang=\"fr\"><p><a href=\"" + values.find("link")->second + "\">" +
              values.find("link")->second + "</a> une heure</p></html>");
    CHECK(templates->render("sign-in-code", "fr", values)->subject == "Your code to sign in");
}

TEST_CASE("a template that cannot be used is refused with the name of its file and the reason") {
    const std::string good = "Subject: x\n\n{{LINK}}\n";
    struct Case {
        const char* path;
        std::string text;
        const char* reason;
    };
    for (const Case& tried : std::vector<Case>{
             {"en/reset-password.txt", "Subject: x\n\nNo link.\n", "shows no {{LINK}}"},
             {"en/reset-password.html", "<p>No link.</p>", "shows no {{LINK}}"},
             {"en/sign-in-code.html", "<p>{{CODE}} {{LINK}}</p>", "has {{LINK}}, which this mail"},
             {"en/reset-password.txt", good + "{{LNIK}}", "has {{LNIK}}, which this mail"},
             {"en/reset-password.txt", good + "{{#ADMIN}}x{{/ADMIN}}", "has {{ADMIN}}"},
             {"en/reset-password.txt", good + "{{>OTHER}}", "has {{OTHER}}"},
             {"en/reset-password.txt", good + "{{#HOLDS}}{{DEEP}}{{/HOLDS}}", "has {{DEEP}}"},
             {"en/reset-password.txt", good + "{{CODE}}", "has {{CODE}}, which this mail"},
             {"en/reset-password.txt", good + "{{#HOLDS}}", "before all sections were closed"},
             {"en/reset-password.txt", good + "{{HOLDS", "No ending '}}'"},
             {"en/reset-password.txt", good + "{{A B}}", "Illegal name"},
             {"en/reset-password.txt", "x\n" + good, "Subject: "},
             {"en/reset-password.txt", "Subject: \n\n{{LINK}}", "Subject: "},
             {"en/reset-password.txt", "Subject: {{LINK}}\n\n{{LINK}}", "in the subject"},
             {"en/sign-in-code.txt", "Subject: {{CODE}}\n\n{{CODE}}", "in the subject"},
             {"en/reset-password.txt", good + "\xff", "is not UTF-8"},
             {"en/reset-password.txt", good + std::string("\0", 1), "NUL"},
             {"en/reset-password.txt", std::string(70'000, 'x'), "64 KiB"},
             {"en/reset-pasword.txt", good, "no mail has this name"},
             {"en/reset-password.html", "<p>{{LINK}} {{USERNAME:none}}</p>", "without escaping"},
             {"en/reset-password.html", "<p>{{LINK}} <b {{USERNAME</p>", "No ending"},
             {"en/layout.html", "<p>{{SUBJECT}}</p>", "has to show {{BODY:none}}"},
             {"en/layout.html", "<p>{{BODY}}</p>", "has to show {{BODY:none}}"},
             {"fr/reset-password.txt", good, "needs reset-password.html beside it"},
             {"fr/reset-password.html", "{{LINK}}", "needs reset-password.txt beside it"}}) {
        CAPTURE(tried.path);
        CAPTURE(tried.text.substr(0, 100));
        const OwnTemplates own(OwnFiles{{tried.path, tried.text}});
        CAPTURE(own.fault());
        CHECK(own.fault().starts_with(own.str() + '/' + tried.path + ": "));
        CHECK(holds(own.fault(), tried.reason));
    }
    const OwnTemplates pair(
        {{"fr/reset-password.txt", good}, {"fr/reset-password.html", "<p>{{LINK}}</p>"}});
    CHECK(holds(pair.fault(), "needs duration.txt beside it"));
    CHECK(holds(Templates::load("/nonexistent/mail", kIssuer).error().log_detail,
                "/nonexistent/mail: cannot be read"));
}

TEST_CASE("what ctemplate complains about is in the error and nowhere else") {
    std::ostringstream log;
    std::streambuf* const usual = std::cerr.rdbuf(log.rdbuf());
    const OwnTemplates own(OwnFiles{{"en/reset-password.txt", "Subject: x\n\n{{#LINK}}"}});
    CHECK(holds(own.fault(), "sections"));
    std::cerr.rdbuf(usual);
    CHECK(log.str().empty());
}

TEST_CASE("the files that ship can be an operator's directory as they are") {
    OwnFiles files;
    for (const auto& file : signet::mail::shipped_files()) {
        files.emplace_back(file.path, shipped_text(file.path));
    }
    CHECK(OwnTemplates(files).fault().empty());
}
