#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace signet {

// Reduces a JSON text, which it is fed in pieces, to the one member of its root object that
// somebody reads, so that the rest needs no memory. What it gives out is a JSON text again: with
// every member of the root, but with null for the values of the others. It only finds where values
// end and leaves it to the reader of the result to judge names, duplicates, the kept value, and a
// text that is no object or breaks off. Nobody judges the values that it skips. Does not allocate
// memory of its own but for the name. Not thread-safe.
class JsonFilter {
public:
    // `member` is a name that needs no escapes. A name with escapes is kept with its value, because
    // it may be the same.
    explicit JsonFilter(std::string member) : member_(std::move(member)) {}

    // How many bytes feed() appends at most: a value of one byte becomes null.
    static constexpr std::size_t kept_bytes_max(std::size_t piece_bytes) {
        return 2 * piece_bytes + 4;
    }

    // Appends what is kept of `piece` to `kept`.
    void feed(std::string_view piece, std::string& kept);

private:
    // `rest` keeps all that follows: no valid text goes on like that, and the reader will say so.
    enum class At : std::uint8_t {
        root,
        name_or_end,
        name,
        in_name,
        colon,
        value,
        in_value,
        comma,
        end,
        rest
    };

    void take(char c, std::string& kept);
    void take_name(char c, std::string& kept);
    void begin_value(char c, std::string& kept);
    void take_value(char c, std::string& kept);
    void end_value(std::string& kept);
    bool end_string(char c);

    std::string member_;
    At at_ = At::root;
    std::size_t depth_ = 0;     // open arrays and objects of the value
    std::size_t matching_ = 0;  // bytes of the name that are those of member_
    bool in_string_ = false;    // within the value
    bool after_backslash_ = false;
    bool name_differs_ = false;
    bool name_escaped_ = false;
    bool keeping_ = false;  // the value is kept
};

}  // namespace signet
