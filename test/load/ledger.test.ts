import { beforeEach, describe, expect, test } from '@jest/globals';
import { Ledger } from '../../src/load/ledger.ts';

const clean = { lost: 0, doubled: 0, disordered: 0, invented: 0 };
let ledger: Ledger;
let texts: string[];

beforeEach(() => {
  ledger = new Ledger('run', ['zed', 'ann', 'bob', 'shared', 'shared']);
  texts = ['bob', 'bob', 'bob'].map((recipient) => {
    const { text, acknowledged } = ledger.issue(1, recipient);
    acknowledged();
    return text;
  });
});

describe('Ledger', () => {
  test('all there, once, in order', () => {
    for (const text of texts) ledger.receive(2, 'bob', 'ann', text);
    expect(ledger.verdict()).toEqual({ sent: 3, received: 3, ...clean });
  });

  test('a lost message', () => {
    ledger.receive(2, 'bob', 'ann', texts[0]!);
    ledger.receive(2, 'bob', 'ann', texts[2]!);
    expect(ledger.verdict()).toEqual({ sent: 3, received: 2, ...clean, lost: 1 });
  });

  test('a doubled one, on the same connection and on another', () => {
    for (const text of [...texts, texts[2]!]) ledger.receive(2, 'bob', 'ann', text);
    ledger.receive(3, 'bob', 'ann', texts[0]!);
    expect(ledger.verdict()).toMatchObject({ ...clean, doubled: 2 });
  });

  test('out of order', () => {
    for (const index of [1, 0, 2]) ledger.receive(2, 'bob', 'ann', texts[index]!);
    expect(ledger.verdict()).toMatchObject({ ...clean, disordered: 1 });
  });

  test('invented: a number never sent, or a recipient never written to', () => {
    for (const text of texts) ledger.receive(2, 'bob', 'ann', text);
    ledger.receive(2, 'bob', 'ann', 'benang-load run 1 4');
    ledger.receive(2, 'cid', 'ann', texts[0]!);
    expect(ledger.verdict()).toMatchObject({ ...clean, invented: 2 });
  });

  test('invented: under the name of someone else', () => {
    ledger.receive(2, 'bob', 'zed', texts[0]!);
    expect(ledger.verdict()).toMatchObject({ invented: 1 });
  });

  test('a message without an OK may come or not', () => {
    const { text } = ledger.issue(1, 'ann');
    ledger.issue(1, 'ann');
    ledger.receive(3, 'ann', 'ann', text);
    for (const each of texts) ledger.receive(2, 'bob', 'ann', each);
    expect(ledger.verdict()).toEqual({ sent: 3, received: 4, ...clean });
  });

  test('two connections of one account may each be shown it', () => {
    const { text, acknowledged } = ledger.issue(1, 'shared');
    acknowledged();
    ledger.receive(3, 'shared', 'ann', text);
    ledger.receive(4, 'shared', 'ann', text);
    for (const each of texts) ledger.receive(2, 'bob', 'ann', each);
    expect(ledger.verdict()).toMatchObject(clean);
  });

  test('texts of others are ignored', () => {
    for (const text of [...texts, 'hello', 'benang-load other 1 1']) ledger.receive(2, 'bob', 'ann', text);
    expect(ledger.verdict()).toMatchObject(clean);
  });
});
