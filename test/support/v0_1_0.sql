-- A database as version 0.1.0 left it, with one user: pg_dump without what depends on the machine.
SET check_function_bodies = false;
CREATE SCHEMA signet;
CREATE FUNCTION signet.bump_signing_key_epoch() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
    bumped bigint;
begin
    update signet.epoch
    set value = value + 1, word = hashtextextended(gen_random_uuid()::text, 0)
    where name = 'signing_key' and xmin <> pg_current_xact_id()::xid
    returning value into bumped;
    if bumped is not null then
        perform pg_notify('signet_keys', bumped::text);
    end if;
    return null;
end
$$;
CREATE FUNCTION signet.claims_changed(user_id uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    select signet.note_changed_users(array[user_id]);
$$;
CREATE FUNCTION signet.end_sessions_of_inactive() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    delete from signet.session where user_id = new.id;
    return null;
end
$$;
CREATE FUNCTION signet.guard_epoch() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    if tg_op <> 'UPDATE' then
        raise exception 'an epoch is not removed' using errcode = 'SG002';
    end if;
    if new.name <> old.name or new.value <= old.value then
        raise exception 'an epoch only grows' using errcode = 'SG002';
    end if;
    return new;
end
$$;
CREATE FUNCTION signet.guard_signing_key() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    if tg_op = 'TRUNCATE' then
        raise exception 'signing keys are not truncated' using errcode = 'SG002';
    end if;
    if tg_op = 'DELETE' then
        if old.state = 'active' then
            raise exception 'the active signing key cannot be removed' using errcode = 'SG002';
        end if;
        if old.state = 'retired' and clock_timestamp() < old.remove_after then
            raise exception 'a retired signing key whose tokens live cannot be removed'
                using errcode = 'SG002';
        end if;
        return old;
    end if;
    if new.kid <> old.kid or new.alg <> old.alg or new.public_part <> old.public_part then
        raise exception 'kid, alg and public_part of a signing key never change'
            using errcode = 'SG002';
    end if;
    if new.state <> old.state and (
        old.state = 'revoked'
        or old.state = 'retired' and new.state <> 'revoked'
        or old.state = 'active' and new.state = 'next'
    ) then
        raise exception 'a signing key that is % does not become %', old.state, new.state
            using errcode = 'SG002';
    end if;
    if new.tokens_ttl_s < old.tokens_ttl_s then
        raise exception 'how long the tokens of a signing key live is never lowered'
            using errcode = 'SG002';
    end if;
    -- The verifiers' leeway and the age that a replica's view may have when it signs, 60 s each. The
    -- key ring keeps a key 10 s longer, which is how long a change may take until it comes here.
    if old.state <> 'retired' and new.state = 'retired' and new.remove_after
        < clock_timestamp() + make_interval(secs => new.tokens_ttl_s + 120) then
        raise exception 'a signing key stays until the last token that it signed is dead'
            using errcode = 'SG002';
    end if;
    -- Of a key that is revoked no token is honoured any more, so its time may be anything.
    if old.state = 'retired' and new.state = 'retired' and new.remove_after < old.remove_after then
        raise exception 'a retired signing key is not removed earlier than was said'
            using errcode = 'SG002';
    end if;
    return new;
end
$$;
CREATE FUNCTION signet.no_claims(user_id uuid) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$ select '{}'::jsonb $$;
CREATE FUNCTION signet.note_changed_users(ids uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if ids is null or cardinality(ids) = 0 then
        return;
    end if;
    -- Nothing is read here: under SERIALIZABLE that would make transactions fail which have nothing
    -- to do with each other.
    if cardinality(ids) > 100 or array_position(ids, null) is not null then
        insert into signet.user_change (user_id) values (null) on conflict do nothing;
    else
        insert into signet.user_change (user_id) select unnest(ids) on conflict do nothing;
    end if;
    perform pg_notify('signet_users', '');
end
$$;
CREATE FUNCTION signet.refuse_audit_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    raise exception 'the audit trail is only ever appended to' using errcode = 'SG002';
end
$$;
CREATE FUNCTION signet.require_successor() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    if not exists (select from signet.signing_key where state = 'active') then
        raise exception 'a signing key is retired only when another one becomes active'
            using errcode = 'SG002';
    end if;
    return null;
end
$$;
CREATE FUNCTION signet.role_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if tg_op = 'DELETE' then
        if not exists (select from old_rows) then
            return null;
        end if;
    elsif tg_op = 'UPDATE' then
        if not exists (
            (select id, name::text from old_rows except select id, name::text from new_rows)
            union all
            (select id, name::text from new_rows except select id, name::text from old_rows)
        ) then
            return null;
        end if;
    end if;
    perform signet.note_changed_users(array[null::uuid]);
    return null;
end
$$;
CREATE FUNCTION signet.session_ended() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    ids uuid[];
begin
    if tg_op = 'TRUNCATE' then
        ids := array[null::uuid];
    elsif tg_op = 'DELETE' then
        select array_agg(user_id) into ids
        from (
            select distinct user_id from old_rows where clock_timestamp() < idle_until limit 101
        ) o;
    else
        ids := array[old.user_id, new.user_id];
    end if;
    perform signet.note_changed_users(ids);
    return null;
end
$$;
CREATE FUNCTION signet.touch_updated_at() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
    was record;
begin
    was := old;
    was.last_login_at := new.last_login_at;
    was.updated_at := new.updated_at;
    if new operator(pg_catalog.*<>) was then
        new.updated_at := pg_catalog.now();
    end if;
    return new;
end
$$;
CREATE FUNCTION signet.user_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    ids uuid[];
begin
    if tg_op = 'TRUNCATE' then
        ids := array[null::uuid];
    elsif tg_op = 'DELETE' then
        select array_agg(id) into ids from (select id from old_rows limit 101) o;
    elsif (select count(*) from (select from new_rows limit 101) n) > 100 then
        ids := array[null::uuid];
    else
        -- As JSON, because adopted tables may have columns of types without an equality operator.
        begin
            select array_agg(coalesce(n.id, o.id)) into ids
            from old_rows o
            full join new_rows n on n.id = o.id
            where to_jsonb(n) - '{last_login_at,updated_at,password}'::text[]
                is distinct from to_jsonb(o) - '{last_login_at,updated_at,password}'::text[];
        exception when others then
            -- A value that no jsonb takes, such as a json with a NUL in it.
            select array_agg(id) into ids from new_rows;
        end;
    end if;
    perform signet.note_changed_users(ids);
    return null;
end
$$;
CREATE FUNCTION signet.user_role_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    ids uuid[];
begin
    if tg_op = 'TRUNCATE' then
        ids := array[null::uuid];
    elsif tg_op = 'DELETE' then
        select array_agg(user_id) into ids
        from (select distinct user_id from old_rows limit 101) o;
    elsif tg_op = 'INSERT' then
        select array_agg(user_id) into ids
        from (select distinct user_id from new_rows limit 101) n;
    else
        select array_agg(user_id) into ids
        from (select user_id from old_rows union select user_id from new_rows limit 101) b;
    end if;
    perform signet.note_changed_users(ids);
    return null;
end
$$;
CREATE TABLE public.role (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL
);
CREATE TABLE public."user" (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    username text,
    email text,
    password text,
    active boolean DEFAULT true,
    default_role text,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now(),
    last_login_at timestamp with time zone
);
CREATE TABLE public.user_role (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    role_id uuid NOT NULL
);
CREATE TABLE signet.audit (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail text NOT NULL
);
ALTER TABLE signet.audit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME signet.audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE signet.epoch (
    name text NOT NULL,
    value bigint NOT NULL,
    word bigint DEFAULT 0 NOT NULL
);
CREATE TABLE signet.migration (
    version integer NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE signet.session (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    sealed_key text NOT NULL,
    generation integer DEFAULT 0 NOT NULL,
    device text NOT NULL,
    address cidr,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    rotated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    last_used_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    idle_until timestamp with time zone NOT NULL,
    absolute_until timestamp with time zone NOT NULL,
    sweep_at timestamp with time zone NOT NULL,
    CONSTRAINT idle_ends_by_then CHECK ((idle_until <= absolute_until)),
    CONSTRAINT session_generation_check CHECK ((generation >= 0)),
    CONSTRAINT session_sealed_key_check CHECK ((sealed_key ~~ 'v1.%'::text))
)
WITH (fillfactor='70');
CREATE TABLE signet.signing_key (
    kid text NOT NULL,
    alg text NOT NULL,
    state text NOT NULL,
    is_foreign boolean DEFAULT false NOT NULL,
    public_part text NOT NULL,
    private_part text,
    created_at timestamp(0) with time zone DEFAULT now() NOT NULL,
    published_at timestamp(0) with time zone NOT NULL,
    active_after timestamp(0) with time zone NOT NULL,
    activated_at timestamp(0) with time zone,
    retired_at timestamp(0) with time zone,
    remove_after timestamp(0) with time zone,
    tokens_ttl_s bigint NOT NULL,
    CONSTRAINT active_has_private_part CHECK (((state <> 'active'::text) OR (private_part IS NOT NULL))),
    CONSTRAINT private_part_is_sealed CHECK ((POSITION(('-----'::text) IN (private_part)) = 0)),
    CONSTRAINT retired_says_when CHECK (((state <> 'retired'::text) OR (remove_after IS NOT NULL))),
    CONSTRAINT revoked_is_wiped CHECK (((state <> 'revoked'::text) OR (private_part IS NULL))),
    CONSTRAINT signing_key_alg_check CHECK ((alg = ANY (ARRAY['RS256'::text, 'ES256'::text, 'EdDSA'::text]))),
    CONSTRAINT signing_key_kid_check CHECK ((kid <> ''::text)),
    CONSTRAINT signing_key_private_part_check CHECK ((private_part <> ''::text)),
    CONSTRAINT signing_key_public_part_check CHECK ((public_part <> ''::text)),
    CONSTRAINT signing_key_state_check CHECK ((state = ANY (ARRAY['active'::text, 'next'::text, 'retired'::text, 'revoked'::text]))),
    CONSTRAINT signing_key_tokens_ttl_s_check CHECK (((tokens_ttl_s >= 0) AND (tokens_ttl_s <= (3650 * 86400)))),
    CONSTRAINT times_are_finite CHECK ((isfinite(created_at) AND isfinite(published_at) AND isfinite(active_after) AND isfinite(COALESCE(activated_at, created_at)) AND isfinite(COALESCE(retired_at, created_at)) AND isfinite(COALESCE(remove_after, created_at))))
);
CREATE UNLOGGED TABLE signet.user_change (
    xact xid8 DEFAULT pg_current_xact_id() NOT NULL,
    user_id uuid,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
INSERT INTO public.role VALUES ('00000000-0000-4000-8000-0000000000e1', 'user');
INSERT INTO public."user" VALUES ('00000000-0000-4000-8000-00000000000a', 'ada', 'ada@example.org', '$argon2id$v=19$m=8,t=1,p=1$dHJpYWw$dHJpYWw', true, NULL, '{}', '2026-11-27 08:34:46.174256+00', '2026-11-27 08:34:46.174256+00', NULL);
INSERT INTO public.user_role VALUES ('00000000-0000-4000-8000-0000000000f1', '00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-0000000000e1');
INSERT INTO signet.audit OVERRIDING SYSTEM VALUE VALUES (1, '2026-11-27 08:34:46.180697+00', 'cli:root', 'stage', 'kid', '');
INSERT INTO signet.epoch VALUES ('signing_key', 0, 0);
INSERT INTO signet.migration VALUES (1, '0001_migration_record', '1d14ce51bad2de97aca7f7c95aca90658f443d9c8e68f049442263278f4046c7', '2026-11-27 08:08:53.90777+00');
INSERT INTO signet.migration VALUES (2, '0002_accounts', 'd83f85068f5aa84c3de2a1e18d5ab81e15fbb5a1cba600ccfec436cfefb5789c', '2026-11-27 08:08:53.919307+00');
INSERT INTO signet.migration VALUES (3, '0003_signing_keys', '520220fe5f869167efebea8163e409711672f288086debe72dfe40bcf4cce222', '2026-11-27 08:08:53.976899+00');
INSERT INTO signet.migration VALUES (4, '0004_sessions', 'c77fe0bdee4d65b4baa219c24aff532dcf3c4514e2b19e932cfaeb6ec76b0952', '2026-11-27 08:08:54.012888+00');
INSERT INTO signet.migration VALUES (5, '0005_live_users', '4883a572d2c080d727720df2b9d2c0607df2783c233f4c4e1d82c18f713d02a3', '2026-11-27 08:08:54.036881+00');
SELECT pg_catalog.setval('signet.audit_id_seq', 1, true);
ALTER TABLE ONLY public.role
    ADD CONSTRAINT role_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public."user"
    ADD CONSTRAINT user_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.user_role
    ADD CONSTRAINT user_role_pkey PRIMARY KEY (id);
ALTER TABLE ONLY signet.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);
ALTER TABLE ONLY signet.epoch
    ADD CONSTRAINT epoch_pkey PRIMARY KEY (name);
ALTER TABLE ONLY signet.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (version);
ALTER TABLE ONLY signet.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (id);
ALTER TABLE ONLY signet.signing_key
    ADD CONSTRAINT signing_key_pkey PRIMARY KEY (kid);
CREATE UNIQUE INDEX role_name_key ON public.role USING btree (name);
CREATE UNIQUE INDEX user_email_folded_idx ON public."user" USING btree (lower((email COLLATE "C")));
CREATE INDEX user_role_role_id_idx ON public.user_role USING btree (role_id);
CREATE UNIQUE INDEX user_role_user_id_role_id_key ON public.user_role USING btree (user_id, role_id);
CREATE UNIQUE INDEX user_username_folded_idx ON public."user" USING btree (lower((username COLLATE "C")));
CREATE INDEX session_sweep_at_idx ON signet.session USING btree (sweep_at);
CREATE INDEX session_user_id_idx ON signet.session USING btree (user_id);
CREATE UNIQUE INDEX signing_key_one_active ON signet.signing_key USING btree ((true)) WHERE (state = 'active'::text);
CREATE UNIQUE INDEX signing_key_one_next ON signet.signing_key USING btree ((true)) WHERE (state = 'next'::text);
CREATE UNIQUE INDEX user_change_everybody ON signet.user_change USING btree (xact) WHERE (user_id IS NULL);
CREATE UNIQUE INDEX user_change_once ON signet.user_change USING btree (xact, user_id) WHERE (user_id IS NOT NULL);
CREATE TRIGGER signet_end_sessions AFTER UPDATE ON public."user" FOR EACH ROW WHEN (((new.active IS NOT TRUE) AND (old.active IS TRUE))) EXECUTE FUNCTION signet.end_sessions_of_inactive();
CREATE TRIGGER signet_role_delete AFTER DELETE ON public.role REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION signet.role_changed();
ALTER TABLE public.role ENABLE ALWAYS TRIGGER signet_role_delete;
CREATE TRIGGER signet_role_truncate AFTER TRUNCATE ON public.role FOR EACH STATEMENT EXECUTE FUNCTION signet.role_changed();
ALTER TABLE public.role ENABLE ALWAYS TRIGGER signet_role_truncate;
CREATE TRIGGER signet_role_update AFTER UPDATE ON public.role REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION signet.role_changed();
ALTER TABLE public.role ENABLE ALWAYS TRIGGER signet_role_update;
CREATE TRIGGER signet_updated_at BEFORE UPDATE ON public."user" FOR EACH ROW EXECUTE FUNCTION signet.touch_updated_at();
CREATE TRIGGER signet_user_delete AFTER DELETE ON public."user" REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION signet.user_changed();
ALTER TABLE public."user" ENABLE ALWAYS TRIGGER signet_user_delete;
CREATE TRIGGER signet_user_role_delete AFTER DELETE ON public.user_role REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION signet.user_role_changed();
ALTER TABLE public.user_role ENABLE ALWAYS TRIGGER signet_user_role_delete;
CREATE TRIGGER signet_user_role_insert AFTER INSERT ON public.user_role REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION signet.user_role_changed();
ALTER TABLE public.user_role ENABLE ALWAYS TRIGGER signet_user_role_insert;
CREATE TRIGGER signet_user_role_truncate AFTER TRUNCATE ON public.user_role FOR EACH STATEMENT EXECUTE FUNCTION signet.user_role_changed();
ALTER TABLE public.user_role ENABLE ALWAYS TRIGGER signet_user_role_truncate;
CREATE TRIGGER signet_user_role_update AFTER UPDATE ON public.user_role REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION signet.user_role_changed();
ALTER TABLE public.user_role ENABLE ALWAYS TRIGGER signet_user_role_update;
CREATE TRIGGER signet_user_truncate AFTER TRUNCATE ON public."user" FOR EACH STATEMENT EXECUTE FUNCTION signet.user_changed();
ALTER TABLE public."user" ENABLE ALWAYS TRIGGER signet_user_truncate;
CREATE TRIGGER signet_user_update AFTER UPDATE ON public."user" REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION signet.user_changed();
ALTER TABLE public."user" ENABLE ALWAYS TRIGGER signet_user_update;
CREATE TRIGGER audit_guard BEFORE DELETE OR UPDATE OR TRUNCATE ON signet.audit FOR EACH STATEMENT EXECUTE FUNCTION signet.refuse_audit_change();
CREATE TRIGGER epoch_guard BEFORE DELETE OR UPDATE ON signet.epoch FOR EACH ROW EXECUTE FUNCTION signet.guard_epoch();
CREATE TRIGGER epoch_guard_truncate BEFORE TRUNCATE ON signet.epoch FOR EACH STATEMENT EXECUTE FUNCTION signet.guard_epoch();
CREATE TRIGGER session_cut AFTER UPDATE ON signet.session FOR EACH ROW WHEN (((new.idle_until < old.idle_until) OR (new.user_id <> old.user_id) OR (new.id <> old.id))) EXECUTE FUNCTION signet.session_ended();
ALTER TABLE signet.session ENABLE ALWAYS TRIGGER session_cut;
CREATE TRIGGER session_end AFTER DELETE ON signet.session REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION signet.session_ended();
ALTER TABLE signet.session ENABLE ALWAYS TRIGGER session_end;
CREATE TRIGGER session_truncate AFTER TRUNCATE ON signet.session FOR EACH STATEMENT EXECUTE FUNCTION signet.session_ended();
ALTER TABLE signet.session ENABLE ALWAYS TRIGGER session_truncate;
CREATE TRIGGER signing_key_epoch AFTER INSERT OR DELETE OR UPDATE ON signet.signing_key FOR EACH STATEMENT EXECUTE FUNCTION signet.bump_signing_key_epoch();
CREATE TRIGGER signing_key_guard BEFORE DELETE OR UPDATE ON signet.signing_key FOR EACH ROW EXECUTE FUNCTION signet.guard_signing_key();
CREATE TRIGGER signing_key_guard_truncate BEFORE TRUNCATE ON signet.signing_key FOR EACH STATEMENT EXECUTE FUNCTION signet.guard_signing_key();
CREATE CONSTRAINT TRIGGER signing_key_successor AFTER UPDATE ON signet.signing_key DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.state = 'active'::text) AND (new.state = 'retired'::text))) EXECUTE FUNCTION signet.require_successor();
ALTER TABLE ONLY public.user_role
    ADD CONSTRAINT user_role_role_id_cascade_fkey FOREIGN KEY (role_id) REFERENCES public.role(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.user_role
    ADD CONSTRAINT user_role_user_id_cascade_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY signet.session
    ADD CONSTRAINT session_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE CASCADE;
