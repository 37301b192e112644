#include "mail/header.hpp"
#include "mail/templates.hpp"
#include "support/fuzz.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace {

using namespace signet;
using test::hold;

constexpr std::array kTyped{"username", "address", "newAddress", "link", "code"};

const mail::Templates& templates() {
    static const mail::Templates loaded = *mail::Templates::load("", "https://auth.example.org");
    return loaded;
}

auto count(const std::string& text, char c) {
    return std::ranges::count(text, c);
}

void hold_header(const std::string& value) {
    for (std::size_t at = value.find_first_of("\r\n"); at != std::string::npos;
         at = value.find_first_of("\r\n", at + 3)) {
        hold(value.substr(at, 3) == "\r\n ", "a header goes on, and no other begins");
    }
    hold(std::ranges::all_of(value, [](char c) { return static_cast<signed char>(c) > 0; }),
         "a header is ASCII");
}

// What somebody typed, in place of each value of each mail.
void run(std::string_view input) {
    hold_header(mail::header_text(input));
    MailValues typed{{"holds", "3600"}};
    MailValues harmless = typed;
    for (const char* name : kTyped) {
        typed[name] = std::string(input);
        harmless[name] = input.empty() ? "" : "x";
    }
    for (const std::string_view name : {"username-taken", "change-email", "sign-in-code"}) {
        const MailText text = *templates().render(name, "de", typed);
        const MailText usual = *templates().render(name, "de", harmless);
        hold(count(text.text, '\n') == count(usual.text, '\n'), "no value adds a line");
        hold(count(text.html, '<') == count(usual.html, '<'), "no value becomes an element");
        hold(count(text.html, '"') == count(usual.html, '"'), "no value leaves its attribute");
        hold(text.subject == usual.subject, "no value is in these subjects");
    }
    const std::string language = templates().choose_language(input);
    hold(language == "en" || language == "de", "a language is one that there is");
}

const test::FuzzRegistration kTarget("mail_values", run);

}  // namespace
