import { existsSync, writeFileSync } from 'node:fs';

/** Where Debian and its like keep the library that lets a process' clock jump (package faketime); undefined where it is not installed. */
export const FAKETIME = ['x86_64', 'aarch64']
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`)
  .find((path) => existsSync(path));

/** The environment of a program whose clock is as far from the true time as the file at `path` says. */
export const fakeTimeFrom = (path: string): Record<string, string> => ({
  LD_PRELOAD: FAKETIME!,
  FAKETIME_TIMESTAMP_FILE: path,
  FAKETIME_NO_CACHE: '1',
  DONT_FAKE_MONOTONIC: '1',
});

/** Lets it jump to `seconds` from the true time. */
export function setFakeTime(path: string, seconds: number): void {
  writeFileSync(path, `${seconds < 0 ? '' : '+'}${seconds}`);
}
