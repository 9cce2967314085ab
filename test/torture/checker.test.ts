import { expect, test } from '@jest/globals';
import { check, isFaultless } from './checker.ts';
import type { ClientEvent, Mark } from './record.ts';

const issue = (number: number): ClientEvent => ({ event: 'issue', to: 'bob', number });
const ack = (number: number): ClientEvent => ({ event: 'ack', to: 'bob', number });
const refuse = (number: number): ClientEvent => ({ event: 'refuse', to: 'bob', number });
const sent = (...numbers: number[]) => numbers.flatMap((number) => [issue(number), ack(number)]);
const shown = (connection: number, ...numbers: number[]): ClientEvent => ({
  event: 'shown',
  connection,
  messages: numbers.map((number): Mark => ['ann', number]),
  weak: false,
});
const confirmed = (connection: number): ClientEvent => ({ event: 'confirmed', connection });

const judge = (ann: ClientEvent[], bob: ClientEvent[]) => check(new Map(Object.entries({ ann, bob })));
const good = { lost: 0, doubled: 0, disordered: 0, invented: 0, garbled: 0 };

test.each<[string, ClientEvent[], ClientEvent[], object]>([
  ['all shown once', sent(1, 2), [shown(1, 1, 2), confirmed(1)], { delivered: 2, shownAgain: 0 }],
  ['shown again, unconfirmed', sent(1), [shown(1, 1), shown(2, 1)], { delivered: 1, shownAgain: 1 }],
  ['no answer, not shown', [issue(1)], [], { unknown: 1, delivered: 0 }],
  ['no answer, shown', [issue(1)], [shown(1, 1)], { unknown: 1, delivered: 1 }],
  ['no answer, shown behind a later one', [issue(1), ...sent(2)], [shown(1, 2), shown(1, 1)], {}],
  ['refused', [issue(1), refuse(1)], [], { refused: 1 }],
  [
    'weakly shown, then shown again',
    sent(1),
    [{ ...shown(1, 1), weak: true } as ClientEvent, confirmed(1), shown(2, 1)],
    { shownAgain: 1 },
  ],
])('right: %s', (_, ann, bob, findings) => {
  const result = judge(ann, bob);
  expect(result).toMatchObject({ ...good, ...findings });
  expect(isFaultless(result)).toBe(true);
});

test.each<[string, ClientEvent[], ClientEvent[], object]>([
  ['acknowledged, never shown', sent(1, 2), [shown(1, 1)], { lost: 1 }],
  ['shown to somebody else', sent(1), [], { lost: 1 }],
  ['shown again though confirmed', sent(1), [shown(1, 1), confirmed(1), shown(2, 1)], { doubled: 1 }],
  ['in another order', sent(1, 2), [shown(1, 2, 1)], { disordered: 1 }],
  ['in another order on another connection', sent(1, 2), [shown(1, 2), shown(2, 1)], { disordered: 1 }],
  ['twice on one connection', sent(1), [shown(1, 1, 1)], { disordered: 1 }],
  ['never sent', [], [shown(1, 1)], { invented: 1 }],
  ['refused, and shown all the same', [issue(1), refuse(1)], [shown(1, 1)], { invented: 1 }],
  ['garbled', [], [{ event: 'garbled', what: 'x' }], { garbled: 1 }],
])('wrong: %s', (_, ann, bob, findings) => {
  const result = judge(ann, bob);
  expect(result).toMatchObject({ ...good, ...findings });
  expect(isFaultless(result)).toBe(false);
  expect(result.examples).toHaveLength(1);
});
