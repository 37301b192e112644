#include "base/json_tree.hpp"
#include "graphql/execution.hpp"
#include "graphql/validation.hpp"
#include "support/fuzz.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace {

using namespace signet;
using namespace signet::graphql;
using test::hold;

constexpr std::size_t kAnswerDepthMax = 64;

bool is_within(std::string_view text, Place place) {
    const LineColumn where = line_column(text, place);
    return place <= text.size() && where.line >= 1 && where.column >= 1;
}

// Whatever is sent, the answer is JSON, and says either what was found or what is wrong.
void run(std::string_view input) {
    static const Schema schema = make_schema({});
    const auto parsed = parse(input);
    if (const Fault* fault = std::get_if<Fault>(&parsed)) {
        hold(!fault->place || is_within(input, *fault->place), "a fault lies within the text");
    } else {
        for (const Fault& one : validate(schema, std::get<Document>(parsed))) {
            hold(!one.place || is_within(input, *one.place), "a fault lies within the text");
        }
    }
    const std::string answer = execute(schema, {input}, [](RootCall& call) {
        return call.name == "logout" ? std::variant<JsonNode, RootError>(RootError{"no", {}})
                                     : JsonNode{.kind = JsonNode::Kind::object};
    });
    hold(answer.starts_with(R"({"data":)") || answer.starts_with(R"({"errors":[{)"),
         "an answer has data, or errors that are no empty list");
    hold(signet::read_json_tree(answer, kAnswerDepthMax).has_value(), "an answer is JSON");
}

const test::FuzzRegistration kTarget("graphql", run);

}  // namespace
