#!/usr/bin/env bash
# Node 26.10.0 on Linux: closing a server that listens on a socket in the file system removes whatever has that name by then, also
# the socket of another server that has taken its place. A server that outlives its file (something tidied it up, the folder was
# moved) thus cuts its successor off: that one still listens, and nobody can reach it any more. Node's documentation of net,
# "Identifying paths for IPC connections", says only that a socket created through Node is unlinked when the server is closed.
# Whoever needs better makes the socket under a passing name and renames it.
#
# Seen:
#   second server listening: true, reached: true
#   first server closed; second server listening: true, reached: ENOENT
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
npm install --silent --no-audit --no-fund --prefix "$tmp" node@26.10.0 >"$tmp/npm.log" 2>&1 || { cat "$tmp/npm.log"; exit 2; }
cat >"$tmp/two.mjs" <<'JS'
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';

const path = process.argv[2];
const listen = () =>
  new Promise((resolve) => {
    const server = createServer((socket) => socket.end());
    server.listen(path, () => resolve(server));
  });
const reach = () =>
  new Promise((resolve) => {
    const socket = connect(path, () => resolve(true));
    socket.on('error', ({ code }) => resolve(code)).resume();
  });

const first = await listen();
rmSync(path);
const second = await listen();
console.log(`second server listening: ${second.listening}, reached: ${await reach()}`);
await new Promise((resolve) => first.close(resolve));
console.log(`first server closed; second server listening: ${second.listening}, reached: ${await reach()}`);
second.close();
JS
out=$("$tmp/node_modules/.bin/node" "$tmp/two.mjs" "$tmp/socket")
echo "$out"
[ "$out" = "second server listening: true, reached: true
first server closed; second server listening: true, reached: ENOENT" ]
