import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { groupLimits } from '../../src/threads/cgroups.ts';
import { tempFolder } from '../support/temp-folder.ts';

const MiB = 1024 * 1024;
const UNLIMITED = '9223372036854771712';

/** A folder that holds these files, as /proc and /sys have them. */
function machine(files: Record<string, string | number>): string {
  const root = tempFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  }
  return root;
}

test.each<[string, Record<string, string | number>, number | undefined, number | undefined]>([
  ['there are none', {}, undefined, undefined],
  [
    'version 2 in a container, which sees its own alone',
    {
      'proc/self/cgroup': '0::/',
      'sys/fs/cgroup/memory.max': 1000 * MiB,
      'sys/fs/cgroup/memory.current': 300 * MiB,
      'sys/fs/cgroup/memory.stat': `anon ${100 * MiB}\ninactive_file ${200 * MiB}`,
      'sys/fs/cgroup/pids.max': 100,
      'sys/fs/cgroup/pids.current': 11,
    },
    900 * MiB,
    89,
  ],
  [
    'version 2, in groups that are in others: the least that one of them leaves',
    {
      'proc/self/cgroup': '0::/system.slice/chat.service',
      'sys/fs/cgroup/system.slice/chat.service/memory.max': 'max',
      'sys/fs/cgroup/system.slice/chat.service/memory.high': 800 * MiB,
      'sys/fs/cgroup/system.slice/chat.service/memory.current': 100 * MiB,
      'sys/fs/cgroup/system.slice/chat.service/pids.max': 4915,
      'sys/fs/cgroup/system.slice/chat.service/pids.current': 15,
      'sys/fs/cgroup/system.slice/memory.max': 4000 * MiB,
      'sys/fs/cgroup/system.slice/memory.current': 3500 * MiB,
      'sys/fs/cgroup/system.slice/pids.max': 'max',
    },
    500 * MiB,
    4900,
  ],
  [
    'version 1',
    {
      'proc/self/cgroup': '7:pids:/docker/1f3a\n4:cpu,memory:/docker/1f3a\n1:name=systemd:/',
      'sys/fs/cgroup/memory/docker/1f3a/memory.limit_in_bytes': 512 * MiB,
      'sys/fs/cgroup/memory/docker/1f3a/memory.usage_in_bytes': 200 * MiB,
      'sys/fs/cgroup/memory/docker/1f3a/memory.stat': `inactive_file 1\ntotal_inactive_file ${50 * MiB}`,
      'sys/fs/cgroup/memory/memory.limit_in_bytes': UNLIMITED,
      'sys/fs/cgroup/pids/docker/1f3a/pids.max': 64,
      'sys/fs/cgroup/pids/docker/1f3a/pids.current': 70,
    },
    362 * MiB,
    0,
  ],
  [
    'version 1 in a container that sees its own group where the path says the whole one is',
    {
      'proc/self/cgroup': '4:memory:/docker/1f3a\n0::/',
      'sys/fs/cgroup/memory/memory.limit_in_bytes': 512 * MiB,
      'sys/fs/cgroup/memory/memory.usage_in_bytes': 12 * MiB,
    },
    500 * MiB,
    undefined,
  ],
  [
    'both versions at once',
    {
      'proc/self/cgroup': '3:pids:/app\n0::/app',
      'sys/fs/cgroup/pids/app/pids.max': 500,
      'sys/fs/cgroup/pids/app/pids.current': 100,
      'sys/fs/cgroup/unified/app/memory.max': 100 * MiB,
    },
    100 * MiB,
    400,
  ],
  [
    'a path that leads out of what the container sees',
    { 'proc/self/cgroup': '0::/../other', 'sys/fs/cgroup/pids.max': 5 },
    undefined,
    undefined,
  ],
])('%s', (_what, files, memoryBytes, processes) => {
  expect(groupLimits(machine(files))).toEqual({ memoryBytes, processes });
});
