import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../support/random.ts';
import { toBytes } from '../support/transcript-bytes.ts';
import type { Belongings } from './requests.ts';

const FOLDER = join(import.meta.dirname, '../transcripts');

/** What the clients send in each transcript, request by request, as it stands there. */
const transcripts: readonly (readonly string[])[] = readdirSync(FOLDER)
  .sort()
  .map((file) =>
    [...readFileSync(join(FOLDER, file), 'utf8').matchAll(/^C \w+> (.*)$/gm)].map(([, sent]) => sent!),
  );

/** The requests of one transcript, between accounts and with tokens that there are, and then damaged. */
export function mutatedTranscript(random: Random, belongings: Belongings): Buffer {
  const { own, tokens } = belongings;
  const requests = random
    .pick(transcripts)
    .map((sent) =>
      toBytes(
        sent
          .replace(/\{token:\w+\}/g, () => random.pick(tokens))
          .replace(/messi|lineker/g, () => random.pick(own)),
      ),
    );
  const mutations = random.around(3);
  for (let done = 0; done < mutations && requests.length > 0; done++) mutate(random, requests);
  return Buffer.concat(requests);
}

function mutate(random: Random, requests: Buffer[]): void {
  const place = random.below(requests.length);
  const request = requests[place]!;
  const at = random.below(request.length + 1);
  const other = random.pick(requests);
  switch (random.pick(['flip', 'splice', 'double', 'truncate', 'reorder', 'repeat'] as const)) {
    case 'flip': {
      const flipped = Buffer.from(request);
      if (at < flipped.length) flipped[at]! ^= 1 << random.below(8);
      requests[place] = flipped;
      break;
    }
    case 'splice':
      requests[place] = Buffer.concat([
        request.subarray(0, at),
        other.subarray(random.below(other.length + 1)),
      ]);
      break;
    case 'double':
      requests.splice(random.below(requests.length + 1), 0, request);
      break;
    case 'truncate':
      requests[place] = request.subarray(0, at);
      break;
    case 'reorder':
      requests.splice(place, 1);
      requests.splice(random.below(requests.length + 1), 0, request);
      break;
    case 'repeat': {
      const piece = request.subarray(at, at + 1 + random.below(8));
      const many: Buffer[] = Array(random.around(20)).fill(piece);
      requests[place] = Buffer.concat([request.subarray(0, at), ...many, request.subarray(at)]);
    }
  }
}
