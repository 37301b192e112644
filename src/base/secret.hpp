#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace signet {

// Overwrites memory in a way that the compiler keeps.
void wipe(void* data, std::size_t size);
// Overwrites the whole capacity of a string, and leaves it empty.
void wipe(std::string& text);

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
