import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Ledger } from '../../src/load/ledger.ts';
import { judge } from '../../src/load/verdict.ts';

/** Four connections on two threads; two of them poll one account. */
const usernames = ['ann', 'bob', 'both', 'both'];
const threadOf = (connection: number): number => connection % 2;

/** What befalls a message: whether it is acknowledged, and who of the recipient's connections is shown it, how often. */
const message = fc.record({
  sender: fc.integer({ min: 0, max: 3 }),
  recipient: fc.constantFrom('ann', 'bob', 'both'),
  acknowledged: fc.boolean(),
  shown: fc.record({ first: fc.integer({ min: 0, max: 2 }), second: fc.integer({ min: 0, max: 2 }) }),
});

test('ledgers of several threads are judged together, whatever is lost and doubled', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 40 }), (messages) => {
      const ledgers = [0, 1].map(() => new Ledger('run', usernames));
      const expected = { sent: 0, received: 0, lost: 0, doubled: 0, disordered: 0, invented: 0 };
      const issued = messages.map((each) => ({
        ...each,
        ...ledgers[threadOf(each.sender)]!.issue(each.sender, each.recipient),
        acknowledge: each.acknowledged,
      }));
      for (const { sender, recipient, text, acknowledge, acknowledged, shown } of issued) {
        if (acknowledge) acknowledged();
        const times = recipient === 'both' ? [shown.first, shown.second] : [shown.first];
        const receivers = usernames.flatMap((name, number) => (name === recipient ? [number] : []));
        for (const [index, count] of times.entries()) {
          const receiver = receivers[index]!;
          for (let time = 0; time < count; time++) {
            ledgers[threadOf(receiver)]!.receive(receiver, recipient, usernames[sender]!, text);
          }
          expected.doubled += Math.max(0, count - 1);
        }
        const arrived = times.some((count) => count > 0);
        if (arrived) expected.received++;
        if (acknowledge) expected.sent++;
        if (acknowledge && !arrived) expected.lost++;
      }
      const pages = ledgers.map(({ page }) => structuredClone(page));
      expect(judge(usernames, pages)).toEqual(expected);
      expect(judge(usernames, pages.reverse())).toEqual(expected);
    }),
  );
});

test('a message to one connection that another thread has received too is doubled', () => {
  const [here, there] = [new Ledger('run', usernames), new Ledger('run', usernames)];
  const { text, acknowledged } = here.issue(0, 'bob');
  acknowledged();
  here.receive(1, 'bob', 'ann', text);
  there.receive(1, 'bob', 'ann', text);
  expect(judge(usernames, [here.page, there.page])).toMatchObject({ received: 1, doubled: 1, lost: 0 });
});

test('what is kept does not grow with the messages', () => {
  const ledger = new Ledger('run', usernames);
  for (let number = 0; number < 10_000; number++) {
    const { text, acknowledged } = ledger.issue(0, 'both');
    acknowledged();
    ledger.receive(2 + (number % 2), 'both', 'ann', text);
  }
  expect(ledger.page).toEqual({
    sendings: [{ flow: '0 both', issued: 10_000, acknowledged: [1, 10_000] }],
    receipts: [{ flow: '0 both', received: [1, 10_000] }],
    doubled: 0,
    disordered: 0,
    invented: 0,
  });
});
