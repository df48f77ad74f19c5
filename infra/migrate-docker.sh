#!/usr/bin/env bash
# Applies migrations/runlog with the psql inside the container POSTGRES_CONTAINER.
source "$(dirname "${BASH_SOURCE[0]}")/migrations.bash"

container=${POSTGRES_CONTAINER:-rtmh_postgres}
command -v docker >/dev/null || fail 'docker is not installed: use infra/migrate.sh or npx kubescribe migrate'

run_sql() {
  docker exec -i "$container" psql -U "${POSTGRES_USER:-rtuser}" -d "${POSTGRES_DB:-rt_monitoring}" "$@" && return
  local status=$?
  [ $status -eq 3 ] || echo "Is $container up? docker-compose -f infra/docker-compose.yml up -d; docker logs $container" >&2
  return 1
}

main "$@"
