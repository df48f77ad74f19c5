# Shared by migrate.sh and migrate-docker.sh, which define `run_sql`: psql with the given options, script on stdin.
# History table, checksums and lock are those of `kubescribe migrate` (lib/db/migrate.ts).
set -euo pipefail
shopt -s nullglob

folder=$(CDPATH='' cd "$(dirname "${BASH_SOURCE[0]}")/../migrations/runlog" && pwd)
script=$(mktemp)
trap 'rm -f "$script"' EXIT
values='' count=0

main() {
  [ $# -le 1 ] || usage
  case ${1:-} in
    '') read_files; apply_script >"$script" ;;
    --status) read_files; status_script >"$script" ;;
    --test) test_script >"$script" ;;
    *) usage ;;
  esac
  run_script || exit 1
}

usage() {
  echo "Usage: $0 [--status | --test]    without an option: apply all pending migrations" >&2
  exit 2
}

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | cut -d ' ' -f 1
}

# File names go into SQL, so they are held to letters, digits, - and _.
read_files() {
  local file name
  for file in "$folder"/*.up.sql; do
    name=$(basename "$file" .up.sql)
    count=$((count + 1))
    [[ $name =~ ^[0-9]{6}_[a-z0-9_-]+$ ]] || fail "$file: call it NNNNNN_title.up.sql"
    [ "${name%%_*}" = "$(printf %06d $count)" ] || fail "$file: expected number $(printf %06d $count) here"
    values+="${values:+, }('${name%%_*}', '${name#*_}', '$(sha256 "$file")')"
  done
  [ $count -gt 0 ] || fail "$folder: no migrations there"
}

test_script() {
  echo "select format('Connected to %s as %s on PostgreSQL %s', current_database(), current_user,
    current_setting('server_version'));"
}

# Steps as seen from files and history; a step that changed or lost its file stops everything.
known_steps() {
  cat <<SQL
create temp view ks_file as select * from (values $values) as v (version, name, checksum);
select to_regclass('public.schema_migrations') is null as ks_new \gset
\if :ks_new
create temp table ks_applied (version text, name text, checksum text, applied_at timestamptz);
\else
create temp view ks_applied as select version, name, checksum, applied_at from public.schema_migrations;
\endif
create temp view ks_step as
select version, coalesce(a.name, f.name) as name, applied_at, case
    when f.version is null then 'missing'
    when a.version is null then 'pending'
    when (a.name, a.checksum) is distinct from (f.name, f.checksum) then 'changed'
    else 'applied' end as state
from ks_file f full join ks_applied a using (version);
SQL
}

refuse_wrong_steps() {
  cat <<'SQL'
do $$
declare wrong text;
begin
  select format('%s_%s.up.sql ', version, name) || case state
    when 'changed' then 'has changed since it was applied: restore it and put the change in a new file'
    when 'missing' then 'is applied here, but the file is missing: restore it, or use the newer version'
    else 'is older than what is applied: renumber it' end
  into wrong from ks_step
  where state in ('changed', 'missing')
     or state = 'pending' and version < (select max(version) from ks_applied)
  order by version limit 1;
  if wrong is not null then raise exception '%', wrong; end if;
end $$;
SQL
}

status_script() {
  known_steps
  cat <<'SQL'
select format('%-44s %s', version || '_' || name, concat_ws(' ', state, to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')))
from ks_step order by version;
select format('%s applied, %s pending', count(*) filter (where state = 'applied'), count(*) filter (where state = 'pending'))
from ks_step;
SQL
  refuse_wrong_steps
}

# One session holds the lock from the first look at the history to the last step; its end releases the lock.
apply_script() {
  local file name
  cat <<'SQL'
do $$
begin
  if current_setting('server_version_num')::int < 160000 then
    raise exception 'PostgreSQL 16 or newer is needed; this server is %', current_setting('server_version');
  end if;
  set lock_timeout = '10min';
  perform pg_advisory_lock(hashtextextended('kubescribe.schema_migrations', 0));
exception when lock_not_available then
  raise exception 'Another migration is still at work; nothing was done here. Try again later.';
end $$;
set lock_timeout = '10s';
set statement_timeout = '15min';
set idle_in_transaction_session_timeout = '1min';
set search_path = public;
set timezone = 'UTC';
SQL
  known_steps
  refuse_wrong_steps
  echo "select not exists (select from ks_step where state = 'pending') as ks_done \\gset"
  printf '\\if :ks_done\n\\echo Nothing to do: all %s migrations are applied.\n\\endif\n' $count
  for file in "$folder"/*.up.sql; do
    name=$(basename "$file" .up.sql)
    echo "select state = 'pending' as ks_pending from ks_step where version = '${name%%_*}' \\gset"
    printf '\\if :ks_pending\n\\o /dev/null\nbegin;\n-- file %s\n' "$file"
    cat "$file"
    printf '\n-- end of file\n'
    history_row "$name"
    printf 'commit;\n\\o\n\\echo Applied %s\n\\endif\n' "$name"
  done
}

history_row() {
  cat <<SQL
create table if not exists public.schema_migrations (
  version text primary key,
  name text not null,
  checksum text not null,
  applied_at timestamptz not null default now()
);
insert into public.schema_migrations (version, name, checksum)
select version, name, checksum from ks_file where version = '${1%%_*}';
SQL
}

run_script() {
  { run_sql -X -q -At -v ON_ERROR_STOP=1 -v VERBOSITY=terse -f - <"$script" 2>&1 >&3 | locate >&2; } 3>&1
}

# psql counts lines of the whole script: name the file instead, and hide quoted values, which can be a row's.
locate() {
  awk '
    NR == FNR {
      if (/^-- file /) { line[++files] = FNR; path[files] = substr($0, 9) }
      if (/^-- end of file$/) { last[files] = FNR }
      next
    }
    match($0, /^psql:<stdin>:[0-9]+: /) {
      number = substr($0, 14) + 0
      $0 = substr($0, RLENGTH + 1)
      if (/^(NOTICE|WARNING|INFO):/) next
      for (i = 1; i <= files; i++) if (number > line[i] && number <= last[i]) {
        $0 = path[i] ":" (number - line[i]) ": " $0 ". The step was rolled back whole."
      }
    }
    { gsub(/: "[^"]*"/, ": \"…\""); gsub(/value "[^"]*"/, "value \"…\""); print }
  ' "$script" -
}
