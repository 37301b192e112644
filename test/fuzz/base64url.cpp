#include "base/base64url.hpp"

#include "support/fuzz.hpp"

#include <cstdint>
#include <string>

namespace {

using namespace signet;

// Decodes whatever the unused bits are, and takes any other character for the last of the alphabet.
std::string decode_loosely(std::string_view text) {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string out;
    std::uint32_t bits = 0;
    unsigned pending = 0;
    for (const char c : text) {
        bits = (bits << 6) | static_cast<std::uint32_t>(kAlphabet.find(c) & 63U);
        pending += 6;
        if (pending >= 8) {
            pending -= 8;
            out += static_cast<char>((bits >> pending) & 0xFFU);
        }
    }
    return out;
}

void run(std::string_view input) {
    test::hold(base64url_decode(base64url_encode(input)) == input,
               "what was encoded is decoded to the same bytes");
    const auto decoded = base64url_decode(input);
    test::hold(decoded.has_value() == (base64url_encode(decode_loosely(input)) == input),
               "exactly the texts that encoding gives are taken");
    test::hold(!decoded || base64url_encode(*decoded) == input, "bytes have one spelling");
}

const test::FuzzRegistration kTarget("base64url", run);

}  // namespace
