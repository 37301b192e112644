#include "http/cached_response.hpp"

#include "http/response_writer.hpp"

namespace signet::http {

std::shared_ptr<const CachedResponse> CachedResponse::make(const Response& response) {
    // 29 characters: the room that append_to() writes over.
    constexpr std::string_view kAnyDate = "Thu, 01 Jan 1970 00:00:00 GMT";
    const std::shared_ptr<CachedResponse> cached(new CachedResponse);
    Ending ending;
    ending.date = kAnyDate;
    append_response(cached->keep_alive_, response, ending);
    // What stands behind the head is the body, if the status has one.
    std::string head_only;
    ending.head = true;
    append_response(head_only, response, ending);
    cached->body_size_ = cached->keep_alive_.size() - head_only.size();
    ending.head = false;
    ending.close = true;
    append_response(cached->closing_, response, ending);
    cached->date_offset_ = date_offset(response.status);
    cached->status_ = response.status;
    return cached;
}

void CachedResponse::append_to(std::string& out, std::string_view date, bool head,
                               bool close) const {
    const std::string& bytes = close ? closing_ : keep_alive_;
    const std::size_t begin = out.size();
    out.append(bytes, 0, bytes.size() - (head ? body_size_ : 0));
    out.replace(begin + date_offset_, date.size(), date);
}

}  // namespace signet::http
