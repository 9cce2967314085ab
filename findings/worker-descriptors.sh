#!/usr/bin/env bash
# Node 26.10.0, Linux. How many file descriptors a worker thread takes, and what becomes of one for which there are too few.
# - An idle one takes 5 (its event loop: eventfd, epoll, io_uring, a pipe), and one more, for good, with its first socket or server,
#   whichever, even when that is closed again: libuv keeps a file open so that it can accept and close connections at the limit. So
#   whoever counts the descriptors of idle workers plans a sixth too few: a thousand workers that each serve a socket have 7,000.
# - To start, a worker needs 6 at once although it keeps 5.
# - One that cannot start emits 'error' (ERR_WORKER_INIT_FAILED … EMFILE) and then 'exit' with code 0, as if it had ended in order: who
#   looks at the code alone takes a worker that never ran for one that did its work.
#
# Output seen:
#   idle: 5; with its first socket: 6; when that is closed: 6
#   with 5 free: error ERR_WORKER_INIT_FAILED, exit 0
#   with 6 free: online
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
npm install --silent --no-audit --no-fund --prefix "$tmp" node@26.10.0 >"$tmp/npm.log" 2>&1
cat >"$tmp/count.cjs" <<'JS'
const { once } = require('node:events');
const { readdirSync } = require('node:fs');
const { Worker } = require('node:worker_threads');
const open = () => readdirSync('/proc/self/fd').length;
(async () => {
  const program = `
    const { parentPort } = require('node:worker_threads');
    const net = require('node:net');
    let server;
    parentPort.on('message', (what) => {
      if (what === 'open') server = net.createServer().listen(0, '127.0.0.1', () => parentPort.postMessage('open'));
      else if (what === 'close') server.close(() => parentPort.postMessage('closed'));
      else parentPort.postMessage('idle');
    });`;
  const start = async () => {
    const worker = new Worker(program, { eval: true });
    worker.postMessage('nothing');
    await once(worker, 'message');
    return worker;
  };
  // The first one brings some that stay.
  await start();
  const before = open();
  const worker = await start();
  const idle = open() - before;
  worker.postMessage('open');
  await once(worker, 'message');
  const serving = open() - before;
  worker.postMessage('close');
  await once(worker, 'message');
  // The server's own descriptor is not the thread's.
  console.log(`idle: ${idle}; with its first socket: ${serving - 1}; when that is closed: ${open() - before}`);
  process.exit();
})();
JS
cat >"$tmp/start.cjs" <<'JS'
const { closeSync, openSync } = require('node:fs');
const { Worker } = require('node:worker_threads');
const files = [];
try {
  for (;;) files.push(openSync('/dev/null', 'r'));
} catch {}
for (let free = Number(process.argv[2]); free > 0; free--) closeSync(files.pop());
const worker = new Worker("require('node:worker_threads').parentPort.on('message', () => {})", { eval: true });
const seen = [];
const end = () => {
  for (const file of files) closeSync(file);
  console.log(seen.join(', '));
  process.exit();
};
worker.on('error', ({ code }) => seen.push(`error ${code}`));
worker.on('exit', (code) => {
  seen.push(`exit ${code}`);
  end();
});
worker.on('online', () => {
  seen.push('online');
  end();
});
JS
node="$tmp/node_modules/.bin/node"
if [ "$(sysctl -n kernel.io_uring_disabled 2>/dev/null || echo 0)" != 0 ]; then
  echo 'this system has no io_uring: the figures are one less'
  exit 0
fi
count=$("$node" "$tmp/count.cjs")
five=$(ulimit -n 64 && "$node" "$tmp/start.cjs" 5)
six=$(ulimit -n 64 && "$node" "$tmp/start.cjs" 6)
echo "$count"
echo "with 5 free: $five"
echo "with 6 free: $six"
[ "$count" = 'idle: 5; with its first socket: 6; when that is closed: 6' ]
[ "$five" = 'error ERR_WORKER_INIT_FAILED, exit 0' ]
[ "$six" = online ]
