/** The server cannot be reached, went away, or does not speak the protocol. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';
  /** What may help, in one sentence for a person, when more is known than that. */
  readonly advice: string | undefined;

  constructor(message: string, { advice, ...options }: ErrorOptions & { readonly advice?: string } = {}) {
    super(message, options);
    this.advice = advice;
  }
}

/** The server answered with an error; `message` is the server's. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}
