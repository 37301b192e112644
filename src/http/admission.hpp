#pragma once

#include "http/fault.hpp"
#include "http/guard.hpp"
#include "http/message.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace signet::http {

// A body that nobody wants is read up to this size, so that the connection stays in step.
inline constexpr std::size_t kDrainedBytesMax = 16 * 1024;

// How many body bytes are read for `route`; null: the automatic answer to OPTIONS.
std::size_t body_bytes_max(const Route* route);

// What the row says of a request by its head alone, before a byte of the body is read: its media
// type, and the length that it announces. Pure.
std::optional<Fault> refuse_by_head(const Route* route, const Head& head);

// Whether a Content-Type is application/json, with no parameter but charset=utf-8. (JSON has no
// charset parameter, RFC 8259 section 11, but clients send it.)
bool is_json(std::string_view content_type);

}  // namespace signet::http
