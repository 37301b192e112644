#include "base/form.hpp"

#include "base/ascii.hpp"
#include "base/secret.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <utility>

namespace signet {
namespace {

bool is_text(std::string_view bytes) {
    while (!bytes.empty()) {
        const CodePoint first = decode_utf8(bytes);
        if (first.length == 0 || first.value == 0) {
            return false;
        }
        bytes.remove_prefix(first.length);
    }
    return true;
}

std::optional<std::string> decode(std::string_view encoded) {
    std::string out;
    out.reserve(encoded.size());  // so that it does not grow, which would leave a copy behind
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        if (encoded[i] != '%') {
            out += encoded[i] == '+' ? ' ' : encoded[i];
            continue;
        }
        if (encoded.size() - i < 3 || !is_hex_digit(encoded[i + 1]) ||
            !is_hex_digit(encoded[i + 2])) {
            wipe(out);
            return std::nullopt;
        }
        out += static_cast<char>(hex_value(encoded[i + 1]) * 16 + hex_value(encoded[i + 2]));
        i += 2;
    }
    if (!is_text(out)) {
        wipe(out);
        return std::nullopt;
    }
    return out;
}

}  // namespace

Form::~Form() {
    for (auto& [name, value] : fields_) {
        wipe(value);
    }
}

std::optional<Form> Form::parse(std::string_view text) {
    Form form;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view field = text.substr(0, end);
        const std::size_t equals = field.find('=');
        if (equals == std::string_view::npos || form.fields_.size() == kFormFieldsMax ||
            end + 1 == text.size()) {
            return std::nullopt;
        }
        text.remove_prefix(std::min(end + 1, text.size()));
        auto name = decode(field.substr(0, equals));
        auto value = decode(field.substr(equals + 1));
        const bool good = name && !name->empty() && value &&
                          form.fields_.try_emplace(std::move(*name), std::move(*value)).second;
        if (value) {
            wipe(*value);  // a short text lies in the object itself, which a move leaves behind
        }
        if (!good) {
            return std::nullopt;
        }
    }
    return form;
}

std::optional<std::string_view> Form::find(std::string_view name) const {
    const auto found = fields_.find(name);
    return found == fields_.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

}  // namespace signet
