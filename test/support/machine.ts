import type { Machine } from '../../src/clock/machine.ts';

/** A machine whose time passes when it is told to, and whose clock can be set. In milliseconds. */
export class TestMachine implements Machine {
  boot = 'start 1';
  #wall: number;
  #running = 5000;

  /** `wall`: what its clock says first. */
  constructor(wall = Date.UTC(2026, 10, 28)) {
    this.#wall = wall;
  }

  wall(): number {
    return this.#wall;
  }

  running(): number {
    return this.#running;
  }

  pass(time: number): void {
    this.#wall += time;
    this.#running += time;
  }

  /** Sets its clock ahead or, with less than 0, back. */
  setClock(by: number): void {
    this.#wall += by;
  }

  /** It is off for a while. Its clock goes on meanwhile. */
  restart(off: number): void {
    this.#wall += off;
    this.#running = 10_000;
    this.boot = `start ${Number(this.boot.split(' ')[1]) + 1}`;
  }
}
