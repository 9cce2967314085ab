import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Ways to break the server's promises, which a torture must find. */
export const sabotages = {
  'ack-before-commit': [
    {
      file: 'src/store/group-commit.ts',
      from: 'setImmediate(this.#goOn);',
      to: 'setTimeout(this.#goOn, 5);',
    },
    {
      file: 'src/store/inboxes.ts',
      from: "if (!this.#hasRoom(inbox, hidden, 1, bytes)) return 'inbox is full';",
      to: '',
    },
    {
      file: 'src/commands/send.ts',
      from: 'const stored = await store.addMessage({',
      to: 'const stored: string | number = 1; store.addMessage({',
    },
    {
      file: 'src/commands/send.ts',
      from: 'sentAt: now(),\n    });',
      to: 'sentAt: now(),\n    }).catch(() => {});',
    },
  ],
  'read-before-reply': [
    {
      file: 'src/commands/inbox.ts',
      from: 'if (upTo > carried) caller.deliver(account, upTo);',
      to: 'if (upTo > carried) await store.markRead(account, upTo, 1);',
    },
  ],
  /** For --listeners. */
  'live-without-catching-up': [
    { file: 'src/live/listener.ts', from: '  #live = false;', to: '  #live = true;' },
  ],
} as const satisfies Record<string, readonly Change[]>;
export type Sabotage = keyof typeof sabotages;

/** What a build is made of. */
const PARTS = [
  'src',
  'workers',
  'scripts',
  'data/users.json',
  'package.json',
  'tsconfig.json',
  'tsconfig.types.json',
];

/**
 * Builds a copy of the project, broken on purpose, in `folder`.
 *
 * @throws Error when the code to break is not there any more: this file must then follow.
 */
export function buildBroken(root: string, folder: string, sabotage: Sabotage): void {
  for (const part of PARTS) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const change of sabotages[sabotage]) {
    writeFileSync(join(folder, change.file), broken(root, change));
  }
  execFileSync(process.execPath, ['scripts/build.ts'], { cwd: folder, stdio: 'inherit' });
}

/** @throws Error when the code to break is not there any more. */
export function broken(root: string, { file, from, to }: Change): string {
  const source = readFileSync(join(root, file), 'utf8');
  if (source.split(from).length !== 2) throw new Error(`${file} has not exactly one: ${from}`);
  return source.replace(from, to);
}
