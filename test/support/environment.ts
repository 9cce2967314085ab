/** The environment for a child: ours without what would change the program's behaviour. */
export function cleanEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const ours = Object.entries(process.env).filter(([name]) => !name.startsWith('BENANG_'));
  const env: NodeJS.ProcessEnv = { ...Object.fromEntries(ours), NO_COLOR: '1', ...extra };
  delete env.NODE_OPTIONS;
  delete env.FORCE_COLOR;
  return env;
}
