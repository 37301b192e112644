#include "http/request_ids.hpp"

#include <string_view>

namespace signet::http {

void RequestIds::assign_next(std::string& id) {
    constexpr std::string_view kHex = "0123456789abcdef";
    if (used_ == bytes_.size()) {
        random_.fill(bytes_);
        used_ = 0;
    }
    id.clear();
    for (const std::size_t end = used_ + kIdBytes; used_ < end; ++used_) {
        id.push_back(kHex[std::to_integer<unsigned>(bytes_[used_]) >> 4]);
        id.push_back(kHex[std::to_integer<unsigned>(bytes_[used_]) & 0x0F]);
    }
}

}  // namespace signet::http
