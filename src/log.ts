import { styleText } from 'node:util';
import winston from 'winston';
import { printable } from './printable.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface LogOptions {
  /** Nothing below this level is written. */
  readonly level: LogLevel;
  readonly format: 'text' | 'json';
  /** Lines about traffic shown in one second at most; what is over is counted. 0: no limit. */
  readonly rate: number;
}

/** The program's log, on stderr. Only the main thread writes it. Whatever strangers can put into a line is escaped and cut. */
export interface Log {
  write(level: LogLevel, message: string, fields?: LogFields): void;
  /** A line about ordinary traffic, a request or a connection. Under load most are only counted: `line` is called when it will be shown. */
  traffic(line: () => string): void;
  /** Whether the next such line will be shown. */
  readonly showsTraffic: boolean;
  /** Counts lines about traffic that nobody wrote. */
  leaveOut(lines: number): void;
  /** A bug of ours, with where it was. What sets it off may come again and again: it is told some times a minute, and else only counted. */
  fault(message: string, error: unknown): void;
  /** Whether message texts may be shown. */
  readonly showsTexts: boolean;
  /** Resolves when everything written so far has left. */
  close(): Promise<void>;
}

/** In a minute. */
const FAULTS = 10;
const MINUTE_MS = 60_000;

/** Strangers choose parts of some lines. */
const MAX_MESSAGE = 2000;
const COLOURS = { error: 'red', warn: 'yellow', info: 'green', debug: 'gray' } as const;

const textFormat = winston.format.printf(({ level, message, timestamp, ...fields }) => {
  const colour = styleText(COLOURS[level as LogLevel], level.padEnd(5), { stream: process.stderr });
  const extra = Object.entries(fields).map(([key, value]) => ` ${key}=${printable(String(value))}`);
  return `${timestamp} ${colour} ${printable(String(message))}${extra.join('')}`;
});

/** Where winston keeps a line as it is written. */
const MESSAGE = Symbol.for('message');
/** JSON leaves some of it as it is. */
const harmless = winston.format((line) => ({ ...line, [MESSAGE]: printable(String(line[MESSAGE])) }));

export function createLog({ level, format, rate }: LogOptions): Log {
  const logger = winston.createLogger({
    level,
    format: winston.format.combine(
      winston.format.timestamp(),
      ...(format === 'json' ? [winston.format.json(), harmless()] : [textFormat]),
    ),
    transports: [new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] })],
  });
  const levelShown = logger.isLevelEnabled('info');
  let closed = false;
  const write: Log['write'] = (at, message, fields) => {
    if (!closed) logger.log(at, message.slice(0, MAX_MESSAGE), fields);
  };
  const limiter = new RateLimiter(rate, 1000, (kept) =>
    write('info', `${kept} more lines about traffic in this second are not shown (--log-rate)`),
  );
  const faults = new RateLimiter(FAULTS, MINUTE_MS, (kept) =>
    write('error', `${kept} more faults in this minute are not shown`),
  );
  return {
    write,
    traffic: (line) => {
      if (levelShown) limiter.run(() => write('info', line()));
    },
    get showsTraffic() {
      return levelShown && limiter.hasRoom;
    },
    leaveOut: (lines) => {
      if (levelShown) limiter.leaveOut(lines);
    },
    fault: (message, error) => {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      faults.run(() => write('error', message, { reason }));
    },
    showsTexts: level === 'debug',
    close: async () => {
      limiter.end();
      faults.end();
      closed = true;
      const { promise, resolve } = Promise.withResolvers<void>();
      logger.once('finish', resolve);
      logger.end();
      await promise;
    },
  };
}

/** Runs at most `rate` actions in a period, which begins with the first one, and reports how many it left out. */
class RateLimiter {
  readonly #rate: number;
  readonly #periodMs: number;
  readonly #report: (leftOut: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #ran = 0;
  #leftOut = 0;

  constructor(rate: number, periodMs: number, report: (leftOut: number) => void) {
    this.#rate = rate;
    this.#periodMs = periodMs;
    this.#report = report;
  }

  get hasRoom(): boolean {
    return this.#rate === 0 || this.#ran < this.#rate;
  }

  run(action: () => void): void {
    if (!this.hasRoom) return this.leaveOut(1);
    if (this.#rate > 0) this.#startPeriod();
    this.#ran++;
    action();
  }

  leaveOut(count: number): void {
    this.#startPeriod();
    this.#leftOut += count;
  }

  #startPeriod(): void {
    this.#timer ??= setTimeout(() => this.end(), this.#periodMs).unref();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const leftOut = this.#leftOut;
    this.#ran = 0;
    this.#leftOut = 0;
    if (leftOut > 0) this.#report(leftOut);
  }
}
