import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { serverSettings } from '../src/config.ts';
import { describeSettings, readSettings } from '../src/settings.ts';
import { tempFolder } from './support/temp-folder.ts';

const read = (args: string[] = [], env: NodeJS.ProcessEnv = {}) => readSettings(serverSettings, args, env);

function settingsFile(content: unknown): string {
  const path = join(tempFolder(), 'benang.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('settings', () => {
  test('defaults', () => {
    expect(read()).toMatchObject({
      port: 8889,
      host: '127.0.0.1',
      data: 'data',
      sessionIdle: 24 * 3_600_000,
      maxRequest: 65_536,
    });
  });

  test('flags over environment over file', () => {
    const config = settingsFile({ port: 1, host: 'file', data: 'file' });
    const env = { BENANG_CONFIG: config, BENANG_PORT: '2', BENANG_HOST: 'env' };
    expect(read(['--port', '3'], env)).toMatchObject({ port: 3, host: 'env', data: 'file' });
    expect(read(['--config', config])).toMatchObject({ port: 1, host: 'file' });
  });

  test('a file as other systems write it: a byte order mark and CRLF are no matter, UTF-16 is named', () => {
    const config = settingsFile('\ufeff{\r\n  "port": 1\r\n}\r\n');
    expect(read(['--config', config]).port).toBe(1);
    writeFileSync(config, Buffer.from('\ufeff{"port": 1}', 'utf16le'));
    expect(() => read(['--config', config])).toThrow(
      `the settings file ${config} is UTF-16; save it as UTF-8`,
    );
    writeFileSync(config, '{"port": 1}\0\0');
    expect(() => read(['--config', config])).toThrow(/^the settings file .* holds NUL bytes/);
  });

  test.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['90', 90_000],
  ])('a time of %s', (written, expected) => {
    expect(read(['--session-idle', written]).sessionIdle).toBe(expected);
  });

  test.each([
    ['1000', 1000],
    ['2KiB', 2048],
    ['1MiB', 1024 * 1024],
  ])('a size of %s', (written, expected) => {
    expect(read(['--max-request', written]).maxRequest).toBe(expected);
  });

  test.each<[string[], NodeJS.ProcessEnv, RegExp]>([
    [['--port', 'abc'], {}, /^--port must be a whole number; see --help$/],
    [['--port', ''], {}, /^--port must be a whole number/],
    [['--session-idle', '0'], {}, /^--session-idle must be longer/],
    [[], { BENANG_PORT: '' }, /^BENANG_PORT must be a whole number/],
    [['--port', '70000'], {}, /^--port must be at most 65535/],
    [[], { BENANG_PORT: '-1' }, /^BENANG_PORT must be at least 0/],
    [['--session-idle', 'soon'], {}, /^--session-idle must be a time such as/],
    [['--max-request', '2MiB'], {}, /^--max-request must be at most 1048576/],
    [['--log-level', 'loud'], {}, /^--log-level must be error, warn, info or debug/],
    [['--nonsense'], {}, /unknown option '--nonsense'.*see --help/],
    [['stray'], {}, /unexpected argument 'stray'.*see --help/],
    [['--port'], {}, /--port.*; see --help/],
    [['--tls-cert', 'x'], {}, /^--tls-key is missing: a certificate and its key go together; see --help$/],
    [[], { BENANG_TLS_KEY: 'x' }, /^--tls-cert is missing: a certificate and its key go together/],
    [['--tls-cert', '', '--tls-key', 'x'], {}, /^--tls-cert must not be empty/],
  ])('%j %j is refused in one sentence', (args, env, sentence) => {
    expect(() => read(args, env)).toThrow(sentence);
  });

  test.each([
    ['{', /cannot read the settings in/],
    [[], /must be a JSON object/],
    [{ prot: 1 }, /has an unknown setting: prot/],
    [{ port: null }, /^port in .* must be a whole number/],
    [{ port: true }, /^port in .* must be a whole number/],
    [{ allowDrills: true }, /has an unknown setting: allowDrills/],
    [{ port: 'x' }, /^port in .* must be a whole number/],
  ])('a settings file with %j is refused', (content, sentence) => {
    expect(() => read(['--config', settingsFile(content)])).toThrow(sentence);
  });

  test('the help has every setting, from the same schema', () => {
    const help = describeSettings(serverSettings);
    for (const flag of ['--port PORT', '--session-idle TIME', '--max-request SIZE', '--config FILE']) {
      expect(help).toContain(flag);
    }
    expect(help).toContain('(default 8889)');
    expect(help).toContain('(default 24h)');
  });
});
