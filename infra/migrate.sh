#!/usr/bin/env bash
# Applies migrations/runlog with psql to the database of POSTGRES_URL.
source "$(dirname "${BASH_SOURCE[0]}")/migrations.bash"

url=${POSTGRES_URL:-${RUNLOG_DB_URL:-${OPSLOG_DB_URL:-postgres://rtuser:rtpass@localhost:5432/rt_monitoring}}}
command -v psql >/dev/null || fail 'psql is not installed: use infra/migrate-docker.sh or npx kubescribe migrate'

run_sql() {
  psql "$url" "$@" && return
  [ $? -ne 2 ] || echo 'Is the database up? Set POSTGRES_URL, or: docker-compose -f infra/docker-compose.yml up -d' >&2
  return 1
}

main "$@"
