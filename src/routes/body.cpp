#include "routes/body.hpp"

#include "base/json.hpp"
#include "base/secret.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <variant>

namespace signet::routes {
namespace {

constexpr std::size_t kBodyDepthMax = 16;  // for the metadata of a user

// Enough for whoever mends the request. A body of 16 KiB holds thousands.
constexpr std::size_t kOffencesMax = 32;

// RFC 6901 section 3: ~ and / are escaped.
std::string pointer_to(std::string_view name) {
    std::string pointer = "/";
    for (const char c : name) {
        if (c == '~') {
            pointer += "~0";
        } else if (c == '/') {
            pointer += "~1";
        } else {
            pointer += c;
        }
    }
    return pointer;
}

// PostgreSQL writes numbers without an exponent, so that 1e308 takes 309 bytes. Within these bounds
// JavaScript does the same.
bool numbers_fit(const boost::json::value& value) {  // NOLINT(misc-no-recursion): 16 deep
    constexpr double kLargest = 1e21;
    if (const double* number = value.if_double()) {
        const double size = std::abs(*number);
        return size == 0 || (size < kLargest && size > 1 / kLargest);
    }
    if (const auto* array = value.if_array()) {
        return std::ranges::all_of(*array, numbers_fit);
    }
    const auto* object = value.if_object();
    return object == nullptr || std::ranges::all_of(*object, [](const auto& member) {
               return numbers_fit(member.value());
           });
}

}  // namespace

Result<boost::json::object> read_object(std::string_view text, std::size_t depth_max) {
    // A body is small, so nothing but the depth needs a limit of its own.
    std::variant<boost::json::value, JsonFault> parsed = read_json(text,
                                                                   {.depth_max = depth_max,
                                                                    .members_max = text.size(),
                                                                    .elements_max = text.size(),
                                                                    .floats = true},
                                                                   wiping_storage());
    if (const JsonFault* fault = std::get_if<JsonFault>(&parsed)) {
        if (*fault == JsonFault::duplicate_key) {
            return Errc::duplicate_key;
        }
        if (*fault == JsonFault::nul_character) {
            return Error::field("", "control-character", "A string holds the character U+0000.");
        }
        if (*fault == JsonFault::too_deep) {
            return Error::field(
                "", "too-deep",
                "At most " + std::to_string(depth_max) + " objects and arrays lie in each other.");
        }
        return Errc::invalid_json;
    }
    boost::json::object* object = std::get<boost::json::value>(parsed).if_object();
    if (object == nullptr) {
        return Errc::object_expected;
    }
    return std::move(*object);
}

Result<BodyReader> BodyReader::open(std::string_view body, std::span<const Member> known) {
    Result<boost::json::object> object = read_object(body, kBodyDepthMax);
    if (!object) {
        return object.error();
    }
    BodyReader reader(std::move(*object), known);
    for (const auto& member : reader.object_) {
        if (reader.find(member.key()) == nullptr) {
            reader.offend(member.key(), "unknown-field", "This route does not know the member.");
        }
    }
    return reader;
}

const Member* BodyReader::find(std::string_view name) const {
    const auto member = std::ranges::find(known_, name, &Member::name);
    return member == known_.end() ? nullptr : &*member;
}

const boost::json::value* BodyReader::given(std::string_view name) const {
    const boost::json::value* value = object_.if_contains(name);
    return value != nullptr && !value->is_null() ? value : nullptr;
}

const Member& BodyReader::known(std::string_view name) const {
    const Member* member = find(name);
    if (member == nullptr) {
        throw std::logic_error("a handler reads a member that its request does not have");
    }
    return *member;
}

bool BodyReader::fits(const Member& member, std::size_t bytes) {
    if (bytes > member.bytes_max) {
        offend(member.name, "too-long",
               "At most " + std::to_string(member.bytes_max) + " bytes are taken.");
    }
    return bytes <= member.bytes_max;
}

std::optional<std::string> BodyReader::optional_text(std::string_view name) {
    const Member& member = known(name);
    const boost::json::value* value = given(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    const boost::json::string* text = value->if_string();
    if (text == nullptr) {
        offend(name, "wrong-type", "A string is expected.");
        return std::nullopt;
    }
    return fits(member, text->size()) ? std::optional<std::string>(*text) : std::nullopt;
}

std::optional<Text> BodyReader::optional_object(std::string_view name) {
    const Member& member = known(name);
    const boost::json::value* value = given(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_object()) {
        offend(name, "wrong-type", "An object is expected.");
        return std::nullopt;
    }
    if (!numbers_fit(*value)) {
        offend(name, "out-of-range",
               "A number has to be between -1e21 and 1e21, and no smaller "
               "than 1e-21.");
        return std::nullopt;
    }
    const std::string json = boost::json::serialize(*value);
    return fits(member, json.size()) ? Text::from(json) : std::nullopt;
}

std::optional<std::string> BodyReader::optional_name(std::string_view name) {
    const std::optional<std::string> text = optional_text(name);
    if (!text || trim_white_space(*text).empty()) {
        return std::nullopt;
    }
    return std::string(trim_white_space(*text));
}

std::string BodyReader::required_text(std::string_view name) {
    const std::size_t before = offences_.size();
    std::optional<std::string> text = optional_text(name);
    if ((!text || text->empty()) && offences_.size() == before) {
        offend(name, "required", "The member is missing or empty.");
    }
    std::string value = text.value_or("");
    if (text) {
        wipe(*text);  // a short text lies in the object itself, which a move would leave behind
    }
    return value;
}

bool BodyReader::optional_flag(std::string_view name) {
    const boost::json::value* value = given(name);
    if (value == nullptr) {
        return false;
    }
    const bool* flag = value->if_bool();
    if (flag == nullptr) {
        offend(name, "wrong-type", "true or false is expected.");
    }
    return flag != nullptr && *flag;
}

void BodyReader::offend(std::string_view name, std::string_view code, std::string_view detail) {
    if (offences_.size() < kOffencesMax) {
        offences_.push_back({pointer_to(name), std::string(code), std::string(detail)});
    }
}

std::optional<Error> BodyReader::refusal() const {
    if (offences_.empty()) {
        return std::nullopt;
    }
    Error error{Errc::invalid_input};
    error.fields = offences_;
    return error;
}

}  // namespace signet::routes
