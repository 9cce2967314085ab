#!/usr/bin/env bash
# Node 26.10.0, Linux. worker.postMessage({…, socket}, [socket]) at the limit of file descriptors: it returns as if all were well, the
# socket says that it is destroyed, and the WHOLE message never comes: no exception, no 'messageerror' on either side, also the
# values beside the socket are gone, while the messages before and behind it come. The client's connection stays open, owned
# by nobody (the accepted descriptor is never closed), so it is not even told. Node duplicates the descriptor while it posts (dup(2),
# EMFILE) and closes the first one afterwards, so moving a socket needs one descriptor more than there are sockets.
# Nothing documented tells it; what is beneath the source socket still has its descriptor then (socket._handle.fd >= 0, else -1).
#
# Output seen:
#   no descriptor is free: postMessage returned, destroyed true, beneath it fd kept; the thread got 1,3; the client is still connected
#   one is free:           postMessage returned, destroyed true, beneath it fd -1; the thread got 1,2,3; the client got the thread's greeting
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
npm install --silent --no-audit --no-fund --prefix "$tmp" node@26.10.0 >"$tmp/npm.log" 2>&1
cat >"$tmp/move.cjs" <<'JS'
const net = require('node:net');
const { closeSync, openSync } = require('node:fs');
const { Worker } = require('node:worker_threads');
const free = Number(process.argv[2]);
const worker = new Worker(
  `const { parentPort } = require('node:worker_threads');
   require('node:net');
   parentPort.on('messageerror', (error) => parentPort.postMessage('messageerror ' + error));
   parentPort.on('message', ({ number, socket }) => {
     parentPort.postMessage(number);
     socket?.write('hello');
   });`,
  { eval: true },
);
const got = [];
worker.on('messageerror', (error) => got.push('messageerror ' + error));
worker.on('online', () => {
  let client;
  let greeting = '';
  let closed = false;
  const server = net.createServer({ pauseOnConnect: true }, (socket) => {
    const beneath = socket._handle;
    const files = [];
    try {
      for (;;) files.push(openSync('/dev/null', 'r'));
    } catch {}
    for (let left = free; left > 0; left--) closeSync(files.pop());
    worker.postMessage({ number: 1 });
    let how = 'returned';
    try {
      worker.postMessage({ number: 2, socket }, [socket]);
    } catch (error) {
      how = `threw ${error.code}`;
    }
    worker.postMessage({ number: 3 });
    const fd = beneath.fd >= 0 ? 'kept' : -1;
    for (const file of files) closeSync(file);
    worker.on('message', (number) => {
      got.push(number);
      if (number !== 3) return;
      // Long enough for a close or a greeting over loopback.
      setTimeout(() => {
        const end = greeting ? "got the thread's greeting" : closed ? 'was closed' : 'is still connected';
        console.log(`postMessage ${how}, destroyed ${socket.destroyed}, beneath it fd ${fd}; the thread got ${got}; the client ${end}`);
        process.exit();
      }, 1000);
    });
  });
  server.listen(0, '127.0.0.1', () => {
    client = net.connect(server.address().port, '127.0.0.1');
    client.on('data', (data) => (greeting += data)).on('close', () => (closed = true)).on('end', () => (closed = true)).on('error', () => {});
  });
});
JS
node="$tmp/node_modules/.bin/node"
run() { (ulimit -n 64 && "$node" "$tmp/move.cjs" "$1"); }
none=$(run 0)
one=$(run 1)
echo "no descriptor is free: $none"
echo "one is free:           $one"
[ "$none" = 'postMessage returned, destroyed true, beneath it fd kept; the thread got 1,3; the client is still connected' ]
[ "$one" = "postMessage returned, destroyed true, beneath it fd -1; the thread got 1,2,3; the client got the thread's greeting" ]
