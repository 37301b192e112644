#include "routes/body.hpp"

#include "base/json.hpp"
#include "base/secret.hpp"

#include <signet/domain/text.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <variant>

namespace signet::routes {
namespace {

constexpr JsonLimits kBodyLimits{
    .depth_max = 4, .members_max = 32, .elements_max = 32, .floats = true, .skipped_member = {}};

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

}  // namespace

Result<BodyReader> BodyReader::open(std::string_view body, std::span<const Member> known) {
    std::variant<boost::json::value, JsonFault> parsed =
        read_json(body, kBodyLimits, wiping_storage());
    if (const JsonFault* fault = std::get_if<JsonFault>(&parsed)) {
        if (*fault == JsonFault::duplicate_key) {
            return Errc::duplicate_key;
        }
        if (*fault == JsonFault::nul_character) {
            return Error::field("", "control-character", "A string holds the character U+0000.");
        }
        return Errc::invalid_json;
    }
    boost::json::object* object = std::get<boost::json::value>(parsed).if_object();
    if (object == nullptr) {
        return Errc::object_expected;
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

std::optional<std::string> BodyReader::optional_text(std::string_view name) {
    const Member* member = find(name);
    if (member == nullptr) {
        throw std::logic_error("a handler reads a member that its request does not have");
    }
    const std::size_t bytes_max = member->bytes_max;
    const boost::json::value* value = object_.if_contains(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    const boost::json::string* text = value->if_string();
    if (text == nullptr) {
        offend(name, "wrong-type", "A string is expected.");
        return std::nullopt;
    }
    if (text->size() > bytes_max) {
        offend(name, "too-long", "At most " + std::to_string(bytes_max) + " bytes are taken.");
        return std::nullopt;
    }
    return std::string(*text);
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
    const boost::json::value* value = object_.if_contains(name);
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
    offences_.push_back({pointer_to(name), std::string(code), std::string(detail)});
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
