#pragma once

#include <boost/json/memory_resource.hpp>
#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace signet {

// Why a text was refused as JSON.
enum class JsonFault : std::uint8_t {
    syntax,  // also: invalid UTF-8, a BOM, trailing bytes, a lone surrogate, NaN, an empty text
    too_deep,
    duplicate_key,  // compared after unescaping
    too_many_members,
    nul_character,  // U+0000 in a string or a key
    number,         // a number with fraction or exponent, or beyond int64
};

// Boost.JSON alone takes duplicate keys (the last one wins), NULs, and 1e400 as Infinity; this
// reader takes none of them.
struct JsonLimits {
    std::size_t depth_max = 8;        // nesting of arrays and objects
    std::size_t members_max = 64;     // of one object
    std::size_t elements_max = 1024;  // of one array
    bool floats = false;              // whether numbers that are no int64 are taken at all
};

// Memory that is wiped when it is given back, for bodies that hold passwords.
boost::json::storage_ptr wiping_storage();

// The value, or the fault. Thread-safe.
std::variant<boost::json::value, JsonFault> read_json(std::string_view text,
                                                      const JsonLimits& limits,
                                                      const boost::json::storage_ptr& storage = {});

// A JSON string literal of valid UTF-8, quotes included. Also escapes U+007F, U+2028, U+2029 and
// the marks that turn the direction of writing (U+202A to U+202E, U+2066 to U+2069), so
// that the result is one line anywhere.
std::string json_quote(std::string_view utf8);
// The same behind what is there already.
void append_json_quoted(std::string& out, std::string_view utf8);

// Writes JSON text without blanks, member by member in the order of the calls, into one string. The
// caller closes what it opens.
class JsonWriter {
public:
    // `bytes` are reserved.
    explicit JsonWriter(std::size_t bytes = 0) { out_.reserve(bytes); }

    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }
    JsonWriter& key(std::string_view name);

    JsonWriter& value(std::string_view utf8);
    JsonWriter& value(const char* utf8) { return value(std::string_view(utf8)); }
    JsonWriter& value(bool truth) { return raw(truth ? "true" : "false"); }
    template <std::integral T>
        requires(!std::same_as<T, bool> && !std::same_as<T, char>)
    JsonWriter& value(T number) {
        return raw(std::to_string(number));
    }
    // Writes null if there is no value.
    template <class T>
    JsonWriter& value(const std::optional<T>& maybe) {
        return maybe ? value(*maybe) : raw("null");
    }
    JsonWriter& value(const std::vector<std::string>& texts);
    // Writes a JSON text as it is.
    JsonWriter& raw(std::string_view json);
    // Puts a line feed before the next value or closing bracket, and after a comma between the two.
    JsonWriter& break_line() {
        line_break_ = true;
        return *this;
    }

    template <class T>
    JsonWriter& member(std::string_view name, const T& content) {
        return key(name).value(content);
    }

    void reserve(std::size_t bytes) { out_.reserve(bytes); }
    std::string take() { return std::move(out_); }

private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    void separate();
    void write_line_break();

    std::string out_;
    bool comma_ = false;       // whether something stands before the next value of this level
    bool line_break_ = false;  // whether break_line() was called and nothing written since
};

}  // namespace signet
