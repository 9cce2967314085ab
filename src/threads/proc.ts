import { readdirSync, readFileSync } from 'node:fs';

/* What Linux tells in files about this process and the machine (proc(5)). On other systems nothing is known. */

/** The text of such a file; empty where there is none, or no file descriptor to read it with. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return '';
  }
}

/** A whole number, from such a text; undefined when it is none, such as `max` or `unlimited`. */
export const numberIn = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;

/** What is behind `name` in a text of lines such as `MemAvailable:   123 kB`. */
export const fieldIn = (text: string, name: string): number | undefined =>
  numberIn(new RegExp(`^${name}:?\\s+(\\d+)`, 'm').exec(text)?.[1]);

/** How many file descriptors this process has open; undefined where that is not known. */
export function openDescriptors(): number | undefined {
  for (const folder of ['/proc/self/fd', '/dev/fd']) {
    try {
      // Looking takes one itself.
      return readdirSync(folder).length - 1;
    } catch {
      // Not on this system, or there is none left to look with.
    }
  }
  return undefined;
}

/** How many memory maps this process has. Takes a while when they are many. */
export const memoryMaps = (): number => readText('/proc/self/maps').split('\n').length;

/** How many bytes of addresses this process has taken. */
export const addressBytes = (): number => (fieldIn(readText('/proc/self/status'), 'VmSize') ?? 0) * 1024;
