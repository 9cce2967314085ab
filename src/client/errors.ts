import { printable } from '../printable.ts';

/** The server cannot be reached, went away, or does not speak the protocol. */
export class ConnectionLostError extends Error {
  override readonly name: string = 'ConnectionLostError';
  /** What may help, in one sentence for a person, when more is known than that. */
  readonly advice: string | undefined;

  constructor(message: string, { advice, ...options }: ErrorOptions & { readonly advice?: string } = {}) {
    super(message, options);
    this.advice = advice;
  }
}

/** What the other side says is not the protocol: it is no benang server, or a broken one. The connection is of no use any more. */
export class ProtocolError extends ConnectionLostError {
  override readonly name = 'ProtocolError';

  /** `what` it does, as the rest of a sentence; what is quoted in it may be anything. */
  constructor(what: string, options: ErrorOptions = {}) {
    const message = `the other side is not a benang server, or a broken one: ${printable(what)}`;
    super(message, { ...options, advice: message });
  }
}

/** The server answered with an error; `message` is the server's. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}
