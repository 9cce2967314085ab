import { encodeJson, type Json } from '../protocol/json.ts';
import type { Reply } from '../protocol/reply.ts';

const MASK = '***';
const MAX_LENGTH = 500;

/** A reply for the log: without tokens, without message texts unless `showsTexts`, and cut when it is long. */
export function describeReply(reply: Reply, showsTexts: boolean): string {
  const shown = encodeJson(masked(reply, showsTexts) as Json);
  return shown.length > MAX_LENGTH ? `${shown.slice(0, MAX_LENGTH)}… (${shown.length} bytes)` : shown;
}

function masked(value: Json, showsTexts: boolean): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => masked(item, showsTexts));
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [key, masked(item, showsTexts)]));
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const secret = key === 'tokenid' || (key === 'msg' && !showsTexts);
      return [key, secret ? MASK : masked(item, showsTexts)];
    }),
  );
}
