import type { ConnectionOptions } from 'node:tls';
import { expect } from '@jest/globals';
import { toBytes } from './transcript-bytes.ts';
import { Wire } from './wire.ts';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
/**
 * Replays a transcript against a server: what each connection sends and exactly what must come back. `{token:a}`
 * is a uuid, captured where a reply first holds it and the same from then on.
 *
 * Over TLS a close proves nothing, so there `close` makes an empty request first, as our own client does.
 */
export async function replay(transcript: string, port: number, tls?: ConnectionOptions): Promise<void> {
  const wires = new Map<string, Wire>();
  const captured = new Map<string, string>();
  let split = 0;

  const wireOf = async (name: string): Promise<Wire> => {
    const wire = wires.get(name) ?? (await Wire.open(port, { tls }));
    wires.set(name, wire);
    return wire;
  };
  const send = async (name: string, text: string): Promise<void> => {
    const bytes = toBytes(text.replace(/\{\w+:\w+\}/g, (key) => captured.get(key) ?? key));
    const wire = await wireOf(name);
    for (let start = 0; start < bytes.length; start += split || bytes.length) {
      await wire.write(bytes.subarray(start, start + (split || bytes.length)));
    }
    split = 0;
  };
  const expectReply = async (name: string, text: string): Promise<void> => {
    const expected = toBytes(text).toString('latin1');
    const received = await (await wireOf(name)).reply();
    const keys = expected.match(/\{\w+:\w+\}/g) ?? [];
    const uuids = received.match(new RegExp(UUID, 'g')) ?? [];
    for (const [index, key] of keys.entries()) {
      if (!captured.has(key) && uuids[index]) captured.set(key, uuids[index]);
    }
    expect(received).toBe(expected.replace(/\{\w+:\w+\}/g, (key) => captured.get(key) ?? key));
  };

  const close = async (wire: Wire): Promise<void> => {
    if (tls) await wire.ask('');
    await wire.close();
  };

  try {
    for (const line of transcript.split('\n')) {
      if (line === '' || line.startsWith('#')) continue;
      const [, verb, name, rest = ''] = /^(\w+) (\w+)[<>]? ?(.*)$/.exec(line)!;
      if (verb === 'C') await send(name!, rest);
      else if (verb === 'S') await expectReply(name!, rest);
      else if (verb === 'split') split = Number(name);
      else if (verb === 'close') await close(wires.get(name!)!);
      else if (verb === 'reset') wires.get(name!)!.reset();
      else throw new Error(`a transcript has no ${verb}`);
    }
    expect(new Set(captured.values()).size).toBe(captured.size);
  } finally {
    for (const wire of wires.values()) wire.socket.destroy();
  }
}
