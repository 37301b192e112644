-- accounts_known / / one row: whether "user" is there in the configured schema
select to_regclass('"user"') is not null;
