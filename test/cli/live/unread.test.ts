import { expect, test } from '@jest/globals';
import { Unread } from '../../../src/cli/live/unread.ts';

/** The server's counts, given when the test says so. */
function unread() {
  const asked: ((counts: Record<string, number>) => void)[] = [];
  const changes: number[] = [];
  const counted: Unread = new Unread(
    () =>
      new Promise((resolve) => {
        asked.push((counts) =>
          resolve(
            Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, { unread: count }])),
          ),
        );
      }),
    () => void changes.push(counted.beside(undefined)),
  );
  return { counted, asked, changes };
}

test('asked for together, the counts are fetched once and once more', async () => {
  const { counted, asked, changes } = unread();
  const done = counted.refresh();
  await counted.refresh();
  await counted.refresh();
  expect(asked).toHaveLength(1);
  asked[0]!({ messi: 2, '#lab': 1 });
  while (asked.length < 2) await new Promise(setImmediate);
  expect([counted.in('messi'), counted.in('#lab'), counted.in('henderson')]).toEqual([2, 1, 0]);
  expect(counted.beside('messi')).toBe(1);
  asked[1]!({ '#lab': 3 });
  await done;
  expect(changes).toEqual([3, 3]);
});

test('what is read while the counts are under way is not unread again', async () => {
  const { counted, asked } = unread();
  const done = counted.refresh();
  counted.forget('#lab');
  asked[0]!({ '#lab': 1 });
  while (asked.length < 2) await new Promise(setImmediate);
  asked[1]!({ '#lab': 0 });
  await done;
  expect(counted.in('#lab')).toBe(0);
});
