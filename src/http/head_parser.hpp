#pragma once

#include "http/guard.hpp"
#include "http/message.hpp"

#include <string_view>

namespace signet::http {

// Has Beast parse a head that the guard let through, and writes its headers, in lower case, over
// `request.headers`. False when Beast finds it wrong, or reads another framing or other fields out
// of it than the guard did: two readings of one request are an offence in themselves. Beast is
// given the head only, never a body or a trailer, and of a long Authorization or Cookie the
// beginning. `head` is what the guard said of `block`.
bool parse_head(std::string_view block, const Head& head, Request& request);

}  // namespace signet::http
