/** What a cold start is measured against: node:http and pg, as plainly as they can be joined. */
const { createServer } = require('node:http');
const { Pool } = require('pg');

const pool = new Pool({ connectionString: process.env.RUNLOG_DB_URL });
const server = createServer(async (_request, reply) => {
  const { rows } = await pool.query('select * from run_log order by started_at desc limit 1');
  reply.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(rows));
});
server.listen(0, '127.0.0.1', () =>
  console.log(JSON.stringify({ msg: 'listening', port: server.address().port })),
);
