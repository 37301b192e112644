#include "base/base64url.hpp"
#include "keys/key_gate.hpp"
#include "support/fuzz.hpp"

#include <algorithm>
#include <string>

namespace {

using namespace signet;
using test::hold;
using tokens::KeyPair;

int hex_digit(char c) {
    const auto at = std::string_view("0123456789abcdef").find(c);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

// Makes a PEM block of a label on the first line and of bytes in hex, so that no key is committed
// as such. What follows a # says what a file of the corpus is.
std::string pem_of(std::string_view input) {
    const std::size_t line_end = std::min(input.find('\n'), input.size());
    const std::string label(input.substr(0, line_end));
    std::string der;
    int high = -1;
    const std::string_view hex = input.substr(line_end);
    for (const char c : hex.substr(0, hex.find('#'))) {
        const int digit = hex_digit(c);
        if (digit >= 0 && high >= 0) {
            der += static_cast<char>(high * 16 + digit);
        }
        high = digit >= 0 && high < 0 ? digit : -1;
    }
    std::string base64 = base64url_encode(der);
    std::ranges::replace(base64, '-', '+');
    std::ranges::replace(base64, '_', '/');
    base64.append((4 - base64.size() % 4) % 4, '=');
    for (std::size_t at = 64; at < base64.size(); at += 65) {
        base64.insert(at, "\n");
    }
    return "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n";
}

void check(const Result<KeyPair>& key) {
    if (!key) {
        hold(key.error().errc == Errc::key_unusable && !key.error().log_detail.empty(), "an error");
        return;
    }
    hold(tokens::is_known_alg(key->alg()), "a key has an algorithm");
    const auto pem = key->to_public_pem();
    const auto again = KeyPair::from_public_pem(pem.value());
    hold(again && again->thumbprint() == key->thumbprint(), "the public half stays the same");
}

void run(std::string_view input) {
    const bool whole = input.starts_with("-----BEGIN");
    const std::string pem = whole ? std::string(input) : pem_of(input);
    check(KeyPair::from_private_pem(pem));
    check(KeyPair::from_public_pem(pem));
    const auto judged = keys::load_key(pem, "a file", keys::Judged::by_gate);
    if (!judged) {
        hold(judged.error().log_detail.starts_with("a file: "), "a refusal names its source");
        return;
    }
    const auto signature = judged->has_private() ? judged->sign("text") : Result<std::string>("");
    hold(!judged->has_private() || judged->verify("text", *signature),
         "a key that passed the gate verifies what it signs");
}

const test::FuzzRegistration kTarget("pem", run);

}  // namespace
