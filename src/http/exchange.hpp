#pragma once

#include "http/message.hpp"
#include "http/thread_tools.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace signet::http {

// One request and its answer: what has to be known of the request when the answer is written, even
// if the request itself has gone to a lane.
struct Exchange {
    std::shared_ptr<Request> request;  // null before the first one, and while a lane has it
    std::string id;
    Method method = Method::get;
    const Route* route = nullptr;  // null: the automatic answer to OPTIONS, with `allow`
    std::string_view allow;
    std::string_view cors_lines;  // what the answer says of its reader's origin
    bool keep_alive = true;
    std::chrono::steady_clock::time_point started;  // when its first byte was there

    // Starts over with a new id. The head is not judged yet: all that is known is whether an answer
    // may have a body.
    void begin(ThreadTools& tools, std::string_view head);
    // Counts the body as it is now; false when there is no memory for it (Limits::
    // body_bytes_total_max).
    bool count_body(ThreadTools& tools) const;
    // Wipes what the request's body held, and gives back what was counted.
    void wipe_body();
};

// Appends the bytes of `response`, dated now; `close` says Connection: close. Leaves a line in the
// log at debug: never the target, a header or a body, because they hold secrets. Throws like
// append_response(), with nothing appended.
void append_answer(std::string& out, const Exchange& exchange, const Response& response, bool close,
                   ThreadTools& tools);

}  // namespace signet::http
