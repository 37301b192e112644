#pragma once

#include <signet/result.hpp>

#include <boost/json/object.hpp>

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::routes {

// Reads a JSON object member by member and collects what is wrong with it. Members that the route
// does not know are offences, so that nobody signs up with `roles` or `active`.
class BodyReader {
public:
    // invalid_json, duplicate_key, object_expected. The memory of the body is wiped afterwards.
    static Result<BodyReader> open(std::string_view body,
                                   std::initializer_list<std::string_view> known);

    // The member, if it is there. A value that is no string or too long is an offence. `bytes_max`
    // counts UTF-8.
    std::optional<std::string> optional_text(std::string_view name, std::size_t bytes_max);
    // An offence too where it is missing or empty.
    std::string required_text(std::string_view name, std::size_t bytes_max);
    // False where it is missing; a value that is no boolean is an offence.
    bool optional_flag(std::string_view name);

    void offend(std::string_view name, std::string_view code, std::string_view detail);
    bool has(std::string_view name) const { return object_.contains(name); }

    // invalid_input with every offence, when there is one.
    std::optional<Error> refusal() const;

private:
    explicit BodyReader(boost::json::object object) : object_(std::move(object)) {}

    boost::json::object object_;
    std::vector<FieldError> offences_;
};

}  // namespace signet::routes
