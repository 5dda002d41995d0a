-- Our own tables beside the event store's. Every statement may run again.

create table if not exists hunts.fleet (
    one   boolean primary key default true check (one),
    lanes integer not null check (lanes between 1 and 256)
);

-- A hunt's folded state, so that a lane is back in tens of ms. Never the truth: the stream is.
create table if not exists hunts.checkpoints (
    hunt         text primary key,
    version      bigint  not null,
    fold_version integer not null,
    state        bytea   not null
);

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

create schema if not exists analysis;

-- One row per event, for analysts. Folded by the daemon in pages; seq_id makes a repeated page harmless.
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
