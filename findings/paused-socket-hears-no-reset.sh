#!/usr/bin/env bash
# Node 26.10.0 (npm package node@26.10.0), Linux.
#
# One would think: a server that has paused a socket (net.createServer with pauseOnConnect, so that the socket can be given to a thread)
# still hears that the client has reset the connection, for the kernel reports that whether or not anybody reads.
# What happens: neither 'error' nor 'close' comes, for as long as the socket is paused. It stays open and is not
# destroyed. Only when the socket is read again does it say ECONNRESET.
#
# Seen: paused for 3 s behind the reset: no event, destroyed false; read again: error ECONNRESET, then close
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
npm install --silent --no-audit --no-fund --prefix "$tmp" node@26.10.0
cat > "$tmp/try.mjs" <<'JS'
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const server = net.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
await once(server, 'listening');
const client = net.connect(server.address().port, '127.0.0.1');
const [socket] = await once(server, 'connection');
const heard = [];
socket.on('error', ({ code }) => heard.push(`error ${code}`));
socket.on('close', () => heard.push('close'));
client.resetAndDestroy();
await once(client, 'close');
await sleep(3000);
const before = heard.length === 0 ? 'no event' : heard.join(', ');
const state = `destroyed ${socket.destroyed}`;
const { promise: closed, resolve } = Promise.withResolvers();
socket.on('close', resolve);
socket.resume();
await closed;
console.log(`paused for 3 s behind the reset: ${before}, ${state}; read again: ${heard.join(', then ')}`);
server.close();
JS
seen=$("$tmp/node_modules/.bin/node" "$tmp/try.mjs")
echo "$seen"
[ "$seen" = 'paused for 3 s behind the reset: no event, destroyed false; read again: error ECONNRESET, then close' ]
