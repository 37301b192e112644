#include "base/form.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using signet::Form;
using signet::kFormFieldsMax;

namespace {

std::string value_in(std::string_view text, std::string_view name) {
    const auto form = Form::parse(text);
    REQUIRE(form.has_value());
    return std::string(form->find(name).value_or("none"));
}

}  // namespace

TEST_CASE("a form is read as a browser writes it") {
    CHECK(value_in("a=1&b=2", "b") == "2");
    CHECK(value_in("password=correct+horse%2Bbattery%26staple%3D", "password") ==
          "correct horse+battery&staple=");
    CHECK(value_in("name=J%C3%BCrgen+%F0%9F%90%8E", "name") == "Jürgen 🐎");
    CHECK(value_in("a=b=c", "a") == "b=c");
    CHECK(value_in("a=", "a").empty());
    CHECK(value_in("a=1", "b") == "none");
    CHECK(value_in("%61=%6c%6C", "a") == "ll");
    CHECK(value_in("a=/?:@~*'()!", "a") == "/?:@~*'()!");
    CHECK(Form::parse("")->size() == 0);
}

TEST_CASE("a form with two readings is refused") {
    for (const std::string_view text :
         {"a=1&a=2", "a=1&%61=2", "a",           "=1",    "a=1&",     "&a=1",  "a=1&&b=2",
          "&",       "a=%",       "a=%4",        "a=%4g", "a=%u0041", "a=%+1", "%=1",
          "a=%FF",   "a=%C0%AF",  "a=%ED%A0%80", "a=%00", "%00=a",    "%FF=a"}) {
        CAPTURE(text);
        CHECK_FALSE(Form::parse(text).has_value());
    }
    CHECK_FALSE(Form::parse("a=\xFF").has_value());
    CHECK_FALSE(Form::parse(std::string_view("a=\0", 3)).has_value());
}

TEST_CASE("a form has a bounded number of fields") {
    std::string text;
    for (std::size_t i = 0; i < kFormFieldsMax; ++i) {
        text += (i == 0 ? "f" : "&f") + std::to_string(i) + "=1";
    }
    CHECK(Form::parse(text)->size() == kFormFieldsMax);
    CHECK_FALSE(Form::parse(text + "&more=1").has_value());
}
