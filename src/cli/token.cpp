#include "cli/token.hpp"

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "cli/hasura_rules.hpp"
#include "cli/output.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <istream>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

namespace signet::cli {
namespace {

namespace json = boost::json;

// The token on `in`, without blanks around it and a `Bearer` before it. Empty when it is too long.
std::string read_token(std::istream& in) {
    std::string text(kInspectedBytesMax + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > kInspectedBytesMax) {
        return {};
    }
    constexpr std::string_view kBlanks = " \t\r\n";
    const auto trim = [&text, kBlanks] {
        text.erase(text.find_last_not_of(kBlanks) + 1);
        text.erase(0, text.find_first_not_of(kBlanks));
    };
    trim();
    constexpr std::string_view kScheme = "Bearer ";
    if (text.starts_with(kScheme)) {
        text.erase(0, kScheme.size());
        trim();
    }
    return text;
}

std::optional<std::array<std::string_view, 3>> split(std::string_view token) {
    const std::size_t first = token.find('.');
    const std::size_t last = token.rfind('.');
    if (first == std::string_view::npos || first == last || token.find('.', first + 1) != last) {
        return std::nullopt;
    }
    return std::array{token.substr(0, first), token.substr(first + 1, last - first - 1),
                      token.substr(last + 1)};
}

// The JSON object that a part of the token holds.
std::optional<json::object> read_part(std::string_view part) {
    const auto text = base64url_decode(part);
    if (!text) {
        return std::nullopt;
    }
    const JsonLimits limits{.depth_max = 32,
                            .members_max = 1024,
                            .elements_max = 8192,
                            .floats = true,
                            .skipped_member = {}};
    auto read = read_json(*text, limits);
    auto* const value = std::get_if<json::value>(&read);
    return value != nullptr && value->is_object() ? std::optional(value->get_object())
                                                  : std::nullopt;
}

void print_value(std::ostream& out, const json::value& value, const std::string& indent);

template <class Items, class PrintItem>
void print_items(std::ostream& out, const Items& items, const std::string& indent,
                 PrintItem print_item) {
    std::string_view separator = "\n";
    for (const auto& item : items) {
        out << separator << indent << "  ";
        print_item(item);
        separator = ",\n";
    }
    if (!items.empty()) {
        out << '\n' << indent;
    }
}

void print_object(std::ostream& out, const json::object& object, const std::string& indent) {
    out << '{';
    print_items(out, object, indent, [&](const json::key_value_pair& member) {
        out << json_text(member.key()) << ": ";
        print_value(out, member.value(), indent + "  ");
    });
    out << '}';
}

void print_value(std::ostream& out, const json::value& value, const std::string& indent) {
    if (const auto* const object = value.if_object()) {
        print_object(out, *object, indent);
    } else if (const auto* const array = value.if_array()) {
        out << '[';
        print_items(out, *array, indent,
                    [&](const json::value& item) { print_value(out, item, indent + "  "); });
        out << ']';
    } else if (const auto* const text = value.if_string()) {
        out << json_text(*text);
    } else {
        out << json::serialize(value);
    }
}

enum class Signature : std::uint8_t { good, bad, unchecked };

// Hasura tries every key of the set, whatever kid says, and so does
// this.
Signature check_signature(const std::array<std::string_view, 3>& parts, const json::object& header,
                          const keys::KeyLoad& keys, std::ostream& out) {
    const json::value* const alg = header.if_contains("alg");
    if (!keys.keys) {
        out << "signature: not checked, "
            << (keys.errors.empty() ? "there are no keys here\n"
                                    : "the keys here cannot be used; see `signet keys list`\n");
        return Signature::unchecked;
    }
    if (alg == nullptr || !alg->is_string() || !tokens::is_known_alg(alg->get_string())) {
        out << "signature: not checked, alg is none that keys here are made for\n";
        return Signature::unchecked;
    }
    const std::string input = std::string(parts[0]) + '.' + std::string(parts[1]);
    const auto signature = base64url_decode(parts[2]);
    for (const tokens::Key& key : keys.keys->keys()) {
        if (signature && key.alg == std::string_view(alg->get_string()) &&
            key.key.verify(input, *signature)) {
            out << "signature: good, made by key " << shown(key.kid) << '\n';
            return Signature::good;
        }
    }
    out << "signature: BAD, none of the keys here made it\n";
    return Signature::bad;
}

}  // namespace

int token_inspect(const config::TokenConfig& config, const keys::KeyLoad& keys, std::int64_t now_s,
                  const CommandIo& io) {
    const std::string token = read_token(io.in);
    const auto parts = split(token);
    if (!parts) {
        return fail(io,
                    "This is no token: expected three parts with dots between, 64 KiB at most.");
    }
    const auto header = read_part((*parts)[0]);
    const auto claims = read_part((*parts)[1]);
    if (!header || !claims) {
        return fail(io, std::string("The ") + (header ? "second" : "first") +
                            " part is not the base64url form of one JSON object.");
    }
    io.out << "header: ";
    print_object(io.out, *header, "");
    io.out << "\nclaims: ";
    print_object(io.out, *claims, "");
    io.out << '\n';
    const Signature signature = check_signature(*parts, *header, keys, io.out);
    const auto objections = hasura_objections(*header, *claims, config, now_s);
    if (objections.empty() && signature != Signature::bad) {
        io.out << "Hasura: would take it"
               << (signature == Signature::good ? "\n" : ", if the signature is good\n");
        return kExitOk;
    }
    io.out << "Hasura: would refuse it\n";
    if (signature == Signature::bad) {
        io.out << "  The signature is by no key that is published.\n";
    }
    for (const std::string& objection : objections) {
        io.out << "  " << shown(objection) << '\n';
    }
    return kExitFailed;
}

}  // namespace signet::cli
