/** What `GET /runs` is measured against: the same one query on node:http and pg, its rows as JSON. */
const { createServer } = require('node:http');
const { Pool } = require('pg');

const QUERY = `select run_id, status, started_at, finished_at, duration_ms, component, trigger, source,
  error_code, error_message, meta, started_at::text as exactly
  from run_log order by started_at desc, run_id desc limit $1`;

const pool = new Pool({ connectionString: process.env.RUNLOG_DB_URL, max: 4 });
const server = createServer(async (_request, reply) => {
  const { rows } = await pool.query(QUERY, [51]);
  reply.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(rows));
});
server.listen(0, '127.0.0.1', () =>
  console.log(JSON.stringify({ msg: 'listening', port: server.address().port })),
);
