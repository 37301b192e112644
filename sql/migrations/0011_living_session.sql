-- For Hasura: the ids of sessions that live, so that a permission can ask whether the session of an access
-- token has ended (docs/hasura/jwt.md). An id opens nothing and says nothing about its user. Nobody has
-- rights on the view until an operator grants SELECT, as compose/hasura_rights.sql does.

set local lock_timeout = '1s';

do $$
begin
    if to_regclass(format('%I.living_session', :accounts_text)) is not null then
        raise exception 'there is a relation living_session in the schema % already; Signet makes a view of that name, so rename or drop it', :accounts_text;
    end if;
end
$$;

-- Without GROUP BY, PostgreSQL would take a DELETE from the view for one from signet.session.
create view :accounts.living_session as
select id from signet.session where now() < idle_until group by id;

-- Default privileges may have granted some.
do $$
declare
    held record;
begin
    for held in
        select distinct case when x.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end as name
        from pg_class c
        cross join lateral aclexplode(c.relacl) x
        where c.oid = to_regclass(format('%I.living_session', :accounts_text)) and x.grantee <> c.relowner
    loop
        execute format('revoke all on %I.living_session from %s', :accounts_text, held.name);
    end loop;
end
$$;
