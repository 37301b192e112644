-- accounts_known / / one row: whether "user" exists in the configured schema
select to_regclass(format('%I."user"', :accounts_text)) is not null;
