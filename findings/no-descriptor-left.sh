#!/usr/bin/env bash
# Node 26.10.0, Linux. What Node says of the machine when the process may open no file any more (ulimit -n). Figures that one takes for
# mere getters open a file of /proc or /sys each, and fail in three ways:
# - process.memoryUsage.rss() and process.memoryUsage() throw (EMFILE, uv_resident_set_memory). On a timer that ends a server. Neither
#   process.resourceUsage().maxRSS nor v8.getHeapStatistics() needs a file.
# - process.availableMemory() says 0 and os.cpus() is an empty list: no error, a wrong figure. Who divides by os.cpus().length, or
#   sheds load when availableMemory() is low, acts on it. os.freemem() and os.availableParallelism() stay right.
# - os.userInfo() and os.networkInterfaces() throw ERR_SYSTEM_ERROR, the latter with "Unknown system error 24" for what is EMFILE.
#
# Output seen:
#   with files:    rss ok, memoryUsage ok, availableMemory above 0, cpus above 0, freemem above 0, parallelism above 0, maxRSS above 0, userInfo ok, networkInterfaces ok
#   without files: rss EMFILE, memoryUsage EMFILE, availableMemory 0, cpus 0, freemem above 0, parallelism above 0, maxRSS above 0, userInfo ERR_SYSTEM_ERROR, networkInterfaces ERR_SYSTEM_ERROR
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
npm install --silent --no-audit --no-fund --prefix "$tmp" node@26.10.0 >"$tmp/npm.log" 2>&1
cat >"$tmp/ask.cjs" <<'JS'
const { openSync } = require('node:fs');
const os = require('node:os');
process.stdout.write('');
const figure = (ask) => (ask() > 0 ? 'above 0' : 0);
const outcome = (ask) => {
  try {
    ask();
    return 'ok';
  } catch (error) {
    return error.code;
  }
};
const files = [];
if (process.argv[2] === 'without') {
  try {
    for (;;) files.push(openSync('/dev/null', 'r'));
  } catch {}
}
console.log(
  [
    `rss ${outcome(() => process.memoryUsage.rss())}`,
    `memoryUsage ${outcome(() => process.memoryUsage())}`,
    `availableMemory ${figure(() => process.availableMemory())}`,
    `cpus ${figure(() => os.cpus().length)}`,
    `freemem ${figure(() => os.freemem())}`,
    `parallelism ${figure(() => os.availableParallelism())}`,
    `maxRSS ${figure(() => process.resourceUsage().maxRSS)}`,
    `userInfo ${outcome(() => os.userInfo())}`,
    `networkInterfaces ${outcome(() => os.networkInterfaces())}`,
  ].join(', '),
);
JS
node="$tmp/node_modules/.bin/node"
with=$("$node" "$tmp/ask.cjs" with)
without=$(ulimit -n 64 && "$node" "$tmp/ask.cjs" without)
echo "with files:    $with"
echo "without files: $without"
[ "$with" = 'rss ok, memoryUsage ok, availableMemory above 0, cpus above 0, freemem above 0, parallelism above 0, maxRSS above 0, userInfo ok, networkInterfaces ok' ]
[ "$without" = 'rss EMFILE, memoryUsage EMFILE, availableMemory 0, cpus 0, freemem above 0, parallelism above 0, maxRSS above 0, userInfo ERR_SYSTEM_ERROR, networkInterfaces ERR_SYSTEM_ERROR' ]
