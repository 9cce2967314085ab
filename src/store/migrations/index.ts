import first from './01-first.ts';
import unreadCounted from './02-unread-counted.ts';
import messagesDeleted from './03-messages-deleted.ts';
import indexesLater from './04-indexes-later.ts';
import conversations from './05-conversations.ts';
import readIndex from './06-read-index.ts';
import registration from './07-registration.ts';
import skeletonsAnew from './08-skeletons-anew.ts';
import groupSkeletons from './09-group-skeletons.ts';
import hiddenApart from './10-hidden-apart.ts';
import groupsEnd from './11-groups-end.ts';
import counted from './12-counted.ts';
import readByAll from './13-read-by-all.ts';
import clock from './14-clock.ts';
import wordPages from './15-word-pages.ts';
import incarnations from './16-incarnations.ts';

/**
 * The path from an empty file to today's schema. A step is never changed once released; a new version is a
 * new step at the end, a file and a line here. `user_version` in the file counts the steps that it has taken.
 */
export const steps: readonly string[] = [
  first,
  unreadCounted,
  messagesDeleted,
  indexesLater,
  conversations,
  readIndex,
  registration,
  skeletonsAnew,
  groupSkeletons,
  hiddenApart,
  groupsEnd,
  counted,
  readByAll,
  clock,
  wordPages,
  incarnations,
];
