import { Checkpointing } from '../../src/store/checkpointing.ts';
import { databasePath } from '../../src/store/folder.ts';
import { openDatabase } from '../../src/store/open.ts';

/*
 * Run as a program: opens the database in FOLDER, writes until the log is to be moved, and waits for nothing but the end of the pause
 * that this takes, as a server does that ends at that moment. The other thread takes its time.
 */
const SLOW = `
const { parentPort } = require('node:worker_threads');
parentPort.on('message', (mode) => {
  if (mode === null) return parentPort.close();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  parentPort.postMessage({ busy: 0, log: 1, checkpointed: 1 });
});
`;
const folder = process.argv[2]!;
const { db } = openDatabase(folder);
const checkpointing = new Checkpointing(db, databasePath(folder), SLOW);
db.exec('CREATE TABLE filling (text TEXT)');
const insert = db.prepare('INSERT INTO filling VALUES (?)');
const { promise: paused, resolve } = Promise.withResolvers<void>();
let asked = false;
while (!asked) {
  db.exec('BEGIN IMMEDIATE');
  for (let page = 0; page < 500; page++) insert.run('x'.repeat(4000));
  db.exec('COMMIT');
  checkpointing.wrote((work) => work(resolve));
  asked = Number(db.prepare('PRAGMA wal_checkpoint(NOOP)').get()!.log) > 20_000;
}
// What was written has been moved meanwhile, so that there is little left and a pause.
db.exec('PRAGMA wal_checkpoint(PASSIVE)');
db.exec(`INSERT INTO filling VALUES ('x')`);
await paused;
await checkpointing.stop();
process.stdout.write('waited\n');
process.exit(0);
