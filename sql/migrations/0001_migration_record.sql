-- Also recorded as 1d14ce51bad2de97aca7f7c95aca90658f443d9c8e68f049442263278f4046c7
-- The record of applied migrations, in the schema that nobody but Signet may look into.

do $$
begin
    if to_regnamespace('signet') is null then
        create schema signet;
    end if;
end
$$;

revoke all on schema signet from public;

create table signet.migration (
    version integer primary key,
    name text not null,
    sha256 text not null,
    applied_at timestamptz not null default now()
);

revoke all on signet.migration from public;
