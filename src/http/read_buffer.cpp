#include "http/read_buffer.hpp"

#include "base/secret.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace signet::http {
namespace {

constexpr std::size_t kFirstBytes = 4 * 1024;
// A read into less room than this is not worth a system call.
constexpr std::size_t kRoomBytesMin = 1024;
// An empty buffer keeps this much, so that usual requests do not allocate each time.
constexpr std::size_t kKeptBytesMax = 16 * 1024;

}  // namespace

ReadBuffer::~ReadBuffer() {
    wipe(bytes_.get(), capacity_);
}

// Moving the bytes leaves a second copy behind, which is wiped.
void ReadBuffer::compact() {
    const std::size_t held = end_ - begin_;
    std::memmove(bytes_.get(), bytes_.get() + begin_, held);
    const std::size_t stale = std::max(begin_, held);
    wipe(bytes_.get() + stale, end_ - stale);
    begin_ = 0;
    end_ = held;
}

void ReadBuffer::grow() {
    const std::size_t larger = std::min(bytes_max_, std::max(kFirstBytes, 2 * capacity_));
    std::unique_ptr<char[]> bytes(new char[larger]);
    if (capacity_ > 0) {
        std::memcpy(bytes.get(), bytes_.get(), end_);
        wipe(bytes_.get(), capacity_);
    }
    bytes_ = std::move(bytes);
    capacity_ = larger;
}

std::span<char> ReadBuffer::room() {
    if (begin_ > 0 && capacity_ - end_ < kRoomBytesMin) {
        compact();
    }
    if (capacity_ - end_ < kRoomBytesMin && capacity_ < bytes_max_) {
        grow();
    }
    return {bytes_.get() + end_, capacity_ - end_};
}

void ReadBuffer::consume(std::size_t size) {
    begin_ += size;
    if (begin_ == end_) {
        begin_ = 0;
        end_ = 0;
    }
}

void ReadBuffer::consume_and_wipe(std::size_t size) {
    wipe(bytes_.get() + begin_, size);
    consume(size);
}

void ReadBuffer::clear() {
    consume_and_wipe(end_ - begin_);
}

bool ReadBuffer::shrink() {
    if (!empty() || capacity_ <= kKeptBytesMax) {
        return false;
    }
    wipe(bytes_.get(), capacity_);
    bytes_.reset();
    capacity_ = 0;
    return true;
}

}  // namespace signet::http
