#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>

namespace signet::store {

// The number that a value of a row is; nullopt for NULL and for what is none.
template <std::integral T = std::int64_t>
std::optional<T> to_number(const std::optional<std::string>& cell) {
    T out = 0;
    if (!cell ||
        std::from_chars(cell->data(), cell->data() + cell->size(), out).ec != std::errc()) {
        return std::nullopt;
    }
    return out;
}

}  // namespace signet::store
