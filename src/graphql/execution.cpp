#include "graphql/execution.hpp"

#include "base/json.hpp"
#include "graphql/validation.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace signet::graphql {
namespace {

using Node = JsonNode;

Node text_node(std::string_view text) {
    return {.kind = Node::Kind::string, .text = text};
}
Node flag_node(bool truth) {
    return {.kind = Node::Kind::boolean, .text = truth ? "true" : "false"};
}
Node number_node(std::size_t number) {
    return {.kind = Node::Kind::number, .text = std::to_string(number)};
}
Node described(std::string_view description) {
    return description.empty() ? Node() : text_node(description);
}

void add(Node& object, std::string_view key, Node value) {
    object.keys.emplace_back(key);
    object.items.push_back(std::move(value));
}

const Node* member(const Node& object, std::string_view key) {
    const auto found = std::ranges::find(object.keys, key);
    return found == object.keys.end()
               ? nullptr
               : &object.items[static_cast<std::size_t>(found - object.keys.begin())];
}

// An error of the answer. `keys` leads to the field, and each key is the text of a JSON value.
struct ResponseError {
    std::string message;
    Node extensions;
    std::optional<Place> place;
    std::vector<Node> path;
};

Node extensions_of(std::string_view code) {
    Node out{.kind = Node::Kind::object};
    add(out, "code", text_node(code));
    return out;
}

Node to_node(const ResponseError& error, std::string_view text) {
    Node out{.kind = Node::Kind::object};
    add(out, "message", text_node(error.message));
    if (error.place) {
        const LineColumn where = line_column(text, *error.place);
        Node location{.kind = Node::Kind::object};
        add(location, "line", number_node(where.line));
        add(location, "column", number_node(where.column));
        add(out, "locations", {.kind = Node::Kind::array, .items = {std::move(location)}});
    }
    if (!error.path.empty()) {
        add(out, "path", {.kind = Node::Kind::array, .items = error.path});
    }
    add(out, "extensions", error.extensions);
    return out;
}

std::string answer(const std::vector<ResponseError>& errors, std::optional<Node> data,
                   std::string_view text) {
    Node out{.kind = Node::Kind::object};
    if (!errors.empty()) {  // Hasura takes an empty list for an error of ours
        Node list{.kind = Node::Kind::array};
        for (const ResponseError& error : errors) {
            list.items.push_back(to_node(error, text));
        }
        add(out, "errors", std::move(list));
    }
    add(out, "data", data ? std::move(*data) : Node());
    return write_json(out);
}

std::string answer(const std::vector<Fault>& faults, std::string_view text) {
    std::vector<ResponseError> errors;
    errors.reserve(faults.size());
    for (const Fault& fault : faults) {
        errors.push_back({fault.message, extensions_of(fault.code), fault.place, {}});
    }
    return answer(errors, std::nullopt, text);
}

// Thrown where a value cannot be used as it stands; caught where the field is answered.
struct BadValue {
    std::string message;
};

// Thrown when kExecutionStepsMax is reached.
struct TooLarge {};

// A part of the schema, or an object that the resolver has made.
using Source = std::variant<const Node*, const Schema*, const Type*, const TypeRef*, const Field*,
                            const InputValue*, const std::string*, const DirectiveDefinition*>;

// What a field of a source is: a JSON value; or one source, or a list of them.
struct Resolved {
    std::variant<Node, Source, std::vector<Source>> value = Node();
};

template <class Range>
Resolved sources(const Range& range) {
    std::vector<Source> out;
    out.reserve(range.size());
    for (const auto& one : range) {
        out.emplace_back(&one);
    }
    return {std::move(out)};
}

class Execution {
public:
    Execution(const Schema& schema, const Document& document, const Query& query,
              const Resolver& resolver)
        : schema_(schema), document_(document), query_(query), resolver_(resolver) {}

    std::string run() {
        const Operation* operation = find_operation();
        const Type* root = operation == nullptr ? nullptr : schema_.root(operation->kind);
        if (operation != nullptr && root == nullptr) {
            fail_request("There are no subscriptions.", operation->place);
        }
        if (errors_.empty()) {
            coerce_variables(*operation);
        }
        if (!errors_.empty()) {
            return answer(errors_, std::nullopt, query_.text);
        }
        std::optional<Node> data;
        try {
            data = object_of(*root, Source(&schema_), {&operation->selections});
        } catch (const BadValue& bad) {  // of a directive at the root
            fail_request(bad.message, operation->place);
        } catch (const TooLarge&) {
            errors_ = {{"The answer is too large.",
                        extensions_of("query-too-complex"),
                        operation->place,
                        {}}};
        }
        return answer(errors_, std::move(data), query_.text);
    }

private:
    using SelectionSets = std::vector<const std::vector<Selection>*>;
    // The fields of a selection set by their keys in the answer, in order.
    using Grouped = std::vector<std::pair<std::string_view, std::vector<const Selection*>>>;

    void fail_request(std::string message, Place place) {
        errors_.push_back({std::move(message), extensions_of("graphql-request-failed"), place, {}});
    }

    void fail(std::string message, Node extensions, const Selection& field) {
        errors_.push_back({std::move(message), std::move(extensions), field.place, path_});
    }

    const Operation* find_operation() {
        const auto& operations = document_.operations;
        if (query_.operation_name.empty()) {
            if (operations.size() == 1) {
                return &operations.front();
            }
            fail_request("The document has several operations: name one.", 0);
            return nullptr;
        }
        const auto found = std::ranges::find(operations, query_.operation_name, &Operation::name);
        if (found == operations.end()) {
            fail_request("The document has no operation of that name.", 0);
            return nullptr;
        }
        return &*found;
    }

    // Section 6.1.2.
    void coerce_variables(const Operation& operation) {
        for (const VariableDefinition& variable : operation.variables) {
            const Node* given =
                query_.variables == nullptr ? nullptr : member(*query_.variables, variable.name);
            try {
                if (given != nullptr) {
                    variables_[variable.name] = coerce(*given, variable.type);
                } else if (variable.default_value) {
                    variables_[variable.name] = *literal(*variable.default_value, variable.type);
                } else if (variable.type.kind == TypeRef::Kind::non_null) {
                    throw BadValue{"a value is required"};
                }
            } catch (const BadValue& bad) {
                fail_request("Variable \"$" + variable.name + "\" of the type \"" +
                                 to_string(variable.type) + "\": " + bad.message + '.',
                             variable.place);
            }
        }
    }

    // A value that came as JSON.
    Node coerce(const Node& given, const TypeRef& type) const {  // NOLINT(misc-no-recursion)
        if (given.kind == Node::Kind::null) {
            if (type.kind == TypeRef::Kind::non_null) {
                throw BadValue{"it must not be null"};
            }
            return given;
        }
        const TypeRef& wanted = type.nullable();
        if (wanted.kind == TypeRef::Kind::list) {
            Node out{.kind = Node::Kind::array};
            if (given.kind != Node::Kind::array) {
                out.items.push_back(coerce(given, wanted.of.front()));
            }
            for (const Node& item :
                 given.kind == Node::Kind::array ? given.items : std::vector<Node>()) {
                out.items.push_back(coerce(item, wanted.of.front()));
            }
            return out;
        }
        return coerce_leaf(given, *schema_.find(wanted.name));
    }

    static Node coerce_leaf(const Node& given, const Type& type) {
        using Kind = Node::Kind;
        if (type.kind == Type::Kind::enumeration) {
            if (given.kind != Kind::string ||
                std::ranges::find(type.values, given.text) == type.values.end()) {
                throw BadValue{"it is none of the values"};
            }
            return given;
        }
        const std::optional<std::int64_t> whole = whole_number(given);
        if (type.name == "Int" && whole && *whole >= INT32_MIN && *whole <= INT32_MAX) {
            return {.kind = Kind::number, .text = std::to_string(*whole)};
        }
        if (type.name == "ID" && whole) {
            return text_node(std::to_string(*whole));
        }
        const bool good = type.name == "Int"                           ? false
                          : type.name == "Boolean"                     ? given.kind == Kind::boolean
                          : type.name == "String" || type.name == "ID" ? given.kind == Kind::string
                                                                       : true;
        if (!good) {
            throw BadValue{"it has another type"};
        }
        return given;
    }

    // JSON has one type of numbers, so 1.0 is a whole number.
    static std::optional<std::int64_t> whole_number(const Node& node) {
        constexpr double kLargest = 9e15;  // up to which a double holds whole numbers
        double number = 0;
        const char* end = node.text.data() + node.text.size();
        if (node.kind != Node::Kind::number ||
            std::from_chars(node.text.data(), end, number).ec != std::errc() ||
            std::abs(number) > kLargest || std::trunc(number) != number) {
            return std::nullopt;
        }
        return static_cast<std::int64_t>(number);
    }

    // A value that stands in the document, which was validated. Nothing if it is a variable that
    // was not given.
    std::optional<Node> literal(const Value& value, const TypeRef& type) const {  // NOLINT
        if (value.kind == Value::Kind::variable) {
            const auto given = variables_.find(value.text);
            if (given == variables_.end()) {
                return std::nullopt;
            }
            if (given->second.kind == Node::Kind::null && type.kind == TypeRef::Kind::non_null) {
                throw BadValue{"it must not be null"};
            }
            return given->second;
        }
        const TypeRef& wanted = type.nullable();
        if (wanted.kind == TypeRef::Kind::list && value.kind != Value::Kind::null) {
            Node out{.kind = Node::Kind::array};
            const std::vector<Value> one{value};
            for (const Value& item : value.kind == Value::Kind::list ? value.items : one) {
                out.items.push_back(literal(item, wanted.of.front()).value_or(Node()));
            }
            return out;
        }
        Node out = untyped(value);
        if (wanted.kind == TypeRef::Kind::named && wanted.name == "ID" &&
            value.kind == Value::Kind::integer) {
            out.kind = Node::Kind::string;
        }
        return out;
    }

    Node untyped(const Value& value) const {  // NOLINT(misc-no-recursion): kBracketsMax deep
        using Kind = Value::Kind;
        Node out;
        switch (value.kind) {
            case Kind::variable: {
                const auto given = variables_.find(value.text);
                return given == variables_.end() ? out : given->second;
            }
            case Kind::integer:
            case Kind::floating:
                return {.kind = Node::Kind::number, .text = value.text};
            case Kind::boolean:
                return {.kind = Node::Kind::boolean, .text = value.text};
            case Kind::string:
            case Kind::enumeration:
                return text_node(value.text);
            case Kind::null:
                return out;
            case Kind::list:
                out.kind = Node::Kind::array;
                for (const Value& item : value.items) {
                    out.items.push_back(untyped(item));
                }
                return out;
            case Kind::object:
                break;
        }
        out.kind = Node::Kind::object;
        for (const Argument& field : value.fields) {
            if (field.value.kind != Kind::variable || variables_.contains(field.value.text)) {
                add(out, field.name, untyped(field.value));
            }
        }
        return out;
    }

    // Section 6.4.1.
    Node arguments_of(const std::vector<InputValue>& known,
                      const std::vector<Argument>& given) const {
        Node out{.kind = Node::Kind::object};
        for (const InputValue& one : known) {
            const auto found = std::ranges::find(given, one.name, &Argument::name);
            std::optional<Node> value;
            try {
                if (found != given.end()) {
                    value = literal(found->value, one.type);
                }
            } catch (const BadValue& bad) {
                throw BadValue{"Argument \"" + one.name + "\": " + bad.message + '.'};
            }
            if (!value && one.default_value) {
                value = literal(*one.default_value, one.type);
            }
            if (value) {
                add(out, one.name, std::move(*value));
            } else if (one.type.kind == TypeRef::Kind::non_null) {
                throw BadValue{"Argument \"" + one.name + "\": a value is required."};
            }
        }
        return out;
    }

    bool holds(const std::vector<Directive>& directives, std::string_view name,
               bool otherwise) const {
        const auto found = std::ranges::find(directives, name, &Directive::name);
        if (found == directives.end()) {
            return otherwise;
        }
        const Node arguments =
            arguments_of(schema_.find_directive(name)->arguments, found->arguments);
        return member(arguments, "if")->text == "true";
    }

    // Section 6.3.2.
    void collect(const Type& type, const std::vector<Selection>& selections,  // NOLINT
                 Grouped& out, std::set<std::string_view>& visited) {
        for (const Selection& selection : selections) {
            if (++steps_ > kExecutionStepsMax) {
                throw TooLarge();
            }
            if (holds(selection.directives, "skip", false) ||
                !holds(selection.directives, "include", true)) {
                continue;
            }
            if (selection.kind == Selection::Kind::field) {
                const auto same = std::ranges::find(out, selection.response_key(),
                                                    [](const auto& group) { return group.first; });
                if (same == out.end()) {
                    out.emplace_back(selection.response_key(),
                                     std::vector<const Selection*>{&selection});
                } else {
                    same->second.push_back(&selection);
                }
            } else if (selection.kind == Selection::Kind::inline_fragment) {
                if (!selection.condition || *selection.condition == type.name) {
                    collect(type, selection.selections, out, visited);
                }
            } else if (visited.insert(selection.name).second) {
                const auto fragment =
                    std::ranges::find(document_.fragments, selection.name, &Fragment::name);
                if (fragment->condition == type.name) {
                    collect(type, fragment->selections, out, visited);
                }
            }
        }
    }

    // Section 6.3. Nothing if a field that must not be null has no value.
    std::optional<Node> object_of(const Type& type, const Source& source,  // NOLINT
                                  const SelectionSets& sets) {
        Grouped fields;
        std::set<std::string_view> visited;
        for (const auto* set : sets) {
            collect(type, *set, fields, visited);
        }
        Node out{.kind = Node::Kind::object};
        for (const auto& [key, group] : fields) {
            const Field& field = *schema_.field_of(type, group.front()->name);
            path_.push_back(text_node(key));
            std::optional<Node> value = value_of(type, field, source, group);
            path_.pop_back();
            if (!value && field.type.kind == TypeRef::Kind::non_null) {
                return std::nullopt;
            }
            add(out, key, value ? std::move(*value) : Node());
        }
        return out;
    }

    // Nothing if there was an error, which was noted.
    std::optional<Node> value_of(const Type& type, const Field& field,  // NOLINT
                                 const Source& source, const std::vector<const Selection*>& group) {
        const Selection& first = *group.front();
        try {
            Node arguments = arguments_of(field.arguments, first.arguments);
            if (field.name == "__typename") {
                return text_node(type.name);
            }
            if (std::holds_alternative<const Schema*>(source) && !type.name.starts_with("__") &&
                !field.name.starts_with("__")) {
                return root_field(field, std::move(arguments), group);
            }
            return completed(field.type, resolve(source, type, field.name, arguments), group);
        } catch (const BadValue& bad) {
            fail(bad.message, extensions_of("graphql-request-failed"), first);
            return std::nullopt;
        }
    }

    std::optional<Node> root_field(const Field& field, Node arguments,  // NOLINT
                                   const std::vector<const Selection*>& group) {
        RootCall call{field.name, std::move(arguments)};
        auto outcome = resolver_(call);
        if (auto* error = std::get_if<RootError>(&outcome)) {
            fail(std::move(error->message), std::move(error->extensions), *group.front());
            return std::nullopt;
        }
        const Node& value = std::get<Node>(outcome);
        return value.kind == Node::Kind::object ? completed(field.type, {Source(&value)}, group)
                                                : std::optional(value);
    }

    std::optional<Node> completed(const TypeRef& type, const Resolved& resolved,  // NOLINT
                                  const std::vector<const Selection*>& group) {
        if (const Node* leaf = std::get_if<Node>(&resolved.value)) {
            if (leaf->kind == Node::Kind::null && type.kind == TypeRef::Kind::non_null) {
                fail("The field has no value.", extensions_of("internal"), *group.front());
                return std::nullopt;
            }
            return *leaf;
        }
        SelectionSets sets;
        for (const Selection* selection : group) {
            sets.push_back(&selection->selections);
        }
        const Type& object = *schema_.find(type.named());
        if (const Source* one = std::get_if<Source>(&resolved.value)) {
            return object_of(object, *one, sets);
        }
        Node out{.kind = Node::Kind::array};
        for (const Source& one : std::get<std::vector<Source>>(resolved.value)) {
            path_.push_back(number_node(out.items.size()));
            std::optional<Node> item = object_of(object, one, sets);
            path_.pop_back();
            if (!item) {
                return std::nullopt;
            }
            out.items.push_back(std::move(*item));
        }
        return out;
    }

    // Section 4.2: what introspection answers. A field of an object that the resolver has made is
    // its member of that name.
    Resolved resolve(const Source& source, const Type& type, std::string_view name,
                     const Node& arguments) const {
        if (const auto* object = std::get_if<const Node*>(&source)) {
            const Node* value = member(**object, name);
            return {value == nullptr ? Node() : *value};
        }
        if (name == "__schema") {
            return {Source(&schema_)};
        }
        if (name == "__type") {
            const Type* found = schema_.find(member(arguments, "name")->text);
            return found == nullptr ? Resolved() : Resolved{Source(found)};
        }
        if (name == "isDeprecated") {
            return {flag_node(false)};
        }
        if (type.name == "__Type") {
            return std::holds_alternative<const Type*>(source)
                       ? of_type(*std::get<const Type*>(source), name)
                       : of_wrapper(*std::get<const TypeRef*>(source), name);
        }
        if (const auto* field = std::get_if<const Field*>(&source)) {
            return name == "args"   ? sources((*field)->arguments)
                   : name == "type" ? type_source((*field)->type)
                                    : of_named(**field, name);
        }
        if (const auto* value = std::get_if<const InputValue*>(&source)) {
            return of_input(**value, name);
        }
        if (const auto* value = std::get_if<const std::string*>(&source)) {
            return {name == "name" ? text_node(**value) : Node()};
        }
        return std::holds_alternative<const Schema*>(source)
                   ? of_schema(name)
                   : of_directive(*std::get<const DirectiveDefinition*>(source), name);
    }

    template <class Named>
    static Resolved of_named(const Named& named, std::string_view name) {
        return {name == "name"          ? text_node(named.name)
                : name == "description" ? described(named.description)
                                        : Node()};
    }

    Resolved type_source(const TypeRef& type) const {
        return type.kind == TypeRef::Kind::named ? Resolved{Source(schema_.find(type.name))}
                                                 : Resolved{Source(&type)};
    }

    Resolved of_schema(std::string_view name) const {
        return name == "types"          ? sources(schema_.types)
               : name == "directives"   ? sources(schema_.directives)
               : name == "queryType"    ? Resolved{Source(schema_.find(schema_.query))}
               : name == "mutationType" ? Resolved{Source(schema_.find(schema_.mutation))}
               : name == "description"  ? Resolved{text_node(schema_.description)}
                                        : Resolved();
    }

    static Resolved of_type(const Type& type, std::string_view name) {
        if (name == "kind") {
            return {text_node(type.is_object()                       ? "OBJECT"
                              : type.kind == Type::Kind::enumeration ? "ENUM"
                                                                     : "SCALAR")};
        }
        if (type.is_object() && name == "fields") {
            return sources(type.fields);
        }
        if (type.is_object() && name == "interfaces") {
            return {std::vector<Source>()};
        }
        if (type.kind == Type::Kind::enumeration && name == "enumValues") {
            return sources(type.values);
        }
        return of_named(type, name);
    }

    Resolved of_wrapper(const TypeRef& type, std::string_view name) const {
        if (name == "kind") {
            return {text_node(type.kind == TypeRef::Kind::list ? "LIST" : "NON_NULL")};
        }
        return name == "ofType" ? type_source(type.of.front()) : Resolved();
    }

    Resolved of_input(const InputValue& value, std::string_view name) const {
        if (name == "defaultValue") {
            return {value.default_value ? text_node(to_string(*value.default_value)) : Node()};
        }
        return name == "type" ? type_source(value.type) : of_named(value, name);
    }

    static Resolved of_directive(const DirectiveDefinition& directive, std::string_view name) {
        if (name == "isRepeatable") {
            return {flag_node(false)};
        }
        if (name == "locations") {
            Node out{.kind = Node::Kind::array};
            for (const std::string& location : directive.locations) {
                out.items.push_back(text_node(location));
            }
            return {std::move(out)};
        }
        return name == "args" ? sources(directive.arguments) : of_named(directive, name);
    }

    const Schema& schema_;
    const Document& document_;
    const Query& query_;
    const Resolver& resolver_;
    std::map<std::string_view, Node> variables_;
    std::vector<ResponseError> errors_;
    std::vector<Node> path_;  // to the field that is being answered
    std::size_t steps_ = 0;
};

}  // namespace

std::string execute(const Schema& schema, const Query& query, const Resolver& resolver) {
    const auto parsed = parse(query.text);
    if (const Fault* fault = std::get_if<Fault>(&parsed)) {
        return answer({*fault}, query.text);
    }
    const Document& document = std::get<Document>(parsed);
    const std::vector<Fault> faults = validate(schema, document);
    return faults.empty() ? Execution(schema, document, query, resolver).run()
                          : answer(faults, query.text);
}

}  // namespace signet::graphql
