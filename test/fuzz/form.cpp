#include "base/form.hpp"

#include "support/fuzz.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace {

using namespace signet;
using test::hold;

// Encodes every byte, as no browser does.
std::string encode(std::string_view bytes) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += kHex[byte >> 4U];
        out += kHex[byte & 15U];
    }
    return out;
}

void run(std::string_view input) {
    const auto form = Form::parse(input);
    if (form) {
        hold(form->size() <= kFormFieldsMax, "a form has few fields");
        const auto separators = static_cast<std::size_t>(std::ranges::count(input, '&'));
        hold(form->size() == (input.empty() ? 0 : separators + 1), "no field is lost");
    }
    const auto again = Form::parse("a=" + encode(input) + "&b=x");
    if (again) {
        hold(again->find("a") == input, "what was encoded is decoded to the same bytes");
        hold(again->find("b") == "x" && again->size() == 2, "no value becomes a field");
    } else {
        hold(std::ranges::any_of(input, [](char c) { return static_cast<signed char>(c) <= 0; }),
             "ASCII without NUL is always taken");
    }
}

const test::FuzzRegistration kTarget("form", run);

}  // namespace
