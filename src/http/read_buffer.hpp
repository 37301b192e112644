#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace signet::http {

// The bytes that have arrived and are not dealt with yet. It starts small, grows to a bound, and
// wipes what it held of bodies, because they hold passwords.
class ReadBuffer {
public:
    explicit ReadBuffer(std::size_t bytes_max) : bytes_max_(bytes_max) {}
    ~ReadBuffer();
    ReadBuffer(const ReadBuffer&) = delete;
    ReadBuffer& operator=(const ReadBuffer&) = delete;

    // Returns room for more, which is empty only when bytes_max are held. Invalidates view().
    std::span<char> room();
    // The first `size` bytes of room() were written.
    void commit(std::size_t size) { end_ += size; }

    std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
    std::size_t capacity() const { return capacity_; }
    bool empty() const { return begin_ == end_; }

    // Removes bytes from the front.
    void consume(std::size_t size);
    // Removes bytes from the front and wipes them.
    void consume_and_wipe(std::size_t size);
    // Removes and wipes all bytes.
    void clear();
    // Frees the memory if it is empty and has grown large, so that a connection that waits is
    // small. Returns whether it did.
    bool shrink();

private:
    void compact();
    void grow();

    std::size_t bytes_max_;
    std::size_t capacity_ = 0;
    std::unique_ptr<char[]> bytes_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace signet::http
