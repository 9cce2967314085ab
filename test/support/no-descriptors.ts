import { closeSync, openSync } from 'node:fs';
import { HalfOpenWatch } from '../../src/server/half-open.ts';
import { capacityOf } from '../../src/threads/capacity.ts';
import { ceilingsFor } from '../../src/threads/descriptors.ts';
import { openDescriptors } from '../../src/threads/proc.ts';
import { residentBytes } from '../../src/threads/resident.ts';
import { resourcesHere } from '../../src/threads/resources.ts';
import { computedBy, ownTask } from '../../src/threads/task.ts';
import { measureThread } from '../../src/threads/thread-cost.ts';

/* Asks the system, as the server does while it runs, when this process may open no file any more. Prints what it was told, as JSON. */

const task = ownTask();
const before = residentBytes(0);
const files: number[] = [];
try {
  for (;;) files.push(openSync('/dev/null', 'r'));
} catch {
  // Now all are taken.
}
const resident = residentBytes(0);
const computed = computedBy(task);
const open = openDescriptors();
const silent = await new HalfOpenWatch(1, 1000).look(0);
const cost = await measureThread(true);
const resources = resourcesHere();
const { threads } = capacityOf(resources, cost, 100);
let refusal = '';
try {
  ceilingsFor(
    { connections: 100, sharedThreads: undefined, maxThreads: threads },
    resources.descriptors,
    cost,
  );
} catch (error) {
  refusal = String(error);
}
for (const file of files) closeSync(file);
process.stdout.write(
  JSON.stringify({
    sameResident: resident === before && before > 0,
    computed,
    open,
    silent,
    cost,
    threads,
    refusal,
  }),
);
