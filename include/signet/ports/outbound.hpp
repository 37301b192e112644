#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace signet {

struct OutboundRequest {
    std::string url;                      // http or https
    std::vector<std::string> fields;      // lines of the head, such as "Add-Padding: true"
    std::chrono::milliseconds timeout{};  // for all of it, looking up the name included
    std::size_t bytes_max = 0;            // of the answer's body, and of its head as well
};

struct OutboundReply {
    int status = 0;         // 0: no whole answer came, and `fault` says why
    std::string body;       // empty without a whole answer
    std::string fault;      // a few words for the log
    std::string head = {};  // the lines of the answer's head, and of those before it, as they came
};

// Asks other servers by HTTP. Thread-safe.
class OutboundHttp {
public:
    virtual ~OutboundHttp() = default;

    // Sends a GET on the calling thread, which waits for the answer. A redirect is an answer like
    // any other, and is not followed. The certificate of an https server has to be valid.
    virtual OutboundReply get(const OutboundRequest& request) = 0;

    // Sends a POST with this body likewise. Only the status of the answer counts, so an answer that
    // is larger than bytes_max is whole: its body is cut there.
    virtual OutboundReply post(const OutboundRequest& request, std::string_view body) = 0;
};

}  // namespace signet
