/** What SQLite says when another program has locked the database: BUSY. */
const LOCKED = 5;
/** What it says when it is the disk that fails, not the operation: that, and READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB. */
const DISK_ERRORS = new Set([LOCKED, 8, 10, 11, 13, 14, 26]);
/** An extended result code holds its kind in the lowest byte (SQLite, "Result and Error Codes"). */
const KIND_MASK = 0xff;

export interface DiskTrouble {
  /** Milliseconds since the program's start. */
  readonly since: number;
  readonly reason: string;
  /** It is not the disk but another program, which has locked the database. */
  readonly locked: boolean;
}

/** Whether the disk, or another program, lets us write, as far as the last writes showed. */
export class DiskHealth {
  #trouble: DiskTrouble | undefined;
  readonly #changed: (trouble: DiskTrouble | undefined) => void;

  /** `changed` is called when trouble begins, and with undefined when it has ended. */
  constructor(changed: (trouble: DiskTrouble | undefined) => void) {
    this.#changed = changed;
  }

  get trouble(): DiskTrouble | undefined {
    return this.#trouble;
  }

  /** Takes note of why an operation failed; returns whether the disk is to blame. */
  failed(error: unknown): boolean {
    const { errcode, syscall, message } = error as { errcode?: number; syscall?: string; message?: string };
    const blamed = errcode === undefined ? syscall !== undefined : DISK_ERRORS.has(errcode & KIND_MASK);
    if (!blamed) return false;
    if (!this.#trouble) {
      this.#trouble = {
        since: performance.now(),
        reason: String(message),
        locked: ((errcode ?? 0) & KIND_MASK) === LOCKED,
      };
      this.#changed(this.#trouble);
    }
    return true;
  }

  worked(): void {
    if (!this.#trouble) return;
    this.#trouble = undefined;
    this.#changed(undefined);
  }
}
