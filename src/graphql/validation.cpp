#include "graphql/validation.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace signet::graphql {
namespace {

// Comparisons of fields that could stand for the same member of the answer.
constexpr std::size_t kMergeStepsMax = 50'000;
constexpr std::size_t kIntrospectionListsMax = 3;

// A variable where it is used.
struct Usage {
    const Value* variable;
    const TypeRef* type;  // that the place expects; null: any
    bool has_default;     // of the place
};

// What an operation or a fragment refers to.
struct References {
    std::vector<Usage> usages;
    std::vector<const Selection*> spreads;
};

// A field of a selection set, fragments followed.
struct Selected {
    const Selection* field;
    const Type* parent;       // null: not known
    const Field* definition;  // null: not known
};
using SelectedFields = std::vector<Selected>;

std::string quoted(std::string_view name) {
    return '"' + std::string(name) + '"';
}

bool is_input(const Type& type) {
    return !type.is_object();
}

// Whether a value of the type `given` may stand where `wanted` is expected.
bool is_subtype(const TypeRef& given, const TypeRef& wanted) {  // NOLINT(misc-no-recursion)
    using Kind = TypeRef::Kind;
    if (wanted.kind == Kind::non_null) {
        return given.kind == Kind::non_null && is_subtype(given.of.front(), wanted.of.front());
    }
    if (given.kind == Kind::non_null) {
        return is_subtype(given.of.front(), wanted);
    }
    if (wanted.kind != given.kind) {
        return false;
    }
    return wanted.kind == Kind::list ? is_subtype(given.of.front(), wanted.of.front())
                                     : wanted.name == given.name;
}

bool is_32_bit(std::string_view digits) {
    constexpr std::size_t kDigitsMax = 11;  // with a sign
    if (digits.size() > kDigitsMax) {
        return false;
    }
    const std::int64_t number = std::stoll(std::string(digits));
    return number >= INT32_MIN && number <= INT32_MAX;
}

class Validator {
public:
    Validator(const Schema& schema, const Document& document)
        : schema_(schema), document_(document) {
        for (const Fragment& fragment : document.fragments) {
            fragments_.emplace(fragment.name, &fragment);
        }
    }

    std::vector<Fault> run() {
        check_definitions();
        for (const Fragment& fragment : document_.fragments) {
            check_fragment(fragment);
        }
        for (const Operation& operation : document_.operations) {
            check_operation(operation);
        }
        check_fragments_used();
        check_cycles();
        if (faults_.empty()) {
            check_limits();
        }
        if (faults_.empty()) {
            check_merging();
        }
        return std::move(faults_);
    }

private:
    void fail(std::string message, Place place, std::string_view code = Fault{}.code) {
        if (faults_.size() < kFaultsMax) {
            faults_.push_back({std::move(message), code, place});
        }
    }

    const Fragment* find_fragment(std::string_view name) const {
        const auto found = fragments_.find(name);
        return found == fragments_.end() ? nullptr : found->second;
    }

    const Type* type_of(const Field* field) const {
        return field == nullptr ? nullptr : schema_.find(field->type.named());
    }

    // Says so for each name that comes a second time.
    template <class Range>
    void check_unique(const Range& range, std::string_view what) {
        std::set<std::string_view> seen;
        for (const auto& one : range) {
            if (!seen.insert(one.name).second) {
                fail("There can be only one " + std::string(what) + " named " + quoted(one.name) +
                         '.',
                     one.place);
            }
        }
    }

    // Sections 5.1, 5.2.1, 5.2.2 and 5.5.1.1.
    void check_definitions() {
        for (const Place place : document_.type_definitions) {
            fail("A definition of the type system cannot be executed.", place);
        }
        std::vector<Operation> named;
        for (const Operation& operation : document_.operations) {
            if (!operation.name.empty()) {
                named.push_back({.name = operation.name, .place = operation.place});
            } else if (document_.operations.size() > 1) {
                fail("An anonymous operation has to be the only operation.", operation.place);
            }
        }
        check_unique(named, "operation");
        check_unique(document_.fragments, "fragment");
    }

    // Sections 5.5.1.2 and 5.5.1.3. Returns the type of a condition if it is an object.
    const Type* check_condition(std::string_view name, Place place) {
        const Type* type = schema_.find(name);
        if (type == nullptr) {
            fail("Unknown type " + quoted(name) + '.', place);
        } else if (!type->is_object()) {
            fail("A fragment cannot be on the type " + quoted(name) + ", which has no fields.",
                 place);
            type = nullptr;
        }
        return type;
    }

    void check_fragment(const Fragment& fragment) {
        current_ = &references_[&fragment];
        const Type* type = check_condition(fragment.condition, fragment.place);
        check_directives(fragment.directives, "FRAGMENT_DEFINITION");
        check_selections(type, fragment.selections);
    }

    void check_operation(const Operation& operation) {
        constexpr std::array<std::string_view, 3> kLocations{"QUERY", "MUTATION", "SUBSCRIPTION"};
        current_ = &references_[&operation];
        check_unique(operation.variables, "variable");
        for (const VariableDefinition& variable : operation.variables) {
            check_variable(variable);
        }
        check_directives(operation.directives,
                         kLocations[static_cast<std::size_t>(operation.kind)]);
        // There is no type of subscriptions, so nothing is known of their fields; to execute one is
        // refused.
        check_selections(schema_.root(operation.kind), operation.selections);
        check_usages(operation);
    }

    // Section 5.8.2.
    void check_variable(const VariableDefinition& variable) {
        const Type* type = schema_.find(variable.type.named());
        if (type == nullptr) {
            fail("Unknown type " + quoted(variable.type.named()) + '.', variable.place);
        } else if (!is_input(*type)) {
            fail("Variable \"$" + variable.name + "\" cannot be of the type " +
                     quoted(to_string(variable.type)) + ", which is one of answers.",
                 variable.place);
        }
        if (variable.default_value) {
            check_value(*variable.default_value,
                        type != nullptr && is_input(*type) ? &variable.type : nullptr, false);
        }
        check_directives(variable.directives, "VARIABLE_DEFINITION");
    }

    // Section 5.7.
    void check_directives(const std::vector<Directive>& directives, std::string_view location) {
        check_unique(directives, "directive");  // none of the schema may be repeated
        for (const Directive& directive : directives) {
            const DirectiveDefinition* known = schema_.find_directive(directive.name);
            if (known == nullptr) {
                fail("Unknown directive \"@" + directive.name + "\".", directive.place);
            } else if (std::ranges::find(known->locations, location) == known->locations.end()) {
                fail("Directive \"@" + directive.name + "\" may not stand at " +
                         std::string(location) + '.',
                     directive.place);
            }
            check_arguments(directive.arguments, known == nullptr ? nullptr : &known->arguments,
                            '@' + directive.name, directive.place);
        }
    }

    // Section 5.4. `known` is null if nothing is known of them.
    void check_arguments(const std::vector<Argument>& arguments,
                         const std::vector<InputValue>* known, const std::string& owner,
                         Place place) {
        check_unique(arguments, "argument");
        for (const Argument& argument : arguments) {
            const InputValue* definition = nullptr;
            if (known != nullptr) {
                const auto found = std::ranges::find(*known, argument.name, &InputValue::name);
                definition = found == known->end() ? nullptr : &*found;
                if (definition == nullptr) {
                    fail("Unknown argument " + quoted(argument.name) + " of " + quoted(owner) + '.',
                         argument.place);
                }
            }
            check_value(argument.value, definition == nullptr ? nullptr : &definition->type,
                        definition != nullptr && definition->default_value);
        }
        if (known == nullptr) {
            return;
        }
        for (const InputValue& wanted : *known) {
            if (wanted.required() &&
                std::ranges::find(arguments, wanted.name, &Argument::name) == arguments.end()) {
                fail("Argument " + quoted(wanted.name) + " of " + quoted(owner) +
                         " is required: its type is " + quoted(to_string(wanted.type)) + '.',
                     place);
            }
        }
    }

    // Section 5.6. `type` is null where nothing is known of it, so that anything may stand there.
    void check_value(const Value& value, const TypeRef* type,  // NOLINT(misc-no-recursion)
                     bool has_default) {
        switch (value.kind) {
            case Value::Kind::variable:
                current_->usages.push_back({&value, type, has_default});
                return;
            case Value::Kind::null:
                if (type != nullptr && type->kind == TypeRef::Kind::non_null) {
                    fail_value(value, *type);
                }
                return;
            case Value::Kind::list:
                check_list(value, type);
                return;
            case Value::Kind::object:
                check_unique(value.fields, "input field");
                for (const Argument& field : value.fields) {
                    check_value(field.value, nullptr, false);
                }
                break;
            default:
                break;
        }
        if (type != nullptr && !takes(*schema_.find(type->named()), value)) {
            fail_value(value, *type);
        }
    }

    // A scalar that takes a list sees its items as values of its own type, as graphql-js does.
    void check_list(const Value& value, const TypeRef* type) {  // NOLINT(misc-no-recursion)
        const TypeRef* item = type == nullptr ? nullptr : &type->nullable();
        if (item != nullptr && item->kind == TypeRef::Kind::list) {
            item = &item->of.front();
        } else if (type != nullptr && !takes(*schema_.find(type->named()), value)) {
            fail_value(value, *type);
        }
        for (const Value& one : value.items) {
            check_value(one, item, false);
        }
    }

    void fail_value(const Value& value, const TypeRef& type) {
        fail("A value of the type " + quoted(to_string(type)) + " is expected.", value.place);
    }

    // Whether a type without fields takes the literal. A scalar of our own takes any.
    static bool takes(const Type& type, const Value& value) {
        using Kind = Value::Kind;
        if (type.kind == Type::Kind::enumeration) {
            return value.kind == Kind::enumeration &&
                   std::ranges::find(type.values, value.text) != type.values.end();
        }
        if (type.name == "Int") {
            return value.kind == Kind::integer && is_32_bit(value.text);
        }
        if (type.name == "String") {
            return value.kind == Kind::string;
        }
        if (type.name == "Boolean") {
            return value.kind == Kind::boolean;
        }
        return type.name != "ID" || value.kind == Kind::string || value.kind == Kind::integer;
    }

    // Sections 5.3 and 5.5.2. `parent` is null if it is not known.
    void check_selections(const Type* parent,  // NOLINT(misc-no-recursion): kBracketsMax deep
                          const std::vector<Selection>& selections) {
        for (const Selection& selection : selections) {
            switch (selection.kind) {
                case Selection::Kind::field:
                    check_field(parent, selection);
                    break;
                case Selection::Kind::spread:
                    check_spread(parent, selection);
                    break;
                case Selection::Kind::inline_fragment:
                    check_inline_fragment(parent, selection);
                    break;
            }
        }
    }

    void check_field(const Type* parent, const Selection& field) {  // NOLINT(misc-no-recursion)
        const Field* known = parent == nullptr ? nullptr : schema_.field_of(*parent, field.name);
        if (parent != nullptr && known == nullptr) {
            fail("Type " + quoted(parent->name) + " has no field " + quoted(field.name) + '.',
                 field.place);
        }
        check_directives(field.directives, "FIELD");
        check_arguments(field.arguments, known == nullptr ? nullptr : &known->arguments, field.name,
                        field.place);
        const Type* type = type_of(known);
        if (type != nullptr && type->is_object() == field.selections.empty()) {
            fail("Field " + quoted(field.name) + " of the type " + quoted(to_string(known->type)) +
                     (type->is_object() ? " needs a selection of its fields."
                                        : " has no fields to select."),
                 field.place);
        }
        if (field.name == "__schema" || field.name == "__type") {
            std::set<std::pair<std::string_view, std::size_t>> visited;
            if (too_deep(field, 0, visited)) {
                fail("Introspection of types within types goes too deep.", field.place);
            }
        }
        check_selections(type != nullptr && type->is_object() ? type : nullptr, field.selections);
    }

    // Whether lists of introspection lie in lists of introspection, which multiply.
    bool too_deep(const Selection& selection, std::size_t lists,  // NOLINT(misc-no-recursion)
                  std::set<std::pair<std::string_view, std::size_t>>& visited) const {
        const std::vector<Selection>* below = &selection.selections;
        if (selection.kind == Selection::Kind::spread) {
            const Fragment* fragment = find_fragment(selection.name);
            if (fragment == nullptr || !visited.emplace(selection.name, lists).second) {
                return false;
            }
            below = &fragment->selections;
        } else if (selection.kind == Selection::Kind::field &&
                   (selection.name == "fields" || selection.name == "interfaces" ||
                    selection.name == "possibleTypes" || selection.name == "inputFields") &&
                   ++lists >= kIntrospectionListsMax) {
            return true;
        }
        return std::ranges::any_of(*below, [&](const Selection& inner) {  // NOLINT
            return too_deep(inner, lists, visited);
        });
    }

    void check_spread(const Type* parent, const Selection& spread) {
        check_directives(spread.directives, "FRAGMENT_SPREAD");
        current_->spreads.push_back(&spread);
        const Fragment* fragment = find_fragment(spread.name);
        if (fragment == nullptr) {
            fail("Unknown fragment " + quoted(spread.name) + '.', spread.place);
            return;
        }
        check_possible(parent, schema_.find(fragment->condition), spread.place);
    }

    void check_inline_fragment(const Type* parent,  // NOLINT(misc-no-recursion)
                               const Selection& fragment) {
        const Type* type =
            fragment.condition ? check_condition(*fragment.condition, fragment.place) : parent;
        check_possible(parent, type, fragment.place);
        check_directives(fragment.directives, "INLINE_FRAGMENT");
        check_selections(type, fragment.selections);
    }

    // Section 5.5.2.3. Of two types of objects no value is of both.
    void check_possible(const Type* parent, const Type* type, Place place) {
        if (parent != nullptr && type != nullptr && type->is_object() && parent != type) {
            fail("What is of the type " + quoted(parent->name) + " can never be of " +
                     quoted(type->name) + '.',
                 place);
        }
    }

    // Calls `visit` for each fragment that can be reached, once.
    template <class Visit>
    void each_reached(const References& from, std::set<const Fragment*>& seen,
                      const Visit& visit) const {
        std::vector<const References*> open{&from};
        while (!open.empty()) {
            const References* one = open.back();
            open.pop_back();
            for (const Selection* spread : one->spreads) {
                const Fragment* fragment = find_fragment(spread->name);
                if (fragment != nullptr && seen.insert(fragment).second) {
                    visit(references_.at(fragment));
                    open.push_back(&references_.at(fragment));
                }
            }
        }
    }

    // Sections 5.8.3, 5.8.4 and 5.8.5.
    void check_usages(const Operation& operation) {
        std::set<std::string_view> used;
        const auto check = [&](const References& references) {
            for (const Usage& usage : references.usages) {
                used.insert(usage.variable->text);
                check_usage(operation, usage);
            }
        };
        const References& own = references_.at(&operation);
        std::set<const Fragment*> seen;
        check(own);
        each_reached(own, seen, check);
        for (const VariableDefinition& variable : operation.variables) {
            if (!used.contains(variable.name)) {
                fail("Variable \"$" + variable.name + "\" is never used.", variable.place);
            }
        }
    }

    void check_usage(const Operation& operation, const Usage& usage) {
        const auto found =
            std::ranges::find(operation.variables, usage.variable->text, &VariableDefinition::name);
        if (found == operation.variables.end()) {
            fail("Variable \"$" + usage.variable->text + "\" is not defined.",
                 usage.variable->place);
            return;
        }
        if (usage.type == nullptr || schema_.find(found->type.named()) == nullptr) {
            return;
        }
        const bool not_null =
            found->default_value && found->default_value->kind != Value::Kind::null;
        const bool drops_null = usage.type->kind == TypeRef::Kind::non_null &&
                                found->type.kind != TypeRef::Kind::non_null &&
                                (not_null || usage.has_default);
        if (!is_subtype(found->type, drops_null ? usage.type->nullable() : *usage.type)) {
            fail("Variable \"$" + found->name + "\" of the type " + quoted(to_string(found->type)) +
                     " stands where " + quoted(to_string(*usage.type)) + " is expected.",
                 usage.variable->place);
        }
    }

    // Section 5.5.1.4.
    void check_fragments_used() {
        std::set<const Fragment*> seen;
        for (const Operation& operation : document_.operations) {
            each_reached(references_.at(&operation), seen, [](const References&) {});
        }
        for (const Fragment& fragment : document_.fragments) {
            if (!seen.contains(&fragment)) {
                fail("Fragment " + quoted(fragment.name) + " is never used.", fragment.place);
            }
        }
    }

    // Section 5.5.2.2.
    void check_cycles() {
        for (const Fragment& fragment : document_.fragments) {
            std::set<const Fragment*> seen;
            each_reached(references_.at(&fragment), seen, [](const References&) {});
            if (seen.contains(&fragment)) {
                fail("Fragment " + quoted(fragment.name) + " spreads itself.", fragment.place);
            }
        }
    }

    std::size_t aliases_in(const std::vector<Selection>& selections) const {  // NOLINT
        std::size_t count = 0;
        for (const Selection& selection : selections) {
            count += (selection.alias.empty() ? 0U : 1U) + aliases_in(selection.selections);
        }
        return count;
    }

    std::size_t depth_of(const std::vector<Selection>& selections) {  // NOLINT(misc-no-recursion)
        std::size_t deepest = 0;
        for (const Selection& selection : selections) {
            std::size_t depth = 0;
            if (selection.kind == Selection::Kind::spread) {
                const auto known = depths_.find(selection.name);
                depth = known != depths_.end()
                            ? known->second
                            : depth_of(find_fragment(selection.name)->selections);
                depths_[selection.name] = depth;
            } else {
                depth = depth_of(selection.selections) +
                        (selection.kind == Selection::Kind::field ? 1 : 0);
            }
            deepest = std::max(deepest, depth);
        }
        return deepest;
    }

    void check_limits() {
        constexpr std::string_view kCode = "query-too-complex";
        std::size_t aliases = 0;
        for (const Fragment& fragment : document_.fragments) {
            aliases += aliases_in(fragment.selections);
        }
        for (const Operation& operation : document_.operations) {
            aliases += aliases_in(operation.selections);
            SelectedFields fields;
            std::set<std::string_view> visited;
            collect(schema_.root(operation.kind), operation.selections, fields, visited);
            std::set<std::string_view> keys;
            for (const Selected& one : fields) {
                keys.insert(one.field->response_key());
            }
            if (keys.size() > kRootFieldsMax) {
                fail("An operation has at most " + std::to_string(kRootFieldsMax) + " root fields.",
                     operation.place, kCode);
            }
            if (depth_of(operation.selections) > kDepthMax) {
                fail("Fields lie at most " + std::to_string(kDepthMax) + " deep in each other.",
                     operation.place, kCode);
            }
        }
        if (aliases > kAliasesMax) {
            fail("A document has at most " + std::to_string(kAliasesMax) + " aliases.", 0, kCode);
        }
    }

    void collect(const Type* parent, const std::vector<Selection>& selections,  // NOLINT
                 SelectedFields& fields, std::set<std::string_view>& visited) const {
        for (const Selection& selection : selections) {
            if (selection.kind == Selection::Kind::field) {
                fields.push_back(
                    {&selection, parent,
                     parent == nullptr ? nullptr : schema_.field_of(*parent, selection.name)});
            } else if (selection.kind == Selection::Kind::inline_fragment) {
                collect(selection.condition ? schema_.find(*selection.condition) : parent,
                        selection.selections, fields, visited);
            } else if (visited.insert(selection.name).second) {
                const Fragment* fragment = find_fragment(selection.name);
                collect(schema_.find(fragment->condition), fragment->selections, fields, visited);
            }
        }
    }

    // Section 5.3.2, for whole groups of fields and not for each pair of them. What was compared
    // once is not compared again.
    void check_merging() {
        for (const Operation& operation : document_.operations) {
            SelectedFields fields;
            std::set<std::string_view> visited;
            collect(schema_.root(operation.kind), operation.selections, fields, visited);
            check_mergeable(fields, false);
        }
    }

    void check_mergeable(const SelectedFields& fields, bool shape_only) {  // NOLINT
        std::vector<const Selection*> key;
        for (const Selected& one : fields) {
            key.push_back(one.field);
        }
        merge_steps_ += fields.size();
        if (merge_steps_ > kMergeStepsMax) {
            if (faults_.empty()) {
                fail("Too many fields have to be merged.", fields.front().field->place,
                     "query-too-complex");
            }
            return;
        }
        if (!compared_.emplace(std::move(key), shape_only).second) {
            return;
        }
        std::map<std::string_view, SelectedFields> groups;
        for (const Selected& one : fields) {
            groups[one.field->response_key()].push_back(one);
        }
        for (const auto& [name, group] : groups) {
            check_shape(group);
            check_mergeable(children_of(group), true);
            if (!shape_only) {
                check_same(group);
            }
        }
    }

    void check_shape(const SelectedFields& group) {
        for (const Selected& one : group) {
            const Field* first = group.front().definition;
            if (first != nullptr && one.definition != nullptr &&
                shapes_differ(first->type, one.definition->type)) {
                fail_merging(one);
            }
        }
    }

    bool shapes_differ(const TypeRef& a, const TypeRef& b) const {  // NOLINT(misc-no-recursion)
        if (a.kind != b.kind) {
            return true;
        }
        if (a.kind != TypeRef::Kind::named) {
            return shapes_differ(a.of.front(), b.of.front());
        }
        return a.name != b.name &&
               !(schema_.find(a.name)->is_object() && schema_.find(b.name)->is_object());
    }

    // Fields of one and the same object have to be the same. A parent that is not known may be that
    // of any other field.
    void check_same(const SelectedFields& group) {  // NOLINT(misc-no-recursion)
        std::set<const Type*> parents;
        for (const Selected& one : group) {
            parents.insert(one.parent);
        }
        if (parents.size() > 1) {
            parents.erase(nullptr);
        }
        for (const Type* parent : parents) {
            SelectedFields same;
            std::ranges::copy_if(group, std::back_inserter(same), [&](const Selected& one) {
                return one.parent == parent || one.parent == nullptr;
            });
            const Selection& first = *same.front().field;
            for (const Selected& one : same) {
                if (one.field->name != first.name ||
                    !graphql::same(one.field->arguments, first.arguments)) {
                    fail_merging(one);
                }
            }
            check_mergeable(children_of(same), false);
        }
    }

    SelectedFields children_of(const SelectedFields& group) const {
        SelectedFields children;
        std::set<std::string_view> visited;
        for (const Selected& one : group) {
            collect(type_of(one.definition), one.field->selections, children, visited);
        }
        return children;
    }

    void fail_merging(const Selected& field) {
        fail("Fields " + quoted(field.field->response_key()) +
                 " differ and cannot be merged. Give one of them an alias.",
             field.field->place);
    }

    const Schema& schema_;
    const Document& document_;
    std::map<std::string_view, const Fragment*> fragments_;
    std::vector<Fault> faults_;
    std::map<const void*, References> references_;  // of each operation and fragment
    References* current_ = nullptr;
    std::map<std::string_view, std::size_t> depths_;  // of fragments
    std::set<std::pair<std::vector<const Selection*>, bool>> compared_;
    std::size_t merge_steps_ = 0;
};

}  // namespace

std::vector<Fault> validate(const Schema& schema, const Document& document) {
    return Validator(schema, document).run();
}

}  // namespace signet::graphql
