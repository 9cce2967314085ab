import type { Step } from './script.ts';

/** The server did what it must not do, or did not do what it must. */
export class Fault extends Error {
  override readonly name: string = 'Fault';
}

/** What one connection did. */
export interface Deeds {
  readonly visitor: number;
  /** Counts the visitor's connections, from 1. */
  readonly connection: number;
  readonly steps: readonly Step[];
  /** Whose the tokens are that it used, by token. */
  readonly tokens: Readonly<Record<string, string>>;
}

/** A fault that showed on a connection. */
export class FaultOnConnection extends Fault {
  override readonly name = 'FaultOnConnection';
  readonly deeds: Deeds;

  constructor(fault: Fault, deeds: Deeds) {
    super(fault.message, { cause: fault });
    this.deeds = deeds;
  }
}
