-- count_outbox / $1 how many of a kind are counted at most / waiting mails and asks, waiting events, what was
--   given up, age of the oldest that waits in seconds (0 if none does)
-- Indexes find the rows. Beyond the limit nothing is looked at, so that a long outage costs little.
with mail as (
    select created_at
    from signet.outbox
    where kind <> 'event' and failed_at is null
    order by due_at
    limit $1::bigint
),
event as (
    select created_at
    from signet.outbox
    where kind = 'event' and failed_at is null and sent_at is null
    order by due_at
    limit $1::bigint
),
failed as (
    select from signet.outbox where failed_at is not null limit $1::bigint
),
oldest as (
    select min(waiting.created_at) as created_at
    from (select mail.created_at from mail union all select event.created_at from event) as waiting
)
select
    (select count(*) from mail)::text,
    (select count(*) from event)::text,
    (select count(*) from failed)::text,
    (select floor(greatest(extract(epoch from clock_timestamp() - coalesce(oldest.created_at, clock_timestamp())), 0))
        from oldest)::bigint::text;
