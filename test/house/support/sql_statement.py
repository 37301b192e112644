"""One statement of SQL: which relations and functions it names, and what is wrong with their names."""

from support.sql_tokens import END

# What an import reads in the database of another service (sql/templates/source_*.sql).
OF_OTHERS = ("auth.users", "auth.user_roles", "auth.accounts", "auth.account_roles", "public.users")
ACCOUNTS = ("user", "role", "user_role", "user_without_password", "living_session")
TRANSITION_TABLES = {"old_rows", "new_rows"}
SCHEMAS = ("signet", "pg_catalog")
# These take a FROM that names no relation.
CALLS_WITH_FROM = ("extract", "substring", "trim", "overlay", "position")
VERBS = ("select", "insert", "update", "delete", "raise", "execute")
LIST_ENDS = ("where", "group", "order", "limit", "offset", "having", "union", "except", "intersect", "window",
             "for", "returning", "loop", "then", "into", "set", "select", "to")  # fmt: skip
HANGS_ON = {"trigger", "index", "policy", "rule", "statistics"}
MAKES = ("create", "alter", "drop", "replace", "unlogged", "temporary", "temp", "materialized", "execute")
NO_RELATIONS = ("schema", "all", "sequence", "database", "type", "language", "tables", "sequences", "functions",
                "types", "schemas")  # fmt: skip


class Statement:
    def __init__(self, parts):
        self.parts = parts
        self.depths, self.callers, self.closes = [], [], {}
        stack = []
        for index, part in enumerate(parts):
            if part.is_sign(")", "]") and stack:
                self.closes[stack.pop()] = index
            self.depths.append(len(stack))
            self.callers.append(self.at(stack[-1] - 1) if stack else END)
            if part.is_sign("(", "["):
                stack.append(index)
        self.known = TRANSITION_TABLES | set(self.names_of_with())
        words = [part.text for part in parts if part.kind == "word"]
        self.gives = words[:1] in (["grant"], ["revoke"]) or words[:3] == ["alter", "default", "privileges"]
        self.hangs = words[:1] == ["create"] and bool(HANGS_ON & set(words[1:4]))

    def at(self, index):
        return self.parts[index] if 0 <= index < len(self.parts) else END

    def names_of_with(self):
        """NAME [(columns)] AS [NOT] [MATERIALIZED] ( behind WITH or a comma."""
        for index, part in enumerate(self.parts):
            before = self.at(index - 1)
            if part.kind != "word" or not (before.is_word("with", "recursive") or before.is_sign(",")):
                continue
            after = self.closes.get(index + 1, index) + 1
            if self.at(after).is_word("as"):
                after += 1
                while self.at(after).is_word("not", "materialized"):
                    after += 1
                if self.at(after).is_sign("("):
                    yield part.text

    def relation(self, index, may_call=False):
        """What is wrong with the relation that is named at `index`, or nothing."""
        while self.at(index).is_word("only", "lateral", "table", "if", "not", "exists") or (
            self.at(index).is_sign("(") and not self.at(index + 1).is_word("select", "with", "values")
        ):
            index += 1
        first, dot, second = (self.at(index + step) for step in range(3))
        if first.is_sign("("):
            return None
        if not dot.is_sign("."):
            # A text for format() has what regclass says, which names the schema where that is needed.
            if self.gives and first.kind == "place":
                return None
            is_known = first.text in self.known or first.text.startswith("pg_")
            is_known = is_known or (may_call and dot.is_sign("("))
            return None if first.kind == "word" and is_known else f"{first.text} without its schema"
        if self.at(index + 3).is_sign("."):
            return f"{first.text}.{second.text} is a name of three parts"
        if first.kind == "marker" and first.text == "accounts":
            fits = second.text in ACCOUNTS and (second.kind == "quoted" or second.text != "user")
            return None if fits else f":accounts.{second.text} is none of the three tables"
        if (first.kind == "place" and first.text.endswith("I")) or first.is_word(*SCHEMAS):
            return None
        if f"{first.text}.{second.text}" in OF_OTHERS:
            return None
        return f"{first.text}.{second.text} lies in another schema"

    def relations(self, index, may_call):
        """The relations of a list: the one at `index`, and one behind each comma of its depth."""
        depth = self.depths[index] if index < len(self.depths) else 0
        for further in range(index, len(self.parts)):
            part = self.parts[further]
            ends = part.is_word(*LIST_ENDS) or (self.gives and part.is_word("from"))
            if self.depths[further] < depth or (self.depths[further] == depth and ends):
                return
            if self.depths[further] == depth and part.is_sign(","):
                yield self.relation(further + 1, may_call)

    def function(self, index):
        """What is wrong with the function that is named at `index`, or nothing."""
        while self.at(index).is_word("if", "exists"):
            index += 1
        if self.at(index).kind == "place" or self.at(index).is_word("signet"):
            return None
        return f"the function {self.at(index).text} without the schema signet"

    def begins(self, index):
        before = self.at(index - 1)
        return before.kind == "end" or before.is_sign("(", ")") or before.is_word("then", "begin", "loop", "else")

    def follows_delete(self, index):
        verbs = [p.text for p, d in zip(self.parts[:index], self.depths) if d == self.depths[index]
                 and p.is_word(*VERBS)]  # fmt: skip
        return verbs[-1:] == ["delete"]

    def names_a_relation(self, index):
        """Whether a relation, or a list of them, stands behind the word at `index`."""
        part, before, after = self.parts[index], self.at(index - 1), self.at(index + 1)
        if part.is_word("from"):
            return not (self.gives or before.is_word("distinct") or self.callers[index].is_word(*CALLS_WITH_FROM))
        if part.is_word("using"):
            return self.follows_delete(index)
        if part.is_word("join", "references"):
            return not self.gives
        if part.is_word("into"):
            return before.is_word("insert", "merge")
        if part.is_word("update", "lock", "truncate"):
            return self.begins(index) and not self.gives
        if part.is_word("on"):
            if self.hangs:
                return not any(p.is_word("on") for p in self.parts[:index])
            return self.gives and not after.is_word("function", *NO_RELATIONS)
        if part.is_word("table", "view", "sequence"):
            return before.is_word(*MAKES) and not (after.kind == "place" and after.text.endswith("s"))
        return False

    def findings(self):
        """(line, what is wrong) of every name in the statement."""
        for index, part in enumerate(self.parts):
            wrong = []
            if part.kind != "word":
                continue
            if self.names_a_relation(index):
                may_call = part.is_word("from", "using", "join")
                wrong = [self.relation(index + 1, may_call)]
                if part.is_word("from", "using", "lock", "truncate") or self.gives:
                    wrong += self.relations(index + 1, may_call)
            elif part.is_word("function", "procedure") and self.at(index - 1).is_word("on", *MAKES):
                wrong = [self.function(index + 1)]
            for what in wrong:
                if what:
                    yield part.line, f"{part.text} {what}"
