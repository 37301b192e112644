#include "base/json.hpp"
#include "base/log.hpp"
#include "base/utf8.hpp"
#include "support/fuzz.hpp"
#include "support/scratch_pipe.hpp"

#include <algorithm>
#include <string>
#include <variant>

namespace {

using namespace signet;
using test::hold;

constexpr std::size_t kBytesMax = 256;
constexpr std::size_t kEllipsisBytes = 3;

bool is_c1(std::uint32_t c) {
    return c >= 0x80 && c <= 0x9F;
}

bool disturbs(std::uint32_t c) {
    return c < 0x20 || c == 0x7F || is_c1(c) || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

bool is_clean(std::string_view text, bool (*refused)(std::uint32_t)) {
    while (!text.empty()) {
        const CodePoint c = decode_utf8(text);
        if (c.length == 0 || refused(c.value)) {
            return false;
        }
        text.remove_prefix(c.length);
    }
    return true;
}

std::string log_line(LogFormat format, std::string_view value) {
    static const test::ScratchPipe pipe;
    const Log log(LogLevel::info, format, pipe.write_end());
    log.write(LogLevel::info, "event", {{"value", value}});
    return pipe.drain();
}

void run(std::string_view input) {
    const std::string valid = to_valid_utf8(input, kBytesMax);
    hold(is_clean(valid, is_c1) && valid.size() <= kBytesMax + kEllipsisBytes, "valid UTF-8");
    hold(to_valid_utf8(valid, valid.size()) == valid, "what is valid stays as it is");
    const std::string shown = to_printable(input, kBytesMax);
    hold(is_clean(shown, disturbs) && shown.size() <= kBytesMax + kEllipsisBytes, "printable");
    hold(to_printable(shown, shown.size()) == shown, "what is printable stays as it is");

    const std::string quoted = json_quote(valid);
    hold(is_clean(quoted, disturbs), "a JSON string is one line");
    const bool has_nul = valid.find('\0') != std::string::npos;  // which the reader refuses
    const auto read = read_json(quoted, {});
    hold(has_nul || std::get<boost::json::value>(read).as_string() == valid,
         "a JSON string is read again");

    for (const LogFormat format : {LogFormat::json, LogFormat::text}) {
        const std::string line = log_line(format, input);
        hold(line.size() <= kLogLineBytesMax && line.ends_with('\n'), "a line is short and whole");
        hold(is_clean(std::string_view(line).substr(0, line.size() - 1), disturbs),
             "nobody can break a line or turn it");
    }
}

const test::FuzzRegistration kTarget("log_text", run);

}  // namespace
