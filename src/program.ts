import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { complain } from './output.ts';
import { describeSettings } from './settings.ts';
import { StartupError } from './startup-error.ts';
import type { Subcommand } from './subcommand.ts';

interface Entry {
  readonly summary: string;
  /** Loaded when named, so that a client starts without loading the server. */
  readonly load: () => Promise<Subcommand>;
}

const groups: Record<string, Record<string, Entry>> = {
  'Chat:': {
    serve: { summary: 'run the chat server', load: async () => (await import('./server/serve.ts')).serve },
    chat: { summary: 'chat on a server', load: async () => (await import('./cli/chat.ts')).chat },
  },
  'The running server:': {
    top: {
      summary: 'watch the threads of the running server',
      load: async () => (await import('./top/top.ts')).top,
    },
    kick: {
      summary: 'drop a user or a connection',
      load: async () => (await import('./control/kick.ts')).kick,
    },
    stop: {
      summary: 'end the running server in order',
      load: async () => (await import('./control/stop.ts')).stop,
    },
  },
  'Its accounts and data, whether it runs or not:': {
    user: {
      summary: 'add, change, list, disable and remove accounts',
      load: async () => (await import('./operate/user.ts')).user,
    },
    group: {
      summary: 'list groups, and remove one',
      load: async () => (await import('./operate/group.ts')).group,
    },
    invite: {
      summary: 'make, list and revoke invites, for who may register',
      load: async () => (await import('./operate/invite.ts')).invite,
    },
    clock: {
      summary: "see whether the machine's clock is believed, and say that it is right",
      load: async () => (await import('./operate/clock.ts')).clock,
    },
    backup: {
      summary: 'copy all data into one file',
      load: async () => (await import('./operate/backup.ts')).backup,
    },
    restore: {
      summary: 'put a backup in the place of the data',
      load: async () => (await import('./operate/restore.ts')).restore,
    },
    export: {
      summary: 'print all messages as lines of JSON',
      load: async () => (await import('./operate/export.ts')).exportMessages,
    },
    check: {
      summary: 'look for damage in the data or in a backup',
      load: async () => (await import('./operate/check.ts')).check,
    },
  },
  'Trials, on a server of their own:': {
    load: {
      summary: 'measure a server under load, and check what it answers',
      load: async () => (await import('./load/load.ts')).load,
    },
    drill: {
      summary: 'set off a disaster in one thread and see what the others notice',
      load: async () => (await import('./drill/drill.ts')).drill,
    },
  },
};

const subcommands: Record<string, Entry> = Object.assign({}, ...Object.values(groups));

const help = `benang: a chat server that gives every connection a thread of its own

Usage: benang COMMAND [options]

${Object.entries(groups)
  .map(([title, entries]) => [
    title,
    ...Object.entries(entries).map(([name, { summary }]) => `  ${name.padEnd(9)}${summary}`),
  ])
  .map((lines) => lines.join('\n'))
  .join('\n\n')}

Try it: benang serve, and in two other terminals benang chat.
benang COMMAND --help tells more. Exit codes: 0 all well, 1 something failed, 2 wrong usage.
`;

/** Runs the program with its arguments; resolves to the exit code. */
export async function run(args: readonly string[], root: string): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    (name === undefined ? process.stderr : process.stdout).write(help);
    return name === undefined ? 2 : 0;
  }
  if (name === '--version') {
    process.stdout.write(`${JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version}\n`);
    return 0;
  }
  if (!Object.hasOwn(subcommands, name)) {
    complain(`there is no command ${JSON.stringify(name)}; see benang --help`);
    return 2;
  }
  const subcommand = await subcommands[name]!.load();
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => subcommand.outlivesReader || process.exit(1));
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    const options = describeSettings(subcommand.settings);
    process.stdout.write(
      `Usage: benang ${name} ${subcommand.argument ? `${subcommand.argument} ` : ''}[options]\n\n${subcommand.intro}\n\n${options}\n`,
    );
    return 0;
  }
  try {
    return await subcommand.run(rest, root);
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    complain(error.message);
    return error.exitCode;
  }
}
