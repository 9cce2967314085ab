import { type ServerSettings, serverSettings } from '../../src/config.ts';
import { settingsOf } from '../../src/settings.ts';
import { code, table } from './markdown.ts';

/** The settings that a client can notice. */
const noticed: readonly (keyof ServerSettings)[] = [
  'maxRequest',
  'maxRate',
  'maxEvents',
  'maxUnwritten',
  'slowTimeout',
  'idleTimeout',
  'loginTimeout',
  'deadAfter',
  'handshakeTimeout',
  'sessionIdle',
  'maxSessions',
  'failedLogins',
  'registration',
  'maxAccounts',
  'maxUnread',
  'maxUnreadSize',
  'maxConnections',
  'maxPerAddress',
];

const settings = new Map(settingsOf(serverSettings).map((setting) => [setting.key, setting]));

/** What a setting is when nobody has set it. */
export const preset = (key: keyof ServerSettings): string => settings.get(key)!.preset!;

export function limitTable(): string {
  return table(
    ['setting', 'without it', ''],
    noticed.map((key) => {
      const { flag, value, preset, description } = settings.get(key)!;
      return [code(`${flag} ${value}`), preset ?? '', description];
    }),
  );
}
