#include "base/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value_stack.hpp>
#include <openssl/crypto.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <new>
#include <utility>
#include <vector>

namespace signet {
namespace {

namespace json = boost::json;
using boost::system::error_code;
using Chars = json::string_view;

// More cost another allocation.
constexpr std::size_t kUsualKeys = 16;
constexpr std::size_t kUsualKeyBytes = 256;

// Sees every token before it becomes a value, and stops the parser at the first one we refuse.
class StrictHandler {
public:
    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();

    StrictHandler(const JsonLimits& limits, const json::storage_ptr& storage)
        : limits_(limits), stack_(storage) {
        stack_.reset(storage);
        keys_.reserve(kUsualKeys);
        key_bytes_.reserve(kUsualKeyBytes);
    }

    std::optional<JsonFault> fault() const { return fault_; }
    json::value release() { return stack_.release(); }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }

    bool on_object_begin(error_code& ec) { return begin(ec); }
    bool on_object_end(std::size_t n, error_code&) {
        end();
        stack_.push_object(n);
        return true;
    }
    bool on_array_begin(error_code& ec) { return begin(ec); }
    bool on_array_end(std::size_t n, error_code&) {
        end();
        stack_.push_array(n);
        return true;
    }

    bool on_key_part(Chars part, std::size_t, error_code& ec) {
        key_bytes_.append(part.data(), part.size());
        return take_chars(part, ec);
    }
    bool on_key(Chars part, std::size_t, error_code& ec) {
        key_bytes_.append(part.data(), part.size());
        if (has_nul(part)) {
            return refuse(JsonFault::nul_character, ec);
        }
        stack_.push_key(part);
        return end_key(ec);
    }
    bool on_string_part(Chars part, std::size_t, error_code& ec) { return take_chars(part, ec); }
    bool on_string(Chars part, std::size_t, error_code& ec) {
        if (has_nul(part)) {
            return refuse(JsonFault::nul_character, ec);
        }
        return scalar(ec, [&] { stack_.push_string(part); });
    }

    bool on_number_part(Chars, error_code&) { return true; }
    bool on_int64(std::int64_t number, Chars, error_code& ec) {
        return scalar(ec, [&] { stack_.push_int64(number); });
    }
    bool on_uint64(std::uint64_t number, Chars, error_code& ec) {
        if (!limits_.floats) {
            return refuse(JsonFault::number, ec);
        }
        return scalar(ec, [&] { stack_.push_uint64(number); });
    }
    bool on_double(double number, Chars, error_code& ec) {
        if (!limits_.floats || !std::isfinite(number)) {
            return refuse(JsonFault::number, ec);
        }
        return scalar(ec, [&] { stack_.push_double(number); });
    }
    bool on_bool(bool value, error_code& ec) {
        return scalar(ec, [&] { stack_.push_bool(value); });
    }
    bool on_null(error_code& ec) {
        return scalar(ec, [&] { stack_.push_null(); });
    }
    bool on_comment_part(Chars, error_code&) { return true; }
    bool on_comment(Chars, error_code&) { return true; }

private:
    // One open array or object.
    struct Level {
        std::size_t count = 0;      // elements of an array, or members of an object
        std::size_t keys_from = 0;  // the first of its keys in keys_
        std::size_t bytes_from = 0;
    };
    struct Key {
        std::size_t offset;
        std::size_t size;
    };

    static bool has_nul(Chars part) { return part.find('\0') != Chars::npos; }

    bool refuse(JsonFault fault, error_code& ec) {
        fault_ = fault;
        ec = json::error::syntax;
        return false;
    }

    bool take_chars(Chars part, error_code& ec) {
        if (has_nul(part)) {
            return refuse(JsonFault::nul_character, ec);
        }
        stack_.push_chars(part);
        return true;
    }

    // Counts a value against the array that it stands in. Members are counted by their keys.
    bool count_element(error_code& ec) {
        if (levels_.empty() || in_member_) {
            in_member_ = false;
            return true;
        }
        if (++levels_.back().count > limits_.elements_max) {
            return refuse(JsonFault::too_many_members, ec);
        }
        return true;
    }

    template <class Push>
    bool scalar(error_code& ec, Push push) {
        if (!count_element(ec)) {
            return false;
        }
        push();
        return true;
    }

    bool begin(error_code& ec) {
        if (levels_.size() >= limits_.depth_max) {
            return refuse(JsonFault::too_deep, ec);
        }
        if (!count_element(ec)) {
            return false;
        }
        levels_.push_back({0, keys_.size(), key_bytes_.size()});
        return true;
    }

    void end() {
        keys_.resize(levels_.back().keys_from);
        key_bytes_.resize(levels_.back().bytes_from);
        levels_.pop_back();
        in_member_ = false;
    }

    bool end_key(error_code& ec) {
        Level& level = levels_.back();
        if (++level.count > limits_.members_max) {
            return refuse(JsonFault::too_many_members, ec);
        }
        const std::size_t offset = keys_.size() == level.keys_from
                                       ? level.bytes_from
                                       : keys_.back().offset + keys_.back().size;
        const std::string_view bytes = key_bytes_;
        const std::string_view key = bytes.substr(offset);
        for (std::size_t i = level.keys_from; i < keys_.size(); ++i) {
            if (bytes.substr(keys_[i].offset, keys_[i].size) == key) {
                return refuse(JsonFault::duplicate_key, ec);
            }
        }
        keys_.push_back({offset, key.size()});
        in_member_ = true;
        return true;
    }

    const JsonLimits& limits_;
    json::value_stack stack_;
    std::vector<Level> levels_;
    std::vector<Key> keys_;  // of all open objects, innermost last
    std::string key_bytes_;  // what keys_ points into: keys after unescaping
    std::optional<JsonFault> fault_;
    bool in_member_ = false;  // the next value belongs to a key
};

}  // namespace

std::variant<boost::json::value, JsonFault> read_json(std::string_view text,
                                                      const JsonLimits& limits,
                                                      const boost::json::storage_ptr& storage) {
    json::parse_options options;
    // Recursion is bounded here; the nesting that a caller asked for is counted by the handler.
    options.max_depth = limits.depth_max + 1;
    json::basic_parser<StrictHandler> parser(options, limits, storage);
    error_code ec;
    const std::size_t taken = parser.write_some(false, text.data(), text.size(), ec);
    if (ec) {
        return parser.handler().fault().value_or(JsonFault::syntax);
    }
    if (taken != text.size() || !parser.done()) {
        return JsonFault::syntax;
    }
    return parser.handler().release();
}

namespace {

void append_unicode_escape(std::string& out, unsigned code_unit) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) {
        out += kHex[(code_unit >> static_cast<unsigned>(shift)) & 0xFU];
    }
}

// The letter after the backslash, for the characters that have a short escape; else 0.
char short_escape(char c) {
    switch (c) {
        case '"':
        case '\\':
            return c;
        case '\b':
            return 'b';
        case '\f':
            return 'f';
        case '\n':
            return 'n';
        case '\r':
            return 'r';
        case '\t':
            return 't';
        default:
            return 0;
    }
}

constexpr std::array<bool, 256> make_plain() {
    std::array<bool, 256> plain{};
    for (std::size_t c = 0x20; c < 0x7F; ++c) {
        plain[c] = c != '"' && c != '\\';
    }
    return plain;
}

constexpr std::array<bool, 256> kPlain = make_plain();

// Returns the code point if the three bytes are a line break of Unicode, or a mark that turns the
// direction of writing; else 0.
unsigned disturbing(std::string_view bytes) {
    if (bytes.size() < 3 || bytes[0] != '\xE2' || (bytes[1] != '\x80' && bytes[1] != '\x81')) {
        return 0;
    }
    const unsigned code_point =
        (bytes[1] == '\x80' ? 0x2000U : 0x2040U) | (static_cast<unsigned char>(bytes[2]) & 0x3FU);
    return (code_point >= 0x2028 && code_point <= 0x202E) ||
                   (code_point >= 0x2066 && code_point <= 0x2069)
               ? code_point
               : 0;
}

// How many bytes at the front stand for themselves.
std::size_t count_plain(std::string_view text) {
    std::size_t count = 0;
    while (count < text.size() && kPlain[static_cast<unsigned char>(text[count])]) {
        ++count;
    }
    return count;
}

}  // namespace

std::string json_quote(std::string_view utf8) {
    std::string out;
    out.reserve(utf8.size() + 2);
    append_json_quoted(out, utf8);
    return out;
}

void append_json_quoted(std::string& out, std::string_view utf8) {
    out += '"';
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const std::size_t plain = count_plain(utf8.substr(i));
        out.append(utf8, i, plain);
        i += plain;
        if (i == utf8.size()) {
            break;
        }
        const char c = utf8[i];
        const std::string_view rest = utf8.substr(i, 3);
        if (const char letter = short_escape(c); letter != 0) {
            out += '\\';
            out += letter;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            append_unicode_escape(out, static_cast<unsigned char>(c));
        } else if (const unsigned code_point = disturbing(rest); code_point != 0) {
            append_unicode_escape(out, code_point);
            i += 2;
        } else {
            out += c;
        }
    }
    out += '"';
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    append_json_quoted(out_, name);
    out_ += ':';
    comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::value(std::string_view utf8) {
    separate();
    append_json_quoted(out_, utf8);
    return *this;
}

JsonWriter& JsonWriter::value(const std::vector<std::string>& texts) {
    begin_array();
    for (const std::string& text : texts) {
        value(text);
    }
    return end_array();
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
}

JsonWriter& JsonWriter::open(char bracket) {
    separate();
    out_ += bracket;
    comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    write_line_break();
    out_ += bracket;
    comma_ = true;
    return *this;
}

void JsonWriter::separate() {
    if (comma_) {
        out_ += ',';
    }
    write_line_break();
    comma_ = true;
}

void JsonWriter::write_line_break() {
    if (std::exchange(line_break_, false)) {
        out_ += '\n';
    }
}

namespace {

// One alignment for all blocks: Boost.JSON gives the key of an unfinished member back under another
// alignment than it asked for.
constexpr std::align_val_t kAlignment{alignof(std::max_align_t)};

// Heap memory that is overwritten before it is given back. Holds no state, so one serves all.
class WipingResource final : public boost::json::memory_resource {
private:
    void* do_allocate(std::size_t bytes, std::size_t) override {
        return ::operator new(bytes, kAlignment);
    }
    void do_deallocate(void* memory, std::size_t bytes, std::size_t) override {
        OPENSSL_cleanse(memory, bytes);
        ::operator delete(memory, bytes, kAlignment);
    }
    bool do_is_equal(const boost::json::memory_resource& other) const noexcept override {
        return dynamic_cast<const WipingResource*>(&other) != nullptr;
    }
};

}  // namespace

boost::json::storage_ptr wiping_storage() {
    static WipingResource resource;
    return {&resource};
}

}  // namespace signet
