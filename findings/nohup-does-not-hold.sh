#!/usr/bin/env bash
# Node 26.10.0 on Linux: a program that was started with SIGHUP ignored, as nohup(1) starts it, is ended by SIGHUP all the same.
# Other programs inherit what is ignored (signal(7): "the dispositions of ignored signals are left unchanged" by execve); Node
# sets all signals to their defaults when it starts. So `nohup node server.js` does not outlive its terminal's end unless the
# program handles SIGHUP itself.
#
# Seen:
#   sleep under nohup: still there
#   node under nohup: ended, 129
set -euo pipefail
tmp=$(mktemp -d)
pids=()
trap 'for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null || true; done; rm -rf "$tmp"' EXIT
npm install --silent --no-audit --no-fund --prefix "$tmp" node@26.10.0 >"$tmp/npm.log" 2>&1 || { cat "$tmp/npm.log"; exit 2; }

nohup sleep 60 >/dev/null 2>&1 &
sleeping=$!
nohup "$tmp/node_modules/.bin/node" -e 'console.log("up"); setInterval(() => {}, 1000)' >"$tmp/up" 2>/dev/null &
node=$!
pids=("$sleeping" "$node")
until grep -q up "$tmp/up"; do sleep 0.1; done
kill -HUP "$sleeping" "$node"
code=0
wait "$node" 2>/dev/null || code=$?
kill -0 "$sleeping" && echo 'sleep under nohup: still there'
echo "node under nohup: ended, $code"
[ "$code" = 129 ]
