#pragma once

#include <signet/domain/text.hpp>
#include <signet/result.hpp>

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signet::routes {

inline constexpr std::size_t kJsonBodyBytesMax = std::size_t{16} * 1024;

enum class JsonType : std::uint8_t { text, integer, flag, time, texts, object, objects };

// What a value stands for, for the description of the API. Whatever is longer than
// Member::bytes_max has the fault `too-long` besides.
struct Meaning {
    std::string_view about = {};                    // a sentence for people
    std::string_view example = {};                  // a JSON text
    std::string_view pattern = {};                  // of a text, as in ECMA-262
    std::string_view format = {};                   // of a text, as in JSON Schema
    std::string_view items = {};                    // the JSON Schema of the elements of `objects`
    std::size_t length_min = 0;                     // characters
    std::size_t length_max = 0;                     // characters; 0: as many as bytes_max
    std::span<const std::string_view> faults = {};  // codes of what may be wrong with it alone
};

// What may stand in a JSON object under one name. A time is a text in RFC 3339.
struct Member {
    std::string_view name = {};
    JsonType type = JsonType::text;
    bool required = false;  // always there
    bool nullable = false;
    std::size_t bytes_max = 0;  // of a text, or the JSON text of an object, that a client sends
    const Meaning* meaning = nullptr;
    bool shown = false;      // stands in an example though it may be left out
    bool by_cookie = false;  // required where cookies are off; otherwise a cookie may hold it
};

// Returns the JSON object that a text is, in memory that is wiped afterwards. Its objects and
// arrays lie at most `depth_max` deep in each other. Errors: invalid_json, duplicate_key,
// object_expected, invalid_input.
Result<boost::json::object> read_object(std::string_view text, std::size_t depth_max);

// Reads a JSON object member by member and collects what is wrong with it. Members that the route
// does not know are offences, so that nobody signs up with `roles` or `active`.
class BodyReader {
public:
    // The errors are those of read_object(). `known` outlives the reader.
    static Result<BodyReader> open(std::string_view body, std::span<const Member> known);

    // Returns the member, or nothing if it is missing or null. A value that is no string, or is
    // longer than its Member::bytes_max, is an offence. Throws std::logic_error for a name that is
    // not known.
    std::optional<std::string> optional_text(std::string_view name);
    // The same without white space around it. One that has nothing else counts as missing.
    std::optional<std::string> optional_name(std::string_view name);
    // The same as optional_text(); a member that is missing or empty is an offence, too.
    std::string required_text(std::string_view name);
    // Returns the JSON text of the member, or nothing if it is missing or null. A value that is no
    // object, or is longer than its Member::bytes_max, is an offence. Numbers are those of a
    // double, as in JavaScript.
    std::optional<Text> optional_object(std::string_view name);
    // Returns false if the member is missing or null. A value that is no boolean is an offence.
    bool optional_flag(std::string_view name);

    void offend(std::string_view name, std::string_view code, std::string_view detail);
    // Whether the member is there and not null.
    bool has(std::string_view name) const { return given(name) != nullptr; }

    // Returns invalid_input with the offences, the first 32 of them, or nothing if there are none.
    std::optional<Error> refusal() const;

private:
    BodyReader(boost::json::object object, std::span<const Member> known)
        : object_(std::move(object)), known_(known) {}

    const Member* find(std::string_view name) const;
    // Returns null if the member is missing or null.
    const boost::json::value* given(std::string_view name) const;
    // Returns what is known of the member. Throws std::logic_error for a name that is not known.
    const Member& known(std::string_view name) const;
    bool fits(const Member& member, std::size_t bytes);

    boost::json::object object_;
    std::span<const Member> known_;
    std::vector<FieldError> offences_;
};

}  // namespace signet::routes
