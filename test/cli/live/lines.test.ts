import { describe, expect, test } from '@jest/globals';
import { Lines, type Shown } from '../../../src/cli/live/lines.ts';
import { nameColour, type Paint } from '../../../src/cli/paint.ts';

const plain: Paint = (_style, text) => text;
const marked: Paint = (style, text) => (text === '' ? '' : `<${String(style)}>${text}</>`);

const day = new Date(2026, 10, 25).getTime();
const at = (hours: number, minutes: number) => new Date(2026, 10, 25, hours, minutes).getTime();
const linesOf = (paint = plain) => new Lines(paint, day);

const direct = (id: number, from: string, to: string, msg: string, more: Partial<Shown> = {}): Shown => ({
  id,
  from,
  to,
  group: null,
  msg,
  sent_at: at(9, 5),
  ...more,
});
const inGroup = (id: number, from: string, msg: string, more: Partial<Shown> = {}): Shown => ({
  ...direct(id, from, '', msg, more),
  to: null,
  group: 'lab',
});

test('an inbox: the username first, the full name is whatever somebody calls themselves', () => {
  const lines = linesOf();
  const received = (fullName: string, msg: string) => ({ msg_from: fullName, msg_to: 'x', msg });
  expect(
    lines
      .inbox({
        messi: [received('Lionel Messi', 'halo'), received('Lionel Messi', 'lagi')],
        quiet: [],
        evil: [
          received('Lionel Messi', 'kirim uang'),
          received(`messi\u202e\n${'漢'.repeat(200)}`, 'x\u001b[2J'),
        ],
        'mes\u200bsi': [received('', 'x')],
      })
      .split('\n'),
  ).toEqual([
    'messi (Lionel Messi): halo',
    'messi (Lionel Messi): lagi',
    'evil (Lionel Messi): kirim uang',
    `evil (messi\\u202e ${'漢'.repeat(13)}…): x\\u001b[2J`,
    'mes\\u200bsi (): x',
  ]);
  expect(lines.inbox({ quiet: [] })).toBe('');
});

test('members stand below each other, whatever they call themselves', () => {
  const lines = linesOf();
  expect(
    lines
      .members({
        messi: { nama: 'Lionel Messi', negara: 'Argentina' },
        漢字: { nama: 'messi', negara: 'x'.repeat(200) },
      })
      .split('\n'),
  ).toEqual(['messi  Lionel Messi, Argentina', `漢字   messi, ${'x'.repeat(39)}…`]);
});

describe('messages', () => {
  test('in their conversation, and elsewhere', () => {
    const lines = linesOf();
    expect(lines.message(direct(1, 'lineker', 'messi', 'halo'), 'messi', 'lineker')).toBe(
      '09:05 lineker: halo',
    );
    expect(lines.message(direct(1, 'lineker', 'messi', 'halo'), 'messi')).toBe('09:05 lineker → messi: halo');
    expect(lines.message(inGroup(2, 'lineker', 'halo'), 'messi', '#lab')).toBe('09:05 lineker: halo');
    expect(lines.message(inGroup(2, 'lineker', 'halo'), 'messi', 'lineker')).toBe(
      '09:05 lineker → #lab: halo',
    );
    // A group may be called as a user is.
    expect(lines.message(inGroup(2, 'lab', 'halo'), 'messi', 'lab')).toBe('09:05 lab → #lab: halo');
  });

  test("one's own have a number, and say whether they were read", () => {
    const lines = linesOf();
    const own = direct(7, 'messi', 'lineker', 'halo', { read_at: null });
    expect(lines.message(own, 'messi', 'lineker')).toBe('09:05 messi: halo  ✓ 7');
    expect(lines.message({ ...own, read_at: at(9, 6) }, 'messi', 'lineker')).toBe('09:05 messi: halo  ✓✓ 7');
    expect(lines.message({ ...own, edited_at: at(9, 6) }, 'messi')).toBe(
      '09:05 messi → lineker: halo (edited)  ✓ 7',
    );
    expect(lines.message({ ...own, msg: '', deleted_at: at(9, 6) }, 'messi', 'lineker')).toBe(
      '09:05 messi: (deleted)',
    );
  });

  test('a new day has a line, once', () => {
    const lines = linesOf();
    const before = direct(1, 'lineker', 'messi', 'one', {
      sent_at: new Date(2026, 10, 24, 23, 59).getTime(),
    });
    const messages = [before, { ...before, id: 2 }, direct(3, 'lineker', 'messi', 'two')];
    expect(lines.messages(messages, 'messi', 'lineker').split('\n')).toEqual([
      '── Tuesday, 24 November 2026 ──',
      '23:59 lineker: one',
      '23:59 lineker: one',
      '── Wednesday, 25 November 2026 ──',
      '09:05 lineker: two',
    ]);
  });

  test('what is unread has a line above it', () => {
    const messages = ['a', 'b', 'c'].map((text, index) => inGroup(index, 'lineker', text));
    const own = inGroup(9, 'messi', 'mine');
    const shown = linesOf().messages([messages[0]!, messages[1]!, own, messages[2]!], 'messi', '#lab', 2);
    expect(shown.split('\n')).toEqual([
      '09:05 lineker: a',
      '── 2 unread ──',
      '09:05 lineker: b',
      '09:05 messi: mine  ✓ 9',
      '09:05 lineker: c',
    ]);
    expect(linesOf().messages([messages[0]!], 'messi', '#lab', 1000)).toBe(
      '── 999+ unread ──\n09:05 lineker: a',
    );
  });
});

test('what happens', () => {
  const lines = linesOf();
  const about = { id: 9, message: 4, from: 'lineker', to: 'messi', group: null };
  const edited = { event: 'edited', ...about, msg: 'hallo', edited_at: at(10, 0) } as const;
  expect(lines.edited(edited, 'messi', 'lineker')).toBe('10:00 lineker: hallo (edited)');
  const deleted = { event: 'deleted', ...about, deleted_at: at(10, 1) } as const;
  expect(lines.deleted(deleted, 'messi', 'lineker', at(9, 5))).toBe(
    '10:01 lineker deleted what was sent at 09:05',
  );
  expect(lines.deleted(deleted, 'messi')).toBe('10:01 lineker → messi deleted a message');
  expect(lines.read({ event: 'read', by: 'lineker', upto: 4, read_at: at(10, 2) })).toBe(
    '10:02 ✓✓ lineker has read it',
  );
  expect(lines.presence({ event: 'presence', username: 'lineker', online: false }, at(10, 3))).toBe(
    '10:03 lineker has gone',
  );
});

test('lists', () => {
  const lines = linesOf();
  expect(lines.chats({ lineker: { unread: 2 }, '#lab': { unread: 1000, members: 1 } })).toBe(
    'lineker  2 unread\n#lab     999+ unread, 1 member',
  );
  expect(lines.groups({ lab: { unread: 0, members: 3 } })).toBe('#lab  nothing new, 3 members');
  expect(lines.members({ messi: { nama: 'Lionel Messi', negara: 'Argentina' } })).toBe(
    'messi  Lionel Messi, Argentina',
  );
});

test('sessions', () => {
  const session = { started_at: at(9, 5), used_at: at(10, 0), connected: true, current: true };
  const other = { started_at: null, used_at: at(8, 0), connected: false, current: false };
  expect(linesOf().sessions({ a: session, b: other })).toBe(
    'a  since 25 Nov 09:05, used 25 Nov 10:00, connected (this one)\nb  used 25 Nov 08:00',
  );
});

test('nothing that a stranger writes steers the terminal', () => {
  const evil = '\u001b[2J\u202e\r\n';
  const lines = linesOf();
  const shown = [
    lines.message({ ...inGroup(1, evil, evil), group: evil }, 'messi'),
    lines.message(direct(1, evil, 'messi', evil), 'messi', evil),
    lines.edited(
      { event: 'edited', id: 2, message: 1, from: evil, to: null, group: evil, msg: evil, edited_at: day },
      'messi',
    ),
    lines.deleted(
      { event: 'deleted', id: 2, message: 1, from: evil, to: null, group: evil, deleted_at: day },
      'messi',
    ),
    lines.read({ event: 'read', by: evil, upto: 1, read_at: day }),
    lines.presence({ event: 'presence', username: evil, online: true }, day),
    lines.chats({ [evil]: { unread: 1 } }),
    lines.groups({ [evil]: { unread: 1, members: 1 } }),
    lines.members({ [evil]: { nama: evil, negara: evil } }),
    lines.names([evil]),
    lines.waiting(direct(0, evil, evil, evil), evil),
    lines.note(evil),
  ];
  for (const line of shown) {
    expect(line).toContain('\\u001b[2J\\u202e\\u000d\\u000a');
    expect(line).not.toMatch(/[\u001b\u202e\r\n]/);
  }
});

test('a name has a colour of its own everywhere, and what is beside the point is dim', () => {
  const shown = linesOf(marked).message(direct(1, 'lineker', 'messi', 'halo'), 'messi', 'lineker');
  expect(shown).toBe(`<dim>09:05</> <${nameColour('lineker')}>lineker</>: halo`);
  expect(new Set(['messi', 'henderson', 'lineker', '#lab'].map(nameColour)).size).toBeGreaterThan(1);
});
