import type { Random } from '../support/random.ts';
import { mutatedTranscript } from './mutate.ts';
import { anyRequest, type Belongings } from './requests.ts';
import type { TameConnection } from './tame.ts';

/**
 * How a connection ends: in order behind its last reply; in order, with replies still to come; broken off; or first its own
 * side in order and then all of it.
 */
export type Ending = 'close' | 'half-close' | 'reset' | 'half-close and reset';

/** What a connection does next. */
export type Step =
  | { readonly does: 'write'; readonly bytes: Buffer }
  /** Waits for one turn of the event loop, so that what was written leaves on its own. */
  | { readonly does: 'yield' }
  /** Waits until every reply has come. */
  | { readonly does: 'settle' }
  | { readonly does: 'stop reading' | 'read on' }
  | { readonly does: 'end'; readonly how: Ending };

const STYLES = [
  [120, 'one by one'],
  [800, 'pipelined'],
  [20, 'flood'],
  [60, 'silent'],
  [3, 'guess'],
] as const;

const ENDINGS = [
  [35, 'close'],
  [30, 'half-close'],
  [30, 'reset'],
  [5, 'half-close and reset'],
] as const;

/** Everything that one connection does, from its first byte to its end. */
export function* script(random: Random, belongings: Belongings, tame: TameConnection): Generator<Step> {
  const how: Ending = random.weighted(ENDINGS);
  const style = random.weighted(STYLES);
  if (style === 'guess') yield* guess(random, belongings);
  else if (style !== 'silent') yield* talk(random, style, belongings, tame);
  yield* end(random, how, belongings, tame);
}

function* talk(
  random: Random,
  style: 'one by one' | 'pipelined' | 'flood',
  belongings: Belongings,
  tame: TameConnection,
): Generator<Step> {
  const blobs = style === 'flood' ? 1 : 1 + random.around(style === 'pipelined' ? 20 : 12);
  const size = { 'one by one': 0, pipelined: 12, flood: 1000 }[style];
  for (let blob = 0; blob < blobs; blob++) {
    const { bytes, changesSessions } = tame(anyRequests(random, size, belongings), true);
    if (random.chance(0.05)) yield { does: 'stop reading' };
    yield* cut(random, bytes);
    if (random.chance(0.5)) yield { does: 'read on' };
    if (changesSessions || size === 0 || random.chance(0.3)) yield { does: 'settle' };
  }
}

/** About `size` more requests than one, each with its line end. */
function anyRequests(random: Random, size: number, belongings: Belongings): Buffer {
  const count = 1 + random.around(size);
  const structured = (): Buffer =>
    Buffer.concat(Array.from({ length: count }, () => anyRequest(random, belongings)));
  const bytes = random.weighted([
    [8, structured],
    [1, () => (size === 0 ? structured() : mutatedTranscript(random, belongings))],
    [1, () => noise(random, 20 * count)],
  ] as const)();
  return bytes.at(-1) === 0x0a ? bytes : Buffer.concat([bytes, Buffer.from('\r\n')]);
}

/** Any bytes, or such as make lines and words. */
function noise(random: Random, size: number): Buffer {
  const alphabet = Buffer.from(random.pick(['', '', '\r\n', 'a \r\n\0', 'send inbox \r\n\t', 'é😀\r\n']));
  if (alphabet.length === 0) return random.bytes(random.around(size));
  return random.bytes(random.around(size / 4)).map((byte) => alphabet[byte % alphabet.length]!) as Buffer;
}

/** More failed logins than the server lets through at once. */
function* guess(random: Random, { everybody }: Belongings): Generator<Step> {
  const usernames = random.chance(0.5)
    ? Array.from({ length: 51 }, (_, number) => `nobody${number}`)
    : Array(6).fill(random.pick(everybody));
  const requests = usernames.map((username) => `auth ${username} guess\r\n`);
  yield { does: 'write', bytes: Buffer.from(requests.join('')) };
  yield { does: 'settle' };
}

function* end(random: Random, how: Ending, belongings: Belongings, tame: TameConnection): Generator<Step> {
  if (how === 'close') yield { does: 'settle' };
  else {
    if (random.chance(0.3)) yield { does: 'settle' };
    if (random.chance(0.1)) yield { does: 'stop reading' };
    const { bytes } = tame(lastRequests(random, belongings), false);
    // The end may come in the middle of a request.
    const piece = random.chance(0.5) ? bytes : bytes.subarray(0, random.below(bytes.length + 1));
    yield* cut(random, piece);
    if (random.chance(0.3)) yield { does: 'settle' };
    for (let turns = random.around(3); turns > 0; turns--) yield { does: 'yield' };
  }
  yield { does: 'end', how };
}

/** With a look into an inbox among them, so that its reply is on the way when the connection ends. */
function lastRequests(random: Random, belongings: Belongings): Buffer {
  const look = Buffer.from(`inbox ${random.pick(belongings.tokens)}\r\n`);
  const more = (): Buffer => anyRequests(random, 5, belongings);
  return random.pick([
    () => look,
    () => more(),
    () => Buffer.concat([look, more()]),
    () => Buffer.concat([more(), look]),
  ])();
}

/** Writes the bytes in one or several pieces. */
function* cut(random: Random, bytes: Buffer): Generator<Step> {
  const mode = random.pick(['whole', 'whole', 'pieces', bytes.length < 300 ? 'bytes' : 'whole'] as const);
  for (let start = 0; start < bytes.length; ) {
    const size = { whole: bytes.length, pieces: 1 + random.around(bytes.length / 3), bytes: 1 }[mode];
    yield { does: 'write', bytes: bytes.subarray(start, start + size) };
    start += size;
    if (random.chance(0.5)) yield { does: 'yield' };
  }
}
