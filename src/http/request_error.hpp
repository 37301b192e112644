#pragma once

#include "http/message.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace signet::http {

// Why src/http answers a request itself. Each has one row in the table of request_error.cpp, in the
// same order.
enum class RequestError : std::uint8_t {
    not_http,  // TLS or other binary bytes; closed without an answer
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

// What a client is told about a RequestError.
struct RequestErrorInfo {
    RequestError error;
    int status;               // HTTP status; 0 for no answer at all
    std::string_view code;    // kebab-case, stable
    std::string_view title;   // short, always the same
    std::string_view detail;  // never has anything that the client sent
    int retry_after_s = 0;    // 0 for no Retry-After header
};

// The rows, in the order of the enumeration.
std::span<const RequestErrorInfo> request_error_table();
const RequestErrorInfo& describe(RequestError error);

// Makes the problem document (RFC 9457) with `request_id` as its instance. `allow` is the value of
// the Allow header, which a 405 must have (RFC 9110 section 15.5.6); it is empty for no header.
Response to_response(RequestError error, std::string_view request_id, std::string_view allow = {});

}  // namespace signet::http
