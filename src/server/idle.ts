import type { ServedConnection } from './served-connection.ts';

export interface IdleLimits {
  /** Milliseconds without a whole request. */
  readonly idleTimeout: number;
  /** Milliseconds without a session. */
  readonly loginTimeout: number;
}

/** Why a connection should be dropped now, if it should; `now` in milliseconds as `performance.now()` tells them. */
export function idleReason(
  { askedAt, strangerSince }: Pick<ServedConnection, 'askedAt' | 'strangerSince'>,
  { idleTimeout, loginTimeout }: IdleLimits,
  now: number,
): string | undefined {
  if (strangerSince !== undefined && now - strangerSince > loginTimeout)
    return `nobody logged in for ${loginTimeout / 1000} s`;
  if (now - askedAt > idleTimeout) return `no request came for ${idleTimeout / 1000} s`;
  return undefined;
}
