-- Revokes what default privileges have granted to other roles in schema signet.
do $$
declare
    given record;
    whom text;
begin
    for given in
        select distinct x.grantee, d.defaclnamespace <> 0 as is_of_schema
        from pg_default_acl d
        cross join lateral aclexplode(d.defaclacl) x
        where d.defaclrole = (select oid from pg_roles where rolname = current_user)
            and d.defaclnamespace in (0, 'signet'::regnamespace)
            and x.grantee <> d.defaclrole
    loop
        whom := case when given.grantee = 0 then 'public'
            else quote_ident(pg_get_userbyid(given.grantee)) end;
        if given.is_of_schema then
            execute 'alter default privileges in schema signet revoke all on tables from ' || whom;
            execute 'alter default privileges in schema signet revoke all on sequences from ' || whom;
            execute 'alter default privileges in schema signet revoke all on functions from ' || whom;
        end if;
        execute 'revoke all on all tables in schema signet from ' || whom;
        execute 'revoke all on all sequences in schema signet from ' || whom;
        execute 'revoke all on all functions in schema signet from ' || whom;
        execute 'revoke all on schema signet from ' || whom;
    end loop;
end
$$;
