import { expect, test } from '@jest/globals';
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
