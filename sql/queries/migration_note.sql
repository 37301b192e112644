-- migration_note / $1 version, $2 name, $3 sha256 / nothing
insert into signet.migration (version, name, sha256)
values ($1::integer, $2::text, $3::text);
