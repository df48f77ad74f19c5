-- Dead letters that are found, understood and sent again.

alter table dead_letters
  add column body        text,
  add column altered     text,
  add column replayed_at timestamptz,
  add column pipeline    text generated always as (
    case when data ->> 'pipeline' ~ '^[a-z][a-z0-9-]{0,62}$' then data ->> 'pipeline' end) stored,
  add column death       text not null generated always as (
    case when error_code is null then 'no-answer'
         when error_code in (400, 422) then 'poison'
         when error_code in (404, 408, 409, 429) or error_code >= 500 then 'failed'
         else 'refused' end) stored;
comment on column dead_letters.body is 'Exactly what came, to be sent again; null where it may not be.';
comment on column dead_letters.altered is 'Why what is kept is not what came; null: it is the same.';
comment on column dead_letters.death is 'failed: each delivery. refused, poison: the first answer was final. no-answer: a time-out, or a reply that is no event.';
update dead_letters set altered = 'it was kept when bodies were not yet kept as they came';
-- An index has no room for more.
update dead_letters set event_type = left(event_type, 500) where length(event_type) > 500;

create table dead_letter_replays (
  replay_id      bigint generated always as identity primary key,
  dead_letter_id bigint not null references dead_letters (id) on delete cascade,
  asked_at       timestamptz not null default clock(),
  asked_by       text not null,
  why            text not null,
  sends          integer not null default 0,
  tried_at       timestamptz,
  taken_at       timestamptz,
  died_at        timestamptz
);
comment on column dead_letter_replays.taken_at is 'When the Broker took it; until then the sweep sends it again.';
comment on column dead_letter_replays.died_at is 'When the event came back dead once more.';
create index dead_letter_replays_letter on dead_letter_replays (dead_letter_id, replay_id desc);
create index dead_letter_replays_minute on dead_letter_replays (asked_at);
create index dead_letter_replays_open on dead_letter_replays (replay_id) where taken_at is null;

create index dead_letters_newest on dead_letters (first_seen desc, id desc);
create index dead_letters_fresh on dead_letters (first_seen desc, id desc) where not overtaken;
create index dead_letters_overtaken on dead_letters (first_seen desc, id desc) where overtaken;
create index dead_letters_replayed on dead_letters (first_seen desc, id desc) where replayed_at is not null;
create index dead_letters_unreplayed on dead_letters (first_seen desc, id desc) where replayed_at is null;
create index dead_letters_type on dead_letters (event_type, first_seen desc, id desc);
create index dead_letters_death on dead_letters (death, first_seen desc, id desc);
create index dead_letters_pipeline on dead_letters (pipeline, first_seen desc, id desc) where pipeline is not null;
create index dead_letters_run on dead_letters (run_id, first_seen desc, id desc) where run_id is not null;

call allow('reader', 'select', 'dead_letter_replays');
call allow('dead_letters', 'insert, update', 'dead_letter_replays');
call allow('sweeper', 'update', 'dead_letter_replays');

call allow('reader', 'select', 'dead_letter_replays');
call allow('dead_letters', 'insert, update', 'dead_letter_replays');
call allow('sweeper', 'update', 'dead_letter_replays');
