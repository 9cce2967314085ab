import { argon2Sync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { hashPassword, verifyPassword } from '../../src/store/passwords.ts';

test('a hash fits its password only, and says what it cost (OWASP)', async () => {
  const hash = await hashPassword('surabaya');
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[^$]{22}\$[^$]{43}$/);
  expect(hash).not.toContain('surabaya');
  expect(await verifyPassword(hash, 'surabaya')).toBe(true);
  expect(await verifyPassword(hash, 'Surabaya')).toBe(false);
  expect(await verifyPassword(hash, '')).toBe(false);
});

test('two hashes of one password differ', async () => {
  expect(await hashPassword('surabaya')).not.toBe(await hashPassword('surabaya'));
});

test('the cost is the stored one, not today’s', async () => {
  const cheap = (await hashPassword('surabaya')).replace('m=19456,t=2', 'm=64,t=1');
  expect(await verifyPassword(cheap, 'surabaya')).toBe(false);
});

test('anything else is a bug and says so', async () => {
  await expect(verifyPassword('surabaya', 'surabaya')).rejects.toThrow('not in argon2id PHC form');
});

describe('a password is the same in whichever form its letters are written', () => {
  const composed = 'résumé-Ω';
  const decomposed = composed.normalize('NFD');
  // With the sign for ohm, and one accent of the two composed: neither of the forms that are tried by rule.
  const mixed = `re\u0301sumé-\u2126`;

  test.each([composed, decomposed, mixed])('hashed from %j', async (password) => {
    const hash = await hashPassword(password);
    for (const form of [composed, decomposed, mixed]) expect(await verifyPassword(hash, form)).toBe(true);
    expect(await verifyPassword(hash, 'resume-Ω')).toBe(false);
  });

  test('letters that only look the same are others', async () => {
    const hash = await hashPassword('ﬁle１');
    expect(await verifyPassword(hash, 'file1')).toBe(false);
  });

  test('a hash that was made of other bytes fits as it did', async () => {
    const raw = hashOf(mixed);
    expect(await verifyPassword(raw, mixed)).toBe(true);
    expect(await verifyPassword(raw, composed)).toBe(false);
    for (const form of [composed, decomposed])
      expect(await verifyPassword(hashOf(decomposed), form)).toBe(true);
  });

  /** Of exactly these characters. */
  function hashOf(password: string): string {
    const nonce = Buffer.alloc(16, 7);
    const tag = argon2Sync('argon2id', {
      message: password,
      nonce,
      parallelism: 1,
      memory: 64,
      passes: 1,
      tagLength: 32,
    });
    const [n, t] = [nonce, tag].map((bytes) => bytes.toString('base64').replaceAll('=', ''));
    return `$argon2id$v=19$m=64,t=1,p=1$${n}$${t}`;
  }
});
