#pragma once

#include "http/message.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace signet::http {

// Why the edge answers a request itself. One row of the table in fault.cpp each; the order is the
// same.
enum class Fault : std::uint8_t {
    not_http,  // TLS or other binary bytes: closed without an answer
    bad_request,
    bad_target,
    bad_header,
    duplicate_header,
    bad_host,
    bad_framing,
    bad_chunk,
    not_found,
    method_not_allowed,
    request_timeout,
    body_too_large,
    target_too_long,
    unsupported_media_type,
    unsupported_content_encoding,
    expectation_failed,
    too_many_fields,
    head_too_large,
    internal,
    method_unknown,
    transfer_coding_unknown,
    overloaded,
    deadline_passed,
    version_unsupported,
};

// What a client is told about a Fault.
struct FaultInfo {
    Fault fault;
    int status;               // HTTP status; 0: no answer at all
    std::string_view code;    // kebab-case, stable
    std::string_view title;   // short, the same for every occurrence
    std::string_view detail;  // holds nothing that the client sent
    int retry_after_s = 0;    // 0: no Retry-After header
};

// The table, one row a Fault, in the order of the enumeration.
std::span<const FaultInfo> fault_table();
const FaultInfo& describe(Fault fault);

// The problem document (RFC 9457) with `request_id` as its instance. `allow` is the value of the
// Allow header, which a 405 must have (RFC 9110 section 15.5.6); empty: none.
Response to_response(Fault fault, std::string_view request_id, std::string_view allow = {});

}  // namespace signet::http
