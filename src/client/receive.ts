import type { ServerEvent } from '../protocol/event.ts';
import { both, type Check, isCount, isFlag, isText, isTime, oneOf, orNull, shapeOf } from './checks.ts';
import { ProtocolError } from './errors.ts';
import type { ServerReply } from './replies.ts';

const SHORT = 1024 * 1024;
const DEEPEST = 16;
/** Nothing that a server lists takes less, in characters. */
const SHORTEST = 16;

/** Whether parsing a long text would take many times its own memory: a server of ours sends nothing so deep, or made of so little. */
function isIntricate(text: string): boolean {
  if (text.length < SHORT) return false;
  let [depth, count, quoted] = [0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (quoted) {
      if (letter === '\\') at++;
      else if (letter === '"') quoted = false;
    } else if (letter === '"') quoted = true;
    else if (letter === '{' || letter === '[') {
      count++;
      if (++depth > DEEPEST) return true;
    } else if (letter === '}' || letter === ']') depth--;
  }
  return count * SHORTEST > text.length;
}

function parse(text: string): unknown {
  if (isIntricate(text)) throw new ProtocolError('it sends JSON that is too deep, or made of too little');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError('it sends what is not JSON', { cause });
  }
}

const isReply = both(
  shapeOf<{ status: 'OK' | 'ERROR'; message: unknown }>({
    status: oneOf('OK', 'ERROR'),
    message: (_value): _value is unknown => true,
  }),
  ({ status, message }) => status === 'OK' || isText(message),
);

/** @throws ProtocolError when it is no reply. What an OK carries beside its status is looked at by who asked. */
export function readReply(text: string): ServerReply {
  const body = parse(text);
  if (!isReply(body)) throw new ProtocolError('it sends what is no reply');
  return { ok: body.status === 'OK', text, body };
}

type EventOf<Kind extends ServerEvent['event']> = Extract<ServerEvent, { readonly event: Kind }>;

const place = {
  event: isText as Check<never>,
  id: isCount,
  from: isText,
  to: orNull(isText),
  group: orNull(isText),
};
/** It went either to a user or to a group. */
const toOne = ({ to, group }: { readonly to: string | null; readonly group: string | null }): boolean =>
  (to === null) !== (group === null);

const eventChecks: { readonly [Kind in ServerEvent['event']]: Check<EventOf<Kind>> } = {
  message: both(shapeOf<EventOf<'message'>>({ ...place, msg: isText, sent_at: isTime }), toOne),
  edited: both(
    shapeOf<EventOf<'edited'>>({ ...place, message: isCount, msg: isText, edited_at: isTime }),
    toOne,
  ),
  deleted: both(shapeOf<EventOf<'deleted'>>({ ...place, message: isCount, deleted_at: isTime }), toOne),
  read: shapeOf<EventOf<'read'>>({ event: oneOf('read'), by: isText, upto: isCount, read_at: isTime }),
  presence: shapeOf<EventOf<'presence'>>({ event: oneOf('presence'), username: isText, online: isFlag }),
  dropped: shapeOf<EventOf<'dropped'>>({ event: oneOf('dropped'), since: isCount }),
};

/**
 * Undefined when it is of a kind that is not known here, which a newer server may tell of.
 *
 * @throws ProtocolError when it is no event.
 */
export function readEvent(text: string): ServerEvent | undefined {
  const event = parse(text) as { readonly event?: unknown } | null;
  const kind = event?.event;
  if (!isText(kind)) throw new ProtocolError('it sends what is no event');
  if (!Object.hasOwn(eventChecks, kind)) return undefined;
  const check: Check<ServerEvent> = eventChecks[kind as ServerEvent['event']];
  if (!check(event)) throw new ProtocolError(`it sends an event "${kind}" that is none`);
  return event;
}
