#include "base/ascii.hpp"

#include <signet/domain/user.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace signet {
namespace {

constexpr std::size_t kEmailLocalPartBytesMax = 64;  // RFC 5321 section 4.5.3.1.1
constexpr std::size_t kDomainLabelBytesMax = 63;     // RFC 1035 section 2.3.4

// Names that other users would take for the operator or the software, or that a careless client
// confuses with "no name". `user` is not among them, because a username is not a role.
constexpr std::array<std::string_view, 16> kReservedNames{
    "admin",   "administrator", "anonymous", "hasura",    "hostmaster", "nobody",
    "null",    "postmaster",    "root",      "security",  "signet",     "superuser",
    "support", "system",        "undefined", "webmaster",
};

bool is_reserved(std::string_view name) {
    return std::ranges::find(kReservedNames, to_lower(name)) != kReservedNames.end();
}

Error username_error(std::string code, std::string detail) {
    return Error::field("/username", std::move(code), std::move(detail));
}

Error email_error(std::string code, std::string detail) {
    return Error::field("/email", std::move(code), std::move(detail));
}

// Tells whether the text is a dot-atom: atext of RFC 5322 section 3.2.3 with dots in between.
bool is_dot_atom(std::string_view text) {
    constexpr std::string_view kPunctuation = "!#$%&'*+-/=?^_`{|}~.";
    const auto fits = [&](char c) {
        return is_alphanumeric(c) || kPunctuation.find(c) != std::string_view::npos;
    };
    return !text.empty() && text.front() != '.' && text.back() != '.' &&
           text.find("..") == std::string_view::npos && std::ranges::all_of(text, fits);
}

bool is_domain_label(std::string_view label) {
    const auto fits = [](char c) { return is_alphanumeric(c) || c == '-'; };
    return !label.empty() && label.size() <= kDomainLabelBytesMax && label.front() != '-' &&
           label.back() != '-' && std::ranges::all_of(label, fits);
}

// Tells whether the text is a domain of two labels or more. The last label needs a letter, so that
// no IPv4 address passes for a name.
bool is_dotted_domain(std::string_view domain) {
    std::size_t labels = 0;
    std::string_view last;
    for (std::size_t begin = 0; begin <= domain.size(); ++labels) {
        const std::size_t end = std::min(domain.find('.', begin), domain.size());
        last = domain.substr(begin, end - begin);
        if (!is_domain_label(last))
            return false;
        begin = end + 1;
    }
    return labels >= 2 && std::ranges::any_of(last, is_letter);
}

}  // namespace

Result<Text> new_username(std::string_view typed) {
    const std::size_t length = count_code_points(typed);
    if (length < kUsernameLengthMin)
        return username_error("too-short", "A username has at least 3 characters.");
    if (length > kUsernameLengthMax)
        return username_error("too-long", "A username has at most 64 characters.");
    const auto fits = [](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; };
    auto text = Text::from(typed);
    if (!text || !std::ranges::all_of(typed, fits))
        return username_error("charset", "A username is made of A-Z, a-z, 0-9, '.', '_' and '-'.");
    if (!is_alphanumeric(typed.front()) || !is_alphanumeric(typed.back()))
        return username_error("edge", "A username begins and ends with a letter or digit.");
    if (typed.find("..") != std::string_view::npos)
        return username_error("double-dot", "A username has no two dots in a row.");
    if (Uuid::parse(typed))
        return username_error("reserved-name",
                              "A username must not have the form of an id. Choose another.");
    if (is_reserved(typed))
        return username_error("reserved-name", "This username is reserved. Choose another.");
    return *std::move(text);
}

Result<Text> new_email(std::string_view typed) {
    if (typed.size() > kEmailBytesMax)
        return email_error("too-long", "An e-mail address has at most 254 bytes.");
    const auto visible = [](char c) { return c > 0x20 && c < 0x7F; };
    auto text = Text::from(typed);
    if (!text || !std::ranges::all_of(typed, visible))
        return email_error("charset", "An e-mail address is visible ASCII without spaces.");
    const std::size_t at = typed.find('@');
    if (at > kEmailLocalPartBytesMax ||  // also true if there is no @

        !is_dot_atom(typed.substr(0, at)) || !is_dotted_domain(typed.substr(at + 1)))
        return email_error("invalid-email", "Expected an e-mail address such as ann@example.com.");
    return *std::move(text);
}

Result<CustomClaims> known_claims(const Account& account) {
    return account.claims ? *account.claims
                          : Error{Errc::internal, "an account was read without its claims"};
}

}  // namespace signet
