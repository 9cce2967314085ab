#!/usr/bin/env bash
# Node 26.10.0, Linux. A net.Server whose process may open no file any more accepts every connection and closes it at once, in
# silence: no 'connection', no 'error', no 'drop' event, nothing on stderr. Clients see their connect succeed and then an orderly end
# (FIN) without a byte, as if the server had meant it. So a server cannot tell that it turns people away for lack of descriptors:
# it has to know its own limit and refuse before (server.maxConnections gives 'drop', and a count of one's own a reply).
#
# Output seen:
#   clients: connected 5, ended without a byte 5, errors 0
#   server: connections 0, errors 0, drops 0
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
npm install --silent --no-audit --no-fund --prefix "$tmp" node@26.10.0 >"$tmp/npm.log" 2>&1
cat >"$tmp/server.cjs" <<'JS'
const { closeSync, openSync } = require('node:fs');
const net = require('node:net');
const seen = { connections: 0, errors: 0, drops: 0 };
const server = net.createServer((socket) => {
  seen.connections++;
  socket.on('error', () => {}).end('served');
});
server.on('error', () => seen.errors++).on('drop', () => seen.drops++);
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const files = [];
  try {
    for (;;) files.push(openSync('/dev/null', 'r'));
  } catch {}
  console.log(port);
  process.on('SIGTERM', () => {
    for (const file of files) closeSync(file);
    console.log(`server: connections ${seen.connections}, errors ${seen.errors}, drops ${seen.drops}`);
    process.exit();
  });
});
JS
cat >"$tmp/clients.cjs" <<'JS'
const net = require('node:net');
const seen = { connected: 0, ended: 0, errors: 0 };
let left = 5;
for (let client = 0; client < 5; client++) {
  let bytes = 0;
  net
    .connect(Number(process.argv[2]), '127.0.0.1')
    .on('connect', () => seen.connected++)
    .on('data', (data) => (bytes += data.length))
    .on('end', () => (seen.ended += bytes === 0 ? 1 : 0))
    .on('error', () => seen.errors++)
    .on('close', () => {
      if (--left === 0) console.log(`clients: connected ${seen.connected}, ended without a byte ${seen.ended}, errors ${seen.errors}`);
    });
}
JS
node="$tmp/node_modules/.bin/node"
mkfifo "$tmp/out"
(ulimit -n 64 && exec "$node" "$tmp/server.cjs") >"$tmp/out" &
server=$!
exec 3<"$tmp/out"
read -r port <&3
clients=$("$node" "$tmp/clients.cjs" "$port")
kill "$server"
read -r told <&3
wait "$server"
echo "$clients"
echo "$told"
[ "$clients" = 'clients: connected 5, ended without a byte 5, errors 0' ]
[ "$told" = 'server: connections 0, errors 0, drops 0' ]
