import { type Reply, refusals, refuse } from '../protocol/reply.ts';
import type { LoginVerdict } from './command.ts';

/** What the store says when it has not done a thing, and how a client is told. */
const refusalFor = {
  'no such recipient': refusals.noSuchRecipient,
  'inbox is full': refusals.inboxFull,
  'too much unread': refusals.tooMuchUnread,
  'no such group': refusals.noSuchGroup,
  'not a member': refusals.notMember,
  'member already': refusals.memberAlready,
  'no such message': refusals.noSuchMessage,
  taken: refusals.groupTaken,
  'looks like another group': refusals.groupLooksTaken,
  full: refusals.groupFull,
  'shut out': refusals.noSession,
  'too many groups': refusals.tooManyGroups,
  'too many': refusals.tooManyBlocked,
} as const;

export type Refused = keyof typeof refusalFor;

export const isRefused = (outcome: unknown): outcome is Refused =>
  typeof outcome === 'string' && Object.hasOwn(refusalFor, outcome);

export const refuseFor = (outcome: Refused): Reply => refuse(refusalFor[outcome]);

/** How a client is told that its password was not right, or not even looked at. */
export function refuseLogin(verdict: Exclude<LoginVerdict, 'right'>): Reply {
  if (verdict === 'busy') return refuse(refusals.tooManyLogins);
  if (verdict === 'wrong') return refuse(refusals.wrongPassword);
  return refuse(refusals.tooManyFailures(verdict.waitMs));
}
