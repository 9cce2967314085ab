import { encodeJson } from './json.ts';
import { REPLY_END } from './reply.ts';

/** A message as the wire shows it: one of `to` and `group` is null. Times are milliseconds since 1970. */
type MessageFields = {
  readonly from: string;
  readonly to: string | null;
  readonly group: string | null;
};

/**
 * What a listening connection is told besides replies. The numbers `id` grow with everything that is kept, so whoever has heard of
 * one has heard of all below; `presence`, `read` and `dropped` have none.
 */
export type ServerEvent =
  | ({ readonly event: 'message'; readonly id: number } & MessageFields & {
        readonly msg: string;
        readonly sent_at: number;
      })
  /** Message `message` now reads `msg`. */
  | ({ readonly event: 'edited'; readonly id: number; readonly message: number } & MessageFields & {
        readonly msg: string;
        readonly edited_at: number;
      })
  | ({ readonly event: 'deleted'; readonly id: number; readonly message: number } & MessageFields & {
        readonly deleted_at: number;
      })
  /** User `by` has read what the listener has sent them, up to message `upto`. */
  | { readonly event: 'read'; readonly by: string; readonly upto: number; readonly read_at: number }
  | { readonly event: 'presence'; readonly username: string; readonly online: boolean }
  /** The connection listens no more; go on with `listen TOKEN since ID`. */
  | { readonly event: 'dropped'; readonly since: number };

/** The bytes of an event, all of them ASCII: like a reply, with the key `event` first. */
export const encodeEvent = (event: ServerEvent): string => encodeJson(event) + REPLY_END;
