/** What our host is measured against: node:http that says hello. */
const { createServer } = require('node:http');

const server = createServer((_request, reply) => {
  reply.writeHead(200, { 'content-type': 'text/plain' }).end('hello\n');
});
server.listen(0, '127.0.0.1', () =>
  console.log(JSON.stringify({ msg: 'listening', port: server.address().port })),
);
