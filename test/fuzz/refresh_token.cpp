#include "service/refresh_token.hpp"

#include "support/fuzz.hpp"

namespace {

using namespace signet;
using test::hold;

// The inputs were made with this key.
constexpr std::string_view kKey = "a key of the tests, of no session";

void run(std::string_view input) {
    const auto token = read_refresh_token(input);
    if (!token) {
        return;
    }
    const auto issued = make_refresh_token(token->session, token->generation, kKey);
    hold(issued.size() == input.size(), "tokens have one length");
    hold(is_genuine(*token, kKey) == (issued == input), "only the token that was made is genuine");
    hold(!is_genuine(*token, "another key"), "no token is of two keys");
    const auto again = read_refresh_token(issued);
    hold(again && again->session == token->session && again->generation == token->generation,
         "a token is read as it was made");
}

const test::FuzzRegistration kTarget("refresh_token", run);

}  // namespace
