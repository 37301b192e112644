-- lock_all_names / nothing / how many locks: all of lock_names, in the same order
-- An import adds thousands of accounts at once, so it holds what each of them would take.
select count(*)::text from (select l.bucket from signet.name_lock l order by l.bucket for update) locked;
