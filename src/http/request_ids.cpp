#include "http/request_ids.hpp"

#include <string_view>

namespace signet::http {

void RequestIds::assign_next(std::string& id) {
    constexpr std::string_view kHex = "0123456789abcdef";
    if (used_ == bytes_.size()) {
        random_.fill(bytes_);
        used_ = 0;
    }
    id.resize(2 * kIdBytes);
    for (std::size_t i = 0; i < kIdBytes; ++i, ++used_) {
        id[2 * i] = kHex[std::to_integer<unsigned>(bytes_[used_]) >> 4];
        id[2 * i + 1] = kHex[std::to_integer<unsigned>(bytes_[used_]) & 0x0F];
    }
}

}  // namespace signet::http
