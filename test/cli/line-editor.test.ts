import { PassThrough } from 'node:stream';
import { afterEach, expect, test } from '@jest/globals';
import { LineEditor } from '../../src/cli/line-editor.ts';
import { isSecret } from '../../src/cli/screen.ts';
import { Screen } from '../support/screen.ts';

const COLUMNS = 20;
const open = new Set<LineEditor>();

afterEach(() => {
  for (const editor of open) editor.end();
  open.clear();
});

/** An editor on a screen; keys are typed, and have been taken when `type` resolves. */
function editor() {
  const input = new PassThrough();
  const output = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY: true, columns: COLUMNS });
  const screen = new Screen(COLUMNS);
  output.on('data', (text: string) => screen.write(text));
  const lines: string[] = [];
  const ends: string[] = [];
  const line = new LineEditor({
    input,
    output,
    complete: async (typed) => [['lineker '], typed],
    isSecret,
    onLine: (typed) => void lines.push(typed),
    onEndOfText: () => void ends.push('end of text'),
    onLeave: () => void ends.push('leave'),
  });
  open.add(line);
  line.prompt = '> ';
  const type = (keys: string) =>
    new Promise((resolve) => {
      input.write(keys);
      setImmediate(() => setImmediate(resolve));
    });
  return { line, screen, lines, ends, type };
}

test('what is printed stands above a half-typed line, which stays as it is', async () => {
  const { line, screen, lines, type } = editor();
  await type('half');
  line.print('09:05 lineker: halo');
  expect(screen.rows).toEqual(['09:05 lineker: halo', '> half']);
  await type('\u001b[D\u001b[D');
  line.print('more');
  expect(screen.rows).toEqual(['09:05 lineker: halo', 'more', '> half']);
  expect(screen.cursor).toEqual({ row: 2, column: 4 });
  await type('L\r');
  expect(lines).toEqual(['haLlf']);
});

test.each([
  ['narrow letters', 'the quick brown fox jumps over the lazy dog and so on'],
  ['a row that is just full', 'abcdefghijklmnopqr'],
  ['two rows that are just full', 'abcdefghijklmnopqrstuvwxyzabcdefghijkl'],
  ['wide letters', '你好你好你好你好你好你好你好你好你好'],
  ['a wide letter on an edge', 'abcdefghijklmnopq你好😀😀 x'],
])('so does one over several rows: %s', async (_name, text) => {
  for (const [back, pasted] of [0, 1, 12].flatMap(
    (steps) =>
      [
        [steps, false],
        [steps, true],
      ] as const,
  )) {
    const { line, screen, type } = editor();
    for (const part of pasted ? [text] : text) await type(part);
    await type('\u001b[D'.repeat(Math.min(back, text.length)));
    const { rows, cursor } = screen;
    line.print('one');
    line.print('two rows, for it is long');
    const above = ['one', 'two rows, for it is', 'long'];
    expect(screen.rows).toEqual([...above, ...rows]);
    expect(screen.cursor).toEqual({ ...cursor, row: cursor.row + above.length });
    line.prompt = '[1 unread] > ';
    line.print('three');
    line.prompt = '> ';
    expect(screen.rows).toEqual([...above, 'three', ...rows]);
  }
});

test('an entered line can be taken back, over several rows too', async () => {
  const { line, screen, type } = editor();
  line.print('above');
  for (const text of ['short', 'a line that goes over three rows of the screen']) {
    await type(`${text}\r`);
    line.takeBack(text);
    line.prompt = '';
    line.print('said');
    line.prompt = '> ';
  }
  expect(screen.rows).toEqual(['above', 'said', 'said', '>']);
});

test('Ctrl-D on an empty line asks first, and what is typed behind it still arrives', async () => {
  const { lines, ends, type } = editor();
  await type('\u0004');
  await type('still here\r');
  await type('x\u0004\u0003');
  expect(ends).toEqual(['end of text', 'leave']);
  expect(lines).toEqual(['still here']);
});

test('the arrow keys bring back lines, but no passwords', async () => {
  const { lines, type } = editor();
  await type('online\r');
  await type('auth messi surabaya\r');
  await type('/joingroup lab surabaya\r');
  await type('\u001b[A\r');
  expect(lines.at(-1)).toBe('online');
});

test('Tab completes', async () => {
  const { lines, type } = editor();
  await type('li\t');
  await type('\r');
  expect(lines).toEqual(['lineker ']);
});
