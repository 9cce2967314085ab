/** The program cannot start. The message is one sentence for the person who started it and says what to do. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
  /** 2 when the program was called wrongly, else 1. */
  readonly exitCode: 1 | 2;

  constructor(message: string, options?: ErrorOptions & { readonly exitCode?: 1 | 2 }) {
    super(message, options);
    this.exitCode = options?.exitCode ?? 1;
  }
}
