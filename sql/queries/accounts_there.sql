-- accounts_there / / one row: whether the configured schema has one of the three tables, whoever made it
select (
    to_regclass(format('%I.%I', :accounts_text, 'user')) is not null
    or to_regclass(format('%I.%I', :accounts_text, 'role')) is not null
    or to_regclass(format('%I.%I', :accounts_text, 'user_role')) is not null
);
