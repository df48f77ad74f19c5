import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';

const INFRA = join(import.meta.dirname, '../../infra');
const Compose = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string(),
      container_name: z.string().optional(),
      environment: z.record(z.string(), z.string()),
      ports: z.array(z.string()),
      volumes: z.array(z.string()).default([]),
      healthcheck: z.object({ test: z.array(z.string()) }).optional(),
    }),
  ),
  volumes: z.record(z.string(), z.null()),
});
const read = (path: string) => readFileSync(join(INFRA, path), 'utf8');
const environment = (path: string) =>
  Object.fromEntries(
    [...read(path).matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );

/** What Compose makes of a file: `${NAME:-default}` from the environment, `$$` is a dollar. */
function compose(text: string, env: Record<string, string> = {}) {
  const filled = text.replace(/\$\$|\$\{(\w+)(?::-([^}]*))?\}/g, (all, name, otherwise) =>
    all === '$$' ? '$' : (env[name] ?? otherwise ?? ''),
  );
  return Compose.parse(parse(filled));
}

test('infra/docker-compose.yml is the promised rt_monitoring', () => {
  const { postgres } = compose(read('docker-compose.yml')).services;

  expect(postgres).toMatchObject({
    image: 'postgres:16',
    container_name: 'rtmh_postgres',
    environment: { POSTGRES_DB: 'rt_monitoring', POSTGRES_USER: 'rtuser', POSTGRES_PASSWORD: 'rtpass' },
    ports: ['127.0.0.1:5432:5432'],
  });
});

test.for([
  ['without .env', {}],
  ['with .env.example as .env', environment('opslog/.env.example')],
] as const)('the OpsLog service has the promised defaults: %s', ([, env]) => {
  const { services, volumes } = compose(read('opslog/docker-compose.yml'), env);

  expect(Object.keys(services)).toEqual(['opslog-db']);
  expect(services['opslog-db']).toMatchObject({
    image: 'postgres:16',
    environment: { POSTGRES_DB: 'opslog', POSTGRES_USER: 'opslog', POSTGRES_PASSWORD: 'change-me' },
    ports: ['127.0.0.1:5432:5432'],
    volumes: ['opslog-data:/var/lib/postgresql/data', './init:/docker-entrypoint-initdb.d:ro'],
    healthcheck: { test: ['CMD-SHELL', 'pg_isready -h 127.0.0.1 -U "$POSTGRES_USER" -d "$POSTGRES_DB"'] },
  });
  expect(volumes).toEqual({ 'opslog-data': null });
});

test('the OpsLog service follows .env', () => {
  const env = { OPSLOG_DB: 'runs', OPSLOG_USER: 'me', OPSLOG_PASSWORD: 'secret', OPSLOG_PORT: '6543' };

  expect(compose(read('opslog/docker-compose.yml'), env).services['opslog-db']).toMatchObject({
    environment: { POSTGRES_DB: 'runs', POSTGRES_USER: 'me', POSTGRES_PASSWORD: 'secret' },
    ports: ['127.0.0.1:6543:5432'],
  });
});

test('pgAdmin, uncommented, listens on 8081', () => {
  const uncommented = read('opslog/docker-compose.yml').replace(/^ {2}# (?=pgadmin:| )/gm, '  ');

  expect(compose(uncommented, environment('opslog/.env.example')).services.pgadmin).toMatchObject({
    image: expect.stringMatching(/^dpage\/pgadmin4:/),
    environment: { PGADMIN_DEFAULT_EMAIL: 'admin@example.com', PGADMIN_DEFAULT_PASSWORD: 'change-me' },
    ports: ['127.0.0.1:8081:80'],
  });
});
