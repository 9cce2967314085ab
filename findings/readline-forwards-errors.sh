#!/usr/bin/env bash
# Node 26.10.0: `for await (const line of readline.createInterface({input}))` throws the input stream's error, also when the
# input has an 'error' handler of its own. Node's documentation of readline, "rl[Symbol.asyncIterator]()", says: "Errors in the
# input stream are not forwarded." Whoever relies on that (a handler on the socket, a plain loop over its lines) has an uncaught
# error when the other side resets the connection in the middle.
#
# Seen:
#   the input's own handler: gone
#   the loop threw: gone
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
npm install --silent --no-audit --no-fund --prefix "$tmp" node@26.10.0 >"$tmp/npm.log" 2>&1 || { cat "$tmp/npm.log"; exit 2; }
cat >"$tmp/loop.mjs" <<'JS'
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';

const input = new Readable({ read() {} });
input.on('error', (error) => console.log(`the input's own handler: ${error.message}`));
input.push('a line\n');
try {
  for await (const _line of createInterface({ input })) input.destroy(new Error('gone'));
  console.log('the loop ended');
} catch (error) {
  console.log(`the loop threw: ${error.message}`);
}
JS
out=$("$tmp/node_modules/.bin/node" "$tmp/loop.mjs")
echo "$out"
[ "$out" = "the input's own handler: gone
the loop threw: gone" ]
