#include "http/protocol.hpp"

#include "support/fuzz.hpp"
#include "support/protocol_driver.hpp"

#include <algorithm>
#include <string>

namespace {

using namespace signet;
using Wants = http::Protocol::Wants;

// Everything that a connection answers when `input` comes in pieces of this size. Whether a client
// is told to continue depends on the pieces, so that is left out.
std::string answers(std::string_view input, std::size_t piece) {
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    test::ProtocolDriver driver;
    std::string out;
    for (Wants wants = Wants::bytes; wants != Wants::end;) {
        wants = (*driver).advance(driver.now);
        const std::string written = driver.take_output();
        out += written;
        if (wants == Wants::reply) {
            (*driver).reply(driver.replies.tickets.back(), test::text("done"), driver.now);
        } else if (wants == Wants::bytes && written.empty()) {
            if (input.empty()) {
                break;
            }
            const auto room = (*driver).room();
            const std::size_t size = std::min({piece, room.size(), input.size()});
            std::copy_n(input.begin(), size, room.begin());
            (*driver).received(size, driver.now);
            input.remove_prefix(size);
        }
    }
    for (auto at = out.find(kContinue); at != std::string::npos; at = out.find(kContinue)) {
        out.erase(at, kContinue.size());
    }
    return out;
}

void run(std::string_view input) {
    const std::string whole = answers(input, input.size());
    test::hold(whole.empty() || whole.starts_with("HTTP/1.1 "), "what is answered is HTTP");
    test::hold(answers(input, 1) == whole, "single bytes change nothing");
    test::hold(answers(input, 7) == whole, "pieces change nothing");
}

const test::FuzzRegistration kTarget("protocol", run);

}  // namespace
