#pragma once

#include "http/fault.hpp"
#include "http/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace signet::http {

// Finds the end of a request's head as the bytes arrive, and refuses bytes that have no place in
// one: bare CR or LF, control characters, bytes from 0x7F up, folded lines. It looks at
// each byte once, before any parser sees it. Pure.
class HeadScanner {
public:
    enum class State : std::uint8_t { more, complete, refused };

    // `limits` must outlive the scanner.
    explicit HeadScanner(const Limits& limits) : limits_(limits) {}

    // `buffered` begins with the request's first byte: what the last call saw, and what came since.
    State scan(std::string_view buffered);

    // After `complete`: the bytes of the head with its blank line. 2 says that the request began
    // with an empty line.
    std::size_t size() const { return at_; }

    // After `refused`.
    Fault fault() const { return fault_; }

    // Makes it ready for the next request.
    void reset();

private:
    State refuse(Fault fault);
    State refuse_byte(char c);
    State refuse_size(std::string_view buffered);

    const Limits& limits_;
    std::size_t at_ = 0;          // the next byte to look at
    std::size_t line_start_ = 0;  // where the current line began
    bool after_cr_ = false;
    Fault fault_ = Fault::bad_request;
};

}  // namespace signet::http
