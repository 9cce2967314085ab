import { expect, test } from '@jest/globals';
import { root, runToEnd } from './support/program.ts';

/** What a program with this log writes to stderr. */
async function logged(format: 'text' | 'json', rate: number, body: string): Promise<string[]> {
  const source = `
    import { createLog } from '${root}/src/log.ts';
    const log = createLog({ level: 'info', format: '${format}', rate: ${rate} });
    ${body}
    await log.close();`;
  const { stderr } = await runToEnd(process.execPath, ['--input-type=module', '--eval', source]);
  return stderr.trimEnd().split('\n');
}

test('text: time, level, message, fields; what strangers sent cannot break the line', async () => {
  const [line, ...rest] = await logged(
    'text',
    0,
    `log.write('warn', 'a\\nb \\u001b[31m', { peer: 'x\\u202ey' });`,
  );
  expect(rest).toEqual([]);
  expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z warn {2}a\\u000ab \\u001b\[31m peer=x\\u202ey$/);
});

test('json: one object a line', async () => {
  const [line] = await logged('json', 0, `log.write('info', 'hello', { connection: 7 });`);
  expect(JSON.parse(line!)).toMatchObject({ level: 'info', message: 'hello', connection: 7 });
});

test('the level holds', async () => {
  expect(await logged('text', 0, `log.write('debug', 'hidden'); log.write('error', 'shown');`)).toEqual([
    expect.stringContaining('error shown'),
  ]);
});

test('lines about traffic are limited, and what is left out is counted', async () => {
  const lines = await logged('text', 2, "for (let i = 0; i < 10; i++) log.traffic(() => 'request ' + i);");
  expect(lines.map((line) => line.replace(/^\S+ info {2}/, ''))).toEqual([
    'request 0',
    'request 1',
    '8 more lines about traffic in this second are not shown (--log-rate)',
  ]);
});

test('faults are shown with where they were, some of them, and the others are counted', async () => {
  const lines = await logged(
    'text',
    0,
    "for (let i = 0; i < 1000; i++) log.fault('it failed', new Error('no ' + i));",
  );
  expect(lines).toHaveLength(11);
  expect(lines[0]).toMatch(/error it failed reason=Error: no 0\\u000a {4}at /);
  expect(lines[10]).toMatch(/error 990 more faults in this minute are not shown$/);
});
