import type { Random } from '../support/random.ts';
import { MAX_REQUEST } from './asked.ts';
import { anyText, anyWord } from './texts.ts';

/** What a visitor has to make requests from. */
export interface Belongings {
  /** Its own accounts' usernames. */
  readonly own: readonly string[];
  /** Everybody's usernames. */
  readonly everybody: readonly string[];
  /** Tokens that are good now. */
  readonly tokens: readonly string[];
  /** Tokens that were logged out. */
  readonly spent: readonly string[];
  readonly password: string;
}

const COMMANDS = [
  [34, 'send'],
  [16, 'inbox'],
  [10, 'online'],
  [3, 'auth'],
  [2, 'logout'],
  [2, 'sessions'],
  [1, 'passwd'],
  [1, 'profile'],
  [1, 'register'],
  [5, 'other'],
] as const;

const OTHER_COMMANDS = [
  '',
  ' ',
  'AUTH',
  'Send',
  'oNLINE',
  'auth\0',
  'auth\t',
  '\ufeffauth',
  'аuth',
  'quit',
  'drill',
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
] as const;

const NO_SESSION = '00000000-0000-4000-8000-000000000000';

/** A token, good or bad. */
function anyToken(random: Random, { tokens, spent }: Belongings): string {
  const good = random.pick(tokens);
  return random.weighted([
    [40, () => good],
    [1, () => ''],
    [1, () => random.pick([...spent, 'spent'])],
    [1, () => nearMiss(random, good)],
    [1, () => NO_SESSION],
    [1, () => anyWord(random)],
  ] as const)();
}

function nearMiss(random: Random, token: string): string {
  const place = random.below(token.length);
  return random.pick([
    token.toUpperCase(),
    token.slice(0, place),
    `${token}0`,
    `\0${token}`,
    `${token}\0`,
    token.replaceAll('-', ''),
    `${token.slice(0, place)}${token[place] === '7' ? '8' : '7'}${token.slice(place + 1)}`,
  ]);
}

function anyUsername(random: Random, { own, everybody }: Belongings): string {
  return random.weighted([
    [12, () => random.pick(own)],
    [12, () => random.pick(everybody)],
    [1, () => `${random.pick(everybody)}\0`],
    [1, () => random.pick(everybody).toUpperCase()],
    [1, () => random.pick(['nobody', 'valueOf', '__defineGetter__', 'é'.normalize('NFD')])],
    [1, () => anyWord(random)],
  ] as const)();
}

function words(random: Random, belongings: Belongings): string[] {
  const command = random.weighted(COMMANDS);
  switch (command) {
    case 'send': {
      const text = anyText(random);
      const framed = random.chance(0.6) ? ` ${text} ` : text;
      return [command, anyToken(random, belongings), anyUsername(random, belongings), framed];
    }
    case 'inbox':
    case 'sessions':
      return [command, anyToken(random, belongings)];
    case 'logout': {
      const which = random.chance(0.7) ? [] : [random.pick(['', 'all', anyWord(random), NO_SESSION])];
      return [command, anyToken(random, belongings), ...which];
    }
    case 'passwd': {
      const words = [belongings.password, 'wrong', '', anyWord(random)];
      return [command, anyToken(random, belongings), random.pick(words), random.pick(words)];
    }
    case 'register': {
      const [nama, negara] = [anyWord(random), anyWord(random)];
      return [command, nama, negara, anyUsername(random, belongings), belongings.password];
    }
    case 'profile':
      return [command, anyToken(random, belongings), anyWord(random), anyWord(random)];
    case 'online':
      return random.chance(0.5) ? [command] : [command, anyToken(random, belongings)];
    case 'auth': {
      const password = random.weighted([
        [3, belongings.password],
        [1, ''],
        [1, anyWord(random)],
      ] as const);
      return [command, anyUsername(random, belongings), password];
    }
    case 'other':
      return [
        random.chance(0.7) ? random.pick(OTHER_COMMANDS) : anyWord(random),
        anyToken(random, belongings),
      ];
  }
}

const LINE_ENDS = [
  [60, '\r\n'],
  [15, ' \r\n'],
  [20, '\n'],
  [3, '\r\r\n'],
  [1, ' \n'],
  [1, '\r'],
] as const;

/** A request that is right, or wrong in one way or another, with its line end. */
export function anyRequest(random: Random, belongings: Belongings): Buffer {
  let request = words(random, belongings);
  if (random.chance(0.04)) request = request.slice(0, random.below(request.length + 1));
  if (random.chance(0.04)) request = [...request, anyWord(random)];
  const separator = random.chance(0.98) ? ' ' : random.pick(['  ', '\t', '\u00a0', '\u3000', ' \r']);
  const text = request.join(separator);
  const line = Buffer.from(
    (random.chance(0.0005) ? atTheLimit(random, text) : text) + random.weighted(LINE_ENDS),
  );
  return random.chance(0.02) ? withBadBytes(random, line) : line;
}

/** As long as a request may be, or a byte less or more. */
const atTheLimit = (random: Random, text: string): string =>
  text + 'x'.repeat(Math.max(0, MAX_REQUEST - 1 + random.below(3) - Buffer.byteLength(text)));

/** What is not UTF-8: stray and missing continuations, encoded surrogates, overlong and too large numbers. */
const BAD_BYTES = ['80', 'c3', 'e282', 'eda080', 'edb080', 'c080', 'f09f98', 'f4908080', 'ff', 'fe'] as const;

function withBadBytes(random: Random, line: Buffer): Buffer {
  const place = random.below(line.length);
  const bad = Buffer.from(random.pick(BAD_BYTES), 'hex');
  return Buffer.concat([line.subarray(0, place), bad, line.subarray(place)]);
}
