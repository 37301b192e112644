#include "base/json_filter.hpp"

namespace signet {
namespace {

constexpr bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

void JsonFilter::feed(std::string_view piece, std::string& kept) {
    for (const char c : piece) {
        take(c, kept);
    }
}

void JsonFilter::take(char c, std::string& kept) {
    if (at_ == At::in_value) {
        return take_value(c, kept);
    }
    if (at_ == At::in_name) {
        return take_name(c, kept);
    }
    if (is_space(c) && at_ != At::rest) {
        return;
    }
    if (at_ == At::value) {
        return begin_value(c, kept);
    }
    kept += c;
    const bool name_begins = c == '"' && (at_ == At::name || at_ == At::name_or_end);
    if (name_begins) {
        at_ = At::in_name;
        matching_ = 0;
        name_differs_ = false;
        name_escaped_ = false;
    } else if (at_ == At::root && c == '{') {
        at_ = At::name_or_end;
    } else if (at_ == At::colon && c == ':') {
        at_ = At::value;
    } else if (at_ == At::comma && c == ',') {
        at_ = At::name;
    } else if ((at_ == At::comma || at_ == At::name_or_end) && c == '}') {
        at_ = At::end;
    } else {
        at_ = At::rest;
    }
}

// Whether `c` is the quote that ends the string that it stands in.
bool JsonFilter::end_string(char c) {
    if (after_backslash_) {
        after_backslash_ = false;
        return false;
    }
    after_backslash_ = c == '\\';
    return c == '"';
}

void JsonFilter::take_name(char c, std::string& kept) {
    kept += c;
    if (end_string(c)) {
        keeping_ = name_escaped_ || (!name_differs_ && matching_ == member_.size());
        at_ = At::colon;
        return;
    }
    name_escaped_ = name_escaped_ || c == '\\';
    if (matching_ < member_.size() && c == member_[matching_]) {
        ++matching_;
    } else {
        name_differs_ = true;
    }
}

void JsonFilter::begin_value(char c, std::string& kept) {
    if (c == ',' || c == ':' || c == '}' || c == ']') {
        kept += c;
        at_ = At::rest;
        return;
    }
    at_ = At::in_value;
    depth_ = 0;
    in_string_ = false;
    take_value(c, kept);
}

void JsonFilter::end_value(std::string& kept) {
    if (!keeping_) {
        kept += "null";
    }
    at_ = At::comma;
}

void JsonFilter::take_value(char c, std::string& kept) {
    const bool structural = !in_string_ && depth_ == 0;
    if (structural &&
        (c == ',' || c == '}' || c == ']' || is_space(c))) {  // ends a number or a word
        end_value(kept);
        return take(c, kept);
    }
    if (keeping_) {
        kept += c;
    }
    if (in_string_) {
        in_string_ = !end_string(c);
        if (!in_string_ && depth_ == 0) {
            end_value(kept);
        }
    } else if (c == '"') {
        in_string_ = true;
    } else if (c == '[' || c == '{') {
        ++depth_;
    } else if ((c == ']' || c == '}') && --depth_ == 0) {
        end_value(kept);
    }
}

}  // namespace signet
