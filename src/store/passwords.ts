import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<'argon2id', Argon2Parameters, Buffer>(argon2);

/** OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, 2 passes, 1 lane. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const TAG_BYTES = 32;
const NONCE_BYTES = 16;

const FORMAT = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

const base64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');

/**
 * A password in its one form, for keyboards and systems differ in how they write the same letters: NFC, as RFC 8265 ("OpaqueString") has
 * it. Not NFKC: letters that are not the same stay different ones.
 */
const normalised = (password: string): string => password.normalize('NFC');

/** Hashes a password in its one form, as a PHC string that carries its own cost: `$argon2id$v=19$m=…,t=…,p=…$nonce$tag`. Tens of milliseconds, off the main thread. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(NONCE_BYTES);
  const tag = await derive('argon2id', {
    ...COST,
    message: normalised(password),
    nonce,
    tagLength: TAG_BYTES,
  });
  return `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${base64(nonce)}$${base64(tag)}`;
}

/**
 * Whether `password` is the one that `stored` was made from, in whichever form it was written; compares in constant time.
 *
 * A hash may be older than the rule that there is one form: so the password as it was given and its decomposed form are tried as well, where
 * they are others. How long that takes depends on what was given alone, and for ASCII it is one hash.
 *
 * @throws Error when `stored` is not an argon2id PHC string.
 */
export async function verifyPassword(stored: string, password: string): Promise<boolean> {
  for (const form of new Set([normalised(password), password, password.normalize('NFD')])) {
    if (await fits(stored, form)) return true;
  }
  return false;
}

async function fits(stored: string, password: string): Promise<boolean> {
  const match = FORMAT.exec(stored);
  if (!match) throw new Error('a stored password hash is not in argon2id PHC form');
  const [memory, passes, parallelism] = match.slice(1, 4).map(Number) as [number, number, number];
  const tag = Buffer.from(match[5]!, 'base64');
  const candidate = await derive('argon2id', {
    message: password,
    nonce: Buffer.from(match[4]!, 'base64'),
    memory,
    passes,
    parallelism,
    tagLength: tag.length,
  });
  return timingSafeEqual(tag, candidate);
}
