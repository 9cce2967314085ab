import { expect, test } from '@jest/globals';
import { BULK, OURS, Turns } from '../../src/store/turns.ts';

interface One {
  readonly owner: number;
  readonly name: string;
}

let now = 0;
const newTurns = () => new Turns<One>(() => now);

const one = (owner: number, name: string): One => ({ owner, name });

/** What one round does when everything takes `milliseconds`, of which the processor works for a `share`. */
function round(turns: Turns<One>, milliseconds: number, share = 1): string[] {
  const names: string[] = [];
  for (let next = turns.take(); next; next = turns.take()) {
    names.push(next.name);
    now += milliseconds * share;
    turns.took(next, milliseconds);
  }
  turns.finish();
  return names;
}

test('cheap things are done in the order in which they came', () => {
  const turns = newTurns();
  for (let index = 0; index < 20; index++) turns.add(one(index % 3, `${index}`));
  expect(round(turns, 0.01)).toEqual(Array.from({ length: 20 }, (_, index) => `${index}`));
  expect(turns.empty).toBe(true);
});

test('who takes much of a round waits for the next one, in turn with others who do, and holds up nobody else', () => {
  const turns = newTurns();
  for (let index = 0; index < 4; index++) turns.add(one(1, `a${index}`));
  for (let index = 0; index < 4; index++) turns.add(one(2, `b${index}`));
  turns.add(one(3, 'c0'));
  expect(round(turns, 2)).toEqual(['a0', 'b0']);
  turns.add(one(4, 'd0'));
  expect(round(turns, 2)).toEqual(['b1', 'c0', 'a1']);
  expect(round(turns, 2)).toEqual(['d0', 'b2']);
  expect(round(turns, 2)).toEqual(['a2', 'b3']);
  expect(round(turns, 2)).toEqual(['a3']);
  expect(turns.empty).toBe(true);
});

test('however much gathers, what has waited in a row has a turn in each round', () => {
  const turns = newTurns();
  const first = one(1, 'long');
  turns.add(first);
  turns.take();
  turns.took(first, 0.01);
  turns.unfinished(first);
  turns.finish();
  turns.goOn(first);
  for (let index = 0; index < 9; index++) turns.add(one(OURS, `${index}`));
  expect(round(turns, 1)).toEqual(['0', '1', '2', '3', 'long']);
});

test('nothing overtakes what has begun and goes on', () => {
  const turns = newTurns();
  const long = one(1, 'long');
  for (const next of [long, one(1, 'second'), one(2, 'other')]) turns.add(next);
  expect(turns.take()).toBe(long);
  turns.unfinished(long);
  expect(turns.take()?.name).toBe('other');
  turns.finish();
  turns.goOn(long);
  turns.add(one(1, 'third'));
  expect(round(turns, 0.01)).toEqual(['long', 'second', 'third']);
});

test('waiting for a processor does not fill a round, but a round does not last for ever', () => {
  const turns = newTurns();
  for (let index = 0; index < 30; index++) turns.add(one(OURS, `${index}`));
  expect(round(turns, 1, 0.25)).toHaveLength(16);
  expect(round(turns, 2, 0)).toHaveLength(10);
  expect(round(turns, 1, 1)).toHaveLength(4);
});

test('of what there is much one piece has its turn in each round, behind all others', () => {
  const turns = newTurns();
  for (const name of ['index', 'clean']) turns.add(one(BULK, name));
  for (let index = 0; index < 5; index++) turns.add(one(OURS, `${index}`));
  expect(round(turns, 2)).toEqual(['0', '1', 'index']);
  expect(round(turns, 2)).toEqual(['2', '3', 'clean']);
  turns.add(one(BULK, 'index'));
  expect(round(turns, 2)).toEqual(['4', 'index']);
});
