import { hash, randomBytes } from 'node:crypto';

/** What cannot be guessed. */
const CODE_BYTES = 16;

/** A fresh invite: 128 random bits, as 32 hexadecimal digits, which are told apart in every typeface. */
export const newInviteCode = (): string => randomBytes(CODE_BYTES).toString('hex');

/**
 * What of an invite is stored, and what it is found by: whoever tries codes cannot choose that digit by digit, so the time of a
 * look-up tells nothing about any code.
 */
export const hashInviteCode = (code: string): string => hash('sha256', code, 'base64url');
