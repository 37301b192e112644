#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace signet::http {

// The bytes that came and are not dealt with yet. Starts small, grows to a bound, and wipes what it
// held of bodies: they hold passwords.
class ReadBuffer {
public:
    explicit ReadBuffer(std::size_t bytes_max) : bytes_max_(bytes_max) {}
    ~ReadBuffer();
    ReadBuffer(const ReadBuffer&) = delete;
    ReadBuffer& operator=(const ReadBuffer&) = delete;

    // Room for more, empty only when bytes_max are held. Views of view() end here.
    std::span<char> room();
    // The first `size` bytes of room() were written.
    void commit(std::size_t size) { end_ += size; }

    std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
    bool empty() const { return begin_ == end_; }

    // Takes bytes off the front.
    void consume(std::size_t size);
    // The same, for bytes of a body.
    void consume_and_wipe(std::size_t size);
    // Takes all of them off, wiped.
    void clear();

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
