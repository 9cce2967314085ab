import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Steps } from '../../src/steps.ts';
import type { WritableDatabase } from '../../src/store/open.ts';

/** What an operation of the store costs: steps of SQLite's machine, of which a row that is looked at takes some, and rows that it hands out. */
export interface Cost {
  readonly steps: number;
  readonly rows: number;
}

/** Counts what each operation of a store costs, by its name: as the measure of main's steps is told which is running. */
export class CountedSteps extends Steps {
  readonly #statements: StatementSync[] = [];
  #part = '';
  #counted = 0;
  #rowsCounted = 0;
  #rows = 0;
  #costs = new Map<string, Cost[]>();

  override is(name: string, now?: number): number {
    const counted = this.#statements.reduce((sum, statement) => sum + stepsOf(statement), 0);
    const cost = { steps: counted - this.#counted, rows: this.#rows - this.#rowsCounted };
    this.#counted = counted;
    this.#rowsCounted = this.#rows;
    if (cost.steps > 0) this.#costs.set(this.#part, [...(this.#costs.get(this.#part) ?? []), cost]);
    this.#part = name;
    return super.is(name, now);
  }

  /** What operations have cost since this was called last, by name: each piece for itself. */
  take(): ReadonlyMap<string, readonly Cost[]> {
    this.is('');
    const costs = this.#costs;
    this.#costs = new Map();
    return costs;
  }

  /** The database, so that its statements are counted. */
  counting(database: WritableDatabase): WritableDatabase {
    const prepare = (sql: string): StatementSync => {
      const statement = database.db.prepare(sql);
      this.#statements.push(statement);
      return this.#countingRows(statement);
    };
    const db = new Proxy(database.db, {
      get: (target, name) => {
        if (name === 'prepare') return prepare;
        const member = Reflect.get(target, name, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const close = (): void => {
      this.#statements.length = 0;
      database.close();
    };
    return { ...database, db: db as DatabaseSync, close };
  }

  #countingRows(statement: StatementSync): StatementSync {
    const count = (rows: number): void => {
      this.#rows += rows;
    };
    return {
      run: statement.run.bind(statement),
      get: (...input: Parameters<StatementSync['get']>) => {
        const row = statement.get(...input);
        if (row) count(1);
        return row;
      },
      all: (...input: Parameters<StatementSync['all']>) => {
        const rows = statement.all(...input);
        count(rows.length);
        return rows;
      },
      *iterate(...input: Parameters<StatementSync['iterate']>) {
        for (const row of statement.iterate(...input)) {
          count(1);
          yield row;
        }
      },
    } as unknown as StatementSync;
  }
}

/** Node 26 has it, and its types do not know it yet. */
const stepsOf = (statement: StatementSync): number =>
  (statement as unknown as { stat(counter: string): number }).stat('vmStep');
