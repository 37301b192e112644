#include "http/request_error.hpp"

#include "base/problem.hpp"

#include <array>
#include <string>

namespace signet::http {
namespace {

// The lane may still be working on it. Only a request that is refused before it starts is known to
// have had no effect.
constexpr std::string_view kLookFirst =
    "No answer was ready in time. The request may still take effect: look whether it did before "
    "sending it again.";
constexpr std::string_view kTryLater = "Nothing is wrong with the request. Send it again later.";

constexpr std::array kTable{
    RequestErrorInfo{RequestError::not_http, 0, "not-http", "Not HTTP",
                     "The bytes are not HTTP/1."},
    RequestErrorInfo{RequestError::bad_request, 400, "bad-request", "Bad request",
                     "The request is not well-formed HTTP/1.1 (RFC 9112)."},
    RequestErrorInfo{RequestError::bad_target, 400, "bad-target", "Bad request target",
                     "The target has to be a path in ASCII, without a fragment, on this host."},
    RequestErrorInfo{RequestError::bad_header, 400, "bad-header", "Bad header",
                     "A header line is malformed, folded, or holds a control character."},
    RequestErrorInfo{RequestError::duplicate_header, 400, "duplicate-header", "Duplicate header",
                     "A header that may come once came twice."},
    RequestErrorInfo{RequestError::bad_host, 400, "bad-host", "Bad Host header",
                     "HTTP/1.1 needs exactly one Host header, with one valid host."},
    RequestErrorInfo{RequestError::bad_framing, 400, "bad-framing", "Bad framing",
                     "Content-Length and Transfer-Encoding do not say where the body ends."},
    RequestErrorInfo{RequestError::bad_chunk, 400, "bad-chunk", "Bad chunked body",
                     "The chunks are malformed. Chunk extensions and trailers are not taken."},
    RequestErrorInfo{RequestError::not_found, 404, "not-found", "Not found",
                     "There is nothing at this path."},
    RequestErrorInfo{RequestError::method_not_allowed, 405, "method-not-allowed",
                     "Method not allowed", "The Allow header names the methods of this path."},
    RequestErrorInfo{RequestError::request_timeout, 408, "request-timeout", "Request timeout",
                     "The request did not arrive in time."},
    RequestErrorInfo{RequestError::body_too_large, 413, "body-too-large", "Body too large",
                     "The body is larger than this path takes."},
    RequestErrorInfo{RequestError::target_too_long, 414, "target-too-long", "Target too long",
                     "The request target is longer than this server takes."},
    RequestErrorInfo{RequestError::unsupported_media_type, 415, "unsupported-media-type",
                     "Unsupported media type", "Send the body as application/json."},
    RequestErrorInfo{RequestError::unsupported_content_encoding, 415,
                     "unsupported-content-encoding", "Unsupported content encoding",
                     "Send the body without a content coding."},
    RequestErrorInfo{RequestError::expectation_failed, 417, "expectation-failed",
                     "Expectation failed", "The only expectation that can be met is 100-continue."},
    RequestErrorInfo{RequestError::too_many_fields, 431, "too-many-headers", "Too many headers",
                     "The request has more header lines than this server takes."},
    RequestErrorInfo{RequestError::head_too_large, 431, "headers-too-large", "Headers too large",
                     "The request line and headers are larger than this server takes."},
    RequestErrorInfo{RequestError::internal, 500, "internal", "Internal error",
                     "The log has the reason under this request id."},
    RequestErrorInfo{RequestError::method_unknown, 501, "method-not-implemented",
                     "Method not implemented", "The method is unknown to this server."},
    RequestErrorInfo{RequestError::transfer_coding_unknown, 501, "transfer-coding-not-implemented",
                     "Transfer coding not implemented",
                     "The only transfer coding taken is chunked."},
    RequestErrorInfo{RequestError::overloaded, 503, "overloaded", "Overloaded", kTryLater, 1},
    RequestErrorInfo{RequestError::deadline_passed, 503, "deadline-passed", "Too slow", kLookFirst,
                     1},
    RequestErrorInfo{RequestError::version_unsupported, 505, "version-not-supported",
                     "HTTP version not supported", "This server speaks HTTP/1.1 and HTTP/1.0."},
};

}  // namespace

std::span<const RequestErrorInfo> request_error_table() {
    return kTable;
}

const RequestErrorInfo& describe(RequestError error) {
    return kTable[static_cast<std::size_t>(error)];
}

Response to_response(RequestError error, std::string_view request_id, std::string_view allow) {
    const RequestErrorInfo& info = describe(error);
    Problem problem;
    problem.status = info.status;
    problem.code = info.code;
    problem.title = info.title;
    problem.detail = info.detail;
    problem.instance = request_id;

    Response response;
    response.status = info.status;
    response.code = info.code;
    response.content_type = kProblemMediaType;
    response.body = to_json(problem);
    // Without it, 404, 405, 414 and 501 may be cached (RFC 9110 section 15.1).
    response.headers.push_back({"Cache-Control", "no-store"});
    if (!allow.empty()) {
        response.headers.push_back({"Allow", std::string(allow)});
    }
    if (info.retry_after_s > 0) {
        response.headers.push_back({"Retry-After", std::to_string(info.retry_after_s)});
    }
    return response;
}

}  // namespace signet::http
