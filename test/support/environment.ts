/**
 * What Node reads besides NO_COLOR and TERM to tell a terminal's colours (tty's getColorDepth), and
 * what differs from machine to machine: `CI` alone turns them off.
 */
const COLOUR_HINTS = [
  'CI',
  'COLORTERM',
  'FORCE_COLOR',
  'NODE_DISABLE_COLORS',
  'TEAMCITY_VERSION',
  'TERM_PROGRAM',
  'TF_BUILD',
  'TMUX',
];

/** The environment for a child: ours without what would change the program's behaviour. */
export function cleanEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const ours = Object.entries(process.env).filter(([name]) => !name.startsWith('BENANG_'));
  const env: NodeJS.ProcessEnv = { ...Object.fromEntries(ours), NO_COLOR: '1' };
  for (const name of ['NODE_OPTIONS', ...COLOUR_HINTS]) delete env[name];
  return { ...env, ...extra };
}
