#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace signet {

// Overwrites memory in a way that the compiler keeps.
void wipe(void* data, std::size_t size);
// Overwrites the whole capacity of a string, and leaves it empty.
void wipe(std::string& text);

// Text that may be a secret: it wipes what it held when it is destroyed, assigned to or moved from.
// Memory that a reallocation has freed cannot be reached, so reserve() comes before it grows.
class WipedText : public std::string {
public:
    WipedText() = default;
    // NOLINTBEGIN(google-explicit-constructor,hicpp-explicit-conversions): every text may be one
    WipedText(const char* text) : std::string(text) {}
    WipedText(std::string_view text) : std::string(text) {}
    WipedText(const std::string& text) : std::string(text) {}
    WipedText(std::string&& text) noexcept : std::string(std::move(text)) { wipe(text); }
    // NOLINTEND(google-explicit-constructor,hicpp-explicit-conversions)
    WipedText(const WipedText&) = default;
    WipedText(WipedText&& other) noexcept : std::string(std::move(other)) { wipe(other); }
    ~WipedText() { wipe(*this); }
    WipedText& operator=(const WipedText& other) { return *this = WipedText(other); }
    WipedText& operator=(WipedText&& other) noexcept {
        if (this != &other) {
            wipe(*this);
            std::string::operator=(std::move(other));
            wipe(other);
        }
        return *this;
    }
};

// How far below the caller's frame wipe_dead_stack() wipes.
inline constexpr std::size_t kDeadStackBytes = std::size_t{64} * 1024;

// Overwrites what functions that have returned left on this thread's stack. Call it at the end of
// work that saw a secret, from a frame near the bottom of the stack. Secrets get there because the
// compiler spills registers, and glibc, when it binds a function of a shared library at its first
// call, saves the vector registers, in which memcpy() leaves bytes. Measured at 2 to 3 µs.
void wipe_dead_stack();

// Whether two secrets are equal, in time that depends on the length of `given` only.
bool equal_in_constant_time(std::string_view given, std::string_view expected);

// Wipes a string when the scope ends. The string must not grow meanwhile: memory that a
// reallocation has freed cannot be reached.
class WipeOnExit {
public:
    explicit WipeOnExit(std::string& text) : text_(text) {}
    ~WipeOnExit() { wipe(text_); }
    WipeOnExit(const WipeOnExit&) = delete;
    WipeOnExit& operator=(const WipeOnExit&) = delete;

private:
    std::string& text_;
};

}  // namespace signet
