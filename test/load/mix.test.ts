import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { describeMix, loadCommands, parseMix, roundOf } from '../../src/load/mix.ts';

const weight = fc.integer({ min: 0, max: 30 });
const mix = fc
  .record({ send: weight, inbox: weight, online: weight })
  .filter((weights) => Object.values(weights).some((each) => each > 0));

test('a round has each command as often as its weight says, and is never further off than one request', () => {
  fc.assert(
    fc.property(mix, (weights) => {
      const round = roundOf(weights);
      const sum = loadCommands.reduce((all, command) => all + weights[command], 0);
      for (const command of loadCommands) {
        const share = weights[command] / sum;
        let made = 0;
        for (const [index, each] of round.entries()) {
          if (each === command) made++;
          expect(Math.abs(made - share * (index + 1))).toBeLessThanOrEqual(1 + 1e-9);
        }
        expect(made).toBeCloseTo(share * round.length);
      }
    }),
  );
});

test('rounds are short', () => {
  expect(roundOf({ send: 1, inbox: 1, online: 1 })).toEqual(['send', 'inbox', 'online']);
  expect(roundOf({ send: 300, inbox: 100 })).toEqual(['send', 'send', 'inbox', 'send']);
  expect(roundOf({ online: 7 })).toEqual(['online']);
});

test('is read and written', () => {
  fc.assert(
    fc.property(mix, (weights) => {
      const kept = Object.fromEntries(Object.entries(weights).filter(([, each]) => each > 0));
      expect(parseMix(describeMix(weights))).toEqual(kept);
    }),
  );
  expect(parseMix('inbox=2,send=0')).toEqual({ inbox: 2, send: 0 });
});

test.each([
  '',
  'send',
  'send=',
  'send=x',
  'send=-1',
  'send=1,',
  'send=1,send=2',
  'auth=1',
  'send=0',
  'send=1001',
])('is no mix: %j', (written) => {
  expect(parseMix(written)).toBeUndefined();
});
