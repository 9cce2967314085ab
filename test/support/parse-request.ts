import { cutRequest, type ParsedRequest, readRequest } from '../../src/commands/index.ts';

/** What main gets of a request line, by the way that it takes through both threads. */
export function parseRequest(line: string): ParsedRequest {
  const cut = cutRequest(line);
  return 'refusal' in cut ? cut : readRequest(line, cut.number, cut.cuts);
}
