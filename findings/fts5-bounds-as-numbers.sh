#!/usr/bin/env bash
# Node 26.10.0 (SQLite 3.53.4): node:sqlite binds every JavaScript number as REAL, whole numbers too, and FTS5 uses a bound on the rowid
# (`MATCH ? AND rowid > ?`) only when it is an INTEGER. The rows are the same, for SQLite then compares each of them itself; but the whole
# list of a common word is read for the last hundred rows, which takes hundreds of times as long. With a BigInt the list is entered where
# it should be. SQLite's "FTS5 Extension" and Node's "Type conversion between JavaScript and SQLite" say nothing of it, and no ordinary
# table shows it. A beginning of words (`comm*`) is collected whole before the first row even then.
#
# Seen:
#   a number is bound as real, a BigInt as integer
#   common: 100 rows and 100 rows; the BigInt at least 20 times as fast: true
#   comm*: 100 rows and 100 rows; the BigInt at least 20 times as fast: false
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
npm install --silent --no-audit --no-fund --prefix "$tmp" node@26.10.0 >"$tmp/npm.log" 2>&1 || { cat "$tmp/npm.log"; exit 2; }
cat >"$tmp/bounds.mjs" <<'JS'
import { DatabaseSync } from 'node:sqlite';

const db = new DatabaseSync(':memory:');
const types = db.prepare('SELECT typeof(?) AS number, typeof(?) AS bigint').get(5, 5n);
console.log(`a number is bound as ${types.number}, a BigInt as ${types.bigint}`);
db.exec('CREATE VIRTUAL TABLE post USING fts5(text); BEGIN');
const add = db.prepare('INSERT INTO post (rowid, text) VALUES (?, ?)');
for (let id = 1; id <= 200_000; id++) add.run(id, `common word${id % 50}`);
db.exec('COMMIT');
const count = db.prepare('SELECT count(*) AS rows FROM post WHERE post MATCH ? AND rowid > ?');
for (const words of ['common', 'comm*']) {
  const [number, bigint] = [199_900, 199_900n].map((bound) => {
    let best = Number.POSITIVE_INFINITY;
    let rows;
    for (let round = 0; round < 7; round++) {
      const began = performance.now();
      ({ rows } = count.get(words, bound));
      best = Math.min(best, performance.now() - began);
    }
    return { rows, best };
  });
  const faster = number.best > 20 * bigint.best;
  console.log(`${words}: ${number.rows} rows and ${bigint.rows} rows; the BigInt at least 20 times as fast: ${faster}`);
}
JS
out=$("$tmp/node_modules/.bin/node" "$tmp/bounds.mjs")
echo "$out"
[ "$out" = "a number is bound as real, a BigInt as integer
common: 100 rows and 100 rows; the BigInt at least 20 times as fast: true
comm*: 100 rows and 100 rows; the BigInt at least 20 times as fast: false" ]
