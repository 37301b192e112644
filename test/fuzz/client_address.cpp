#include "http/client_address.hpp"

#include "support/fuzz.hpp"

#include <string>
#include <vector>

namespace {

using namespace signet;
using test::hold;

const IpAddress kProxy = *IpAddress::from("10.0.0.1");
const IpAddress kPeer = *IpAddress::from("203.0.113.9");
const http::TrustedProxies kTrusted{*IpNetwork::from("10.0.0.0/8"), *IpNetwork::from("fd00::/8")};

IpAddress asked_by(const IpAddress& peer, std::string_view name, const std::string& value) {
    return http::client_address(peer, {{{std::string(name), value}}}, kTrusted);
}

// What a client sends, and what the nearest proxy makes of it.
void run(std::string_view input) {
    const std::string sent(input);
    for (const std::string_view name : {"x-forwarded-for", "forwarded"}) {
        hold(asked_by(kPeer, name, sent) == kPeer, "who is no proxy is not believed");
        const std::string added = (name == "forwarded" ? ", for=" : ", ") + kPeer.str();
        hold(asked_by(kProxy, name, sent + added) == kPeer,
             "nothing that a client sends hides the address that a proxy saw");
        const std::vector<http::Header> lines{{std::string(name), sent},
                                              {std::string(name), added.substr(2)}};
        hold(http::client_address(kProxy, lines, kTrusted) == kPeer, "nor in a line of its own");
        const IpAddress found = asked_by(kProxy, name, sent);
        hold(IpAddress::from(found.str()) == found, "what is found is an address");
    }
}

const test::FuzzRegistration kTarget("client_address", run);

}  // namespace
