#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace signet {

inline constexpr std::size_t kFormFieldsMax = 16;

// The fields of a form, or of a query, as browsers send them: application/x-www-form-urlencoded of
// https://url.spec.whatwg.org/#application/x-www-form-urlencoded. Their values are wiped in the
// end.
class Form {
public:
    // Stricter than the standard, so that a text has one reading: returns nothing for more than
    // kFormFieldsMax fields, for a name that occurs twice, for a field without '=' or without a
    // name, for a '%' that two hex digits do not follow, and for what is no UTF-8 or has a NUL.
    static std::optional<Form> parse(std::string_view text);

    Form(Form&&) = default;
    Form& operator=(Form&&) = delete;
    Form(const Form&) = delete;
    Form& operator=(const Form&) = delete;
    ~Form();

    // Returns the value, or nothing if there is no such field. It is valid while the form is.
    std::optional<std::string_view> find(std::string_view name) const;
    std::size_t size() const { return fields_.size(); }

private:
    Form() = default;
    std::map<std::string, std::string, std::less<>> fields_;
};

}  // namespace signet
