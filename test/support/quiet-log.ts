import type { Log } from '../../src/log.ts';

/** A log that keeps its lines for the test instead of writing them. */
export function quietLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    write: (level, message, fields = {}) => void lines.push(`${level} ${message} ${JSON.stringify(fields)}`),
    traffic: (line) => void lines.push(line()),
    showsTraffic: true,
    leaveOut: () => {},
    fault: (message, error) => void lines.push(`error ${message} ${String(error)}`),
    showsTexts: false,
    close: async () => {},
  };
}
