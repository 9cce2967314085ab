import { describe, expect, test } from '@jest/globals';
import type { Applicant } from '../../src/commands/registration.ts';
import { LoginGuard } from '../../src/server/login-guard.ts';
import { Logins } from '../../src/server/logins.ts';
import { Registrar, type RegistrarOptions } from '../../src/server/registrar.ts';
import { hashInviteCode } from '../../src/store/invite-codes.ts';
import { quietLog } from '../support/quiet-log.ts';
import { addAccounts, openStore } from '../support/store.ts';

const HERE = '10.0.0.1';
const budi: Applicant = { name: 'Budi-Santoso', country: 'Indonesia', username: 'budi', password: 'rahasia' };

async function registrarFor(registration: RegistrarOptions['registration'], free = 5) {
  const store = openStore();
  await addAccounts(store, 'ann');
  const log = quietLog();
  let hashed = 0;
  const logins = new Logins(new LoginGuard(5));
  const counting = {
    hash: (address: string, password: string) => {
      hashed++;
      return logins.hash(address, password);
    },
  };
  const guard = new LoginGuard(free, () => 0);
  const options = { registration, maxAccounts: 12 };
  const registrar = new Registrar(store.registry, counting, guard, log, options, 1);
  const register = (changes: Partial<Applicant> = {}, from = HERE) =>
    registrar.register(from, { ...budi, ...changes });
  return { store, log, register, hashed: () => hashed };
}

describe('Registrar', () => {
  test('open: makes an account with a hash of the password, and logs neither', async () => {
    const { store, log, register } = await registrarFor('open');
    const outcome = await register();
    expect(outcome).toMatchObject({
      account: { username: 'budi', nama: 'Budi Santoso', negara: 'Indonesia' },
    });
    const { passwordHash } = (await store.credentials('budi'))!;
    expect(outcome).toMatchObject({ passwordHash });
    expect(passwordHash).toMatch(/^\$argon2id\$/);
    const lines = log.lines.join('\n');
    expect(lines).toContain('account budi was registered');
    for (const secret of ['rahasia', passwordHash]) expect(lines).not.toContain(secret);
  });

  test('what is not right is refused before anything is hashed', async () => {
    const { register, hashed } = await registrarFor('open');
    for (const [changes, why] of [
      [{ username: 'b d' }, 'bad username'],
      [{ username: 'раураl' }, 'bad username'],
      [{ password: '' }, 'bad password'],
      [{ name: '-' }, 'bad full name'],
      [{ country: '\u202eaisenodnI' }, 'bad full name'],
      [{ username: 'ann' }, 'taken'],
      [{ username: 'Ann' }, 'looks taken'],
    ] as const) {
      expect(await register(changes)).toBe(why);
    }
    expect(hashed()).toBe(0);
  });

  test('closed: the same, whatever is asked', async () => {
    const { register } = await registrarFor('closed');
    for (const changes of [{}, { username: 'ann' }, { username: '' }, { invite: 'x' }]) {
      expect(await register(changes)).toBe('closed');
    }
  });

  test('invite: without a good one nothing is told of a name', async () => {
    const { store, register, hashed } = await registrarFor('invite');
    await store.registry.addInvites([hashInviteCode('code')], 1e6);
    for (const changes of [{}, { username: 'ann' }, { username: '' }, { invite: '' }, { invite: 'x' }]) {
      expect(await register(changes)).toBe('invite is not good');
    }
    expect(await register({ username: 'ann', invite: 'code' })).toBe('taken');
    expect(hashed()).toBe(0);
    expect(await register({ invite: 'code' })).toMatchObject({ account: { username: 'budi' } });
    expect(await register({ username: 'cici', invite: 'code' })).toBe('invite is not good');
  });

  test('who registers one account after the other has to wait, and others do not', async () => {
    const { register, hashed } = await registrarFor('open', 1);
    const names = [...'abcdefghijk'].map((letter) => `user-${letter}${letter}`);
    const outcomes = [];
    for (const username of names) outcomes.push(await register({ username }));
    expect(outcomes.slice(0, -1).every((outcome) => 'account' in (outcome as object))).toBe(true);
    expect(outcomes.at(-1)).toEqual({ waitMs: expect.any(Number) });
    expect(await register({ username: 'elsewhere' }, '10.0.0.2')).toMatchObject({ account: {} });
    const before = hashed();
    expect(await register({ username: 'late' }, '10.0.0.2')).toBe('too many accounts');
    expect(hashed()).toBe(before);
  });

  test.each(['open', 'invite'] as const)(
    '%s: who asks for much at once gets no more of it',
    async (registration) => {
      const { register } = await registrarFor(registration, 1);
      const asking = Array.from({ length: 40 }, (_, number) =>
        register({ username: `u${number}u`, invite: 'guess' }),
      );
      const outcomes = await Promise.all(asking);
      expect(outcomes.filter((outcome) => typeof outcome === 'object' && 'waitMs' in outcome)).toHaveLength(
        30,
      );
    },
  );

  test('who tries names has to wait, with an invite too; a few cost nothing', async () => {
    for (const registration of ['open', 'invite'] as const) {
      const { store, register } = await registrarFor(registration, 1);
      const invite = 'code';
      await store.registry.addInvites([hashInviteCode(invite)], 1e6);
      const tries = [
        { username: 'ann' },
        { username: 'Ann' },
        { username: '1' },
        { username: 'c', password: '' },
      ];
      for (const changes of tries) expect(typeof (await register({ ...changes, invite }))).toBe('string');
      expect(await register({ invite })).toMatchObject({ account: {} });
      await store.registry.addInvites([hashInviteCode('another')], 1e6);
      let outcome: unknown = '';
      for (let tries = 0; typeof outcome === 'string' && tries < 10; tries++) {
        outcome = await register({ username: `A${'n'.repeat(2 + tries)}`, name: '-', invite: 'another' });
      }
      expect(outcome).toEqual({ waitMs: expect.any(Number) });
    }
  });

  test('who tries invites has to wait; those who have one need not', async () => {
    const { store, register } = await registrarFor('invite', 1);
    const codes = Array.from({ length: 8 }, (_, number) => `code${number}`);
    await store.registry.addInvites(codes.map(hashInviteCode), 1e6);
    for (const [number, invite] of codes.entries()) {
      expect(await register({ username: `u${number}u`, invite })).toMatchObject({ account: {} });
    }
    for (let tries = 0; tries < 10; tries++) {
      expect(await register({ username: `x${tries}`, invite: 'guess' })).toBe('invite is not good');
    }
    expect(await register({ username: 'y', invite: 'guess' })).toEqual({ waitMs: expect.any(Number) });
    const long = { username: 'ﷺ'.repeat(20_000), invite: 'guess' };
    expect(await register(long)).toEqual({ waitMs: expect.any(Number) });
    expect(await register(long, '10.0.0.2')).toBe('invite is not good');
  });
});
