-- Our own tables beside the event store's. Every statement may run again.

create table if not exists hunts.fleet (
    one   boolean primary key default true check (one),
    lanes integer not null check (lanes between 1 and 256)
);

-- hunts.append_facts moves the stream and inserts its events in one statement: looking every event's stream up once more, as
-- this constraint does, was nearly half of what an append cost.
-- Only where it is: the statement locks the table even when there is nothing to drop, and waits for a rebuild of the analysts' tables.
do $once$
begin
    if exists (select from pg_constraint where conname = 'fkey_mt_events_stream_id' and conrelid = 'hunts.mt_events'::regclass) then
        alter table hunts.mt_events drop constraint fkey_mt_events_stream_id;
    end if;
end
$once$;

-- The version of the event store whose tables these are: they are compared with what it wants once per version.
create table if not exists hunts.store_version (
    one     boolean primary key default true check (one),
    version text not null
);

-- A hunt's folded state, so that a lane is back in tens of ms. Never the truth: the stream is.
create table if not exists hunts.checkpoints (
    hunt         text primary key,
    version      bigint  not null,
    fold_version integer not null,
    state        bytea   not null
);

-- A state is fingerprints of guesses and ids above all, which do not compress: trying was a quarter of what PostgreSQL used for a hot hunt.
-- Only where it is not yet so: the statement locks the table.
do $once$
begin
    if exists (select from pg_attribute where attrelid = 'hunts.checkpoints'::regclass and attname = 'state' and attstorage <> 'e') then
        alter table hunts.checkpoints alter column state set storage external;
    end if;
end
$once$;

-- Names of teams, outside the stream so that they can be erased.
create table if not exists hunts.team_names (
    hunt text not null,
    team text not null,
    name text not null,
    primary key (hunt, team)
);

-- What the engine could not process: kept with its cause and its sealed bytes.
create table if not exists hunts.parked (
    id        uuid primary key,
    parked_at timestamptz not null,
    source    text not null,          -- lane-3, intake, envelope
    hunt      text,
    action_id uuid,
    cause     text not null,
    body      text not null
);
create index if not exists parked_by_time on hunts.parked (parked_at);

-- Appends a batch to the event store's own tables in one statement, so that no transaction is ever left open by a process
-- that stops in the middle. Refuses all of it (HT001) unless every stream stands exactly where the batch says.
-- docs/adr/0007-set-based-append.md
create or replace function hunts.append_facts(
    streams text[], befores bigint[], afters bigint[],
    fact_streams text[], fact_versions bigint[], fact_ids uuid[], fact_types text[], fact_dotnet_types text[], fact_bodies jsonb[])
    returns void language plpgsql as $append$
declare
    moved integer;
    begun integer;
begin
    update hunts.mt_streams as stream
        set version = batch.after, timestamp = now()
        from unnest(streams, befores, afters) as batch (id, before, after)
        where batch.before > 0 and stream.id = batch.id and stream.version = batch.before and stream.is_archived is not true;
    get diagnostics moved = row_count;

    -- A row without events may be there: the event store leaves one behind when it refuses a first append.
    insert into hunts.mt_streams as stream (id, version, timestamp, created, tenant_id)
        select batch.id, batch.after, now(), now(), '*DEFAULT*'
        from unnest(streams, befores, afters) as batch (id, before, after)
        where batch.before = 0
        on conflict (id) do update set version = excluded.version, timestamp = now() where stream.version = 0;
    get diagnostics begun = row_count;

    if moved + begun <> cardinality(streams) then
        raise exception 'A stream has moved on: % of % stand where the batch expects them.', moved + begun, cardinality(streams)
            using errcode = 'HT001';
    end if;

    -- The lists are walked in step, in their order.
    insert into hunts.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
        select nextval('hunts.mt_events_sequence'), fact.id, fact.stream, fact.version, fact.body, fact.type, now(), '*DEFAULT*', fact.dotnet_type, false
        from (select unnest(fact_ids) as id, unnest(fact_streams) as stream, unnest(fact_versions) as version, unnest(fact_bodies) as body,
                     unnest(fact_types) as type, unnest(fact_dotnet_types) as dotnet_type) as fact;
end
$append$;

create schema if not exists analysis;

-- One row per event, for analysts. Folded range by range, as far as the daemon says; seq_id makes a repeated range harmless.
create table if not exists analysis.actions (
    seq_id     bigint primary key,
    hunt       text not null,
    version    bigint not null,
    at         timestamptz not null,
    fact       text not null,
    actor      text not null,
    action_id  uuid not null,
    team       text,
    treasure   text,
    hint       text,
    refusal    text,
    ordinal    integer,
    points     integer,
    bonus      integer,
    cost       integer,
    guess_mac  text,
    settings_version   bigint not null,
    definition_version integer not null,
    ingress    text not null,
    processor  text not null
);
create index if not exists actions_by_hunt on analysis.actions (hunt, version);

create or replace view analysis.finds as
    select hunt, version, at, team, treasure, ordinal, points, bonus from analysis.actions where fact = 'treasure-found';

create or replace view analysis.wrong_answers as
    select hunt, treasure, guess_mac, count(*) as times, count(distinct team) as teams
    from analysis.actions where fact = 'answer-wrong' group by hunt, treasure, guess_mac;

create or replace view analysis.refusals as
    select hunt, refusal, count(*) as times from analysis.actions where fact = 'action-refused' group by hunt, refusal;
