#include "password/normalise.hpp"

#include "base/secret.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <vector>

namespace signet {
namespace {

class WipedCodePoints {
public:
    explicit WipedCodePoints(std::size_t count) : values_(count) {}
    ~WipedCodePoints() { wipe(values_.data(), values_.size() * sizeof(utf8proc_int32_t)); }
    WipedCodePoints(const WipedCodePoints&) = delete;
    WipedCodePoints& operator=(const WipedCodePoints&) = delete;

    utf8proc_int32_t* data() { return values_.data(); }

private:
    std::vector<utf8proc_int32_t> values_;
};

}  // namespace

std::optional<std::string> normalise(std::string_view utf8, UnicodeForm form) {
    const auto ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    if (std::ranges::all_of(utf8, ascii))
        return std::string(utf8);

    // NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange): a set of bits in C
    const auto options = static_cast<utf8proc_option_t>(
        UTF8PROC_STABLE | (form == UnicodeForm::nfc ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE));
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(utf8.data());
    const auto size = static_cast<utf8proc_ssize_t>(utf8.size());
    const utf8proc_ssize_t count = utf8proc_decompose(bytes, size, nullptr, 0, options);
    if (count < 0)
        return std::nullopt;

    // utf8proc_reencode() writes its result over the code points, and a NUL after it.
    WipedCodePoints points(static_cast<std::size_t>(count) + 1);
    if (utf8proc_decompose(bytes, size, points.data(), count, options) != count)
        return std::nullopt;
    const utf8proc_ssize_t encoded = utf8proc_reencode(points.data(), count, options);
    if (encoded < 0)
        return std::nullopt;
    return std::string(reinterpret_cast<const char*>(points.data()),
                       static_cast<std::size_t>(encoded));
}

}  // namespace signet
