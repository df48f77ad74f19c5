drop table dead_letter_replays;
drop index dead_letters_newest, dead_letters_fresh, dead_letters_overtaken, dead_letters_replayed,
           dead_letters_unreplayed, dead_letters_type, dead_letters_run;
alter table dead_letters
  drop column body, drop column altered, drop column replayed_at, drop column pipeline, drop column death;
