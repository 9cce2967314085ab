import { join } from 'node:path';
import { startOwnServer } from '../../src/load/own-server.ts';
import { type Exchange, type Heard, type Recording, Speaker } from './speaker.ts';

const ROOT = join(import.meta.dirname, '../..');

/** The three of the course and a newcomer, each on a connection of their own. */
interface Speakers {
  readonly messi: Speaker;
  readonly lineker: Speaker;
  readonly henderson: Speaker;
  readonly budi: Speaker;
}

/** Plays the document's conversation on a server of our own, and resolves to what was said. */
export async function playConversation(): Promise<Recording> {
  const server = await startOwnServer(ROOT, [], {
    logLevel: 'error',
    args: ['--spare-threads', '4', '--registration', 'open'],
  });
  const record = { exchanges: [] as Exchange[], events: [] as Heard[] };
  const open = (name: string): Promise<Speaker> => Speaker.open(server.port, name, record);
  const speakers = {
    messi: await open('messi'),
    lineker: await open('lineker'),
    henderson: await open('henderson'),
    budi: await open('budi'),
  };
  try {
    await meet(speakers);
    await write(speakers);
    await lookBack(speakers);
    await gather(speakers);
    await block(speakers);
    await comeNew(speakers);
    await part(speakers);
  } finally {
    for (const speaker of Object.values(speakers)) speaker.destroy();
    await server.stop();
  }
  return record;
}

async function meet({ messi, lineker, henderson }: Speakers): Promise<void> {
  await messi.show('auth messi surabaya');
  await messi.show('listen TOKEN');
  await lineker.ask('auth lineker salah');
  await lineker.ask('auth lineker surabaya');
  await messi.hears('presence');
  await henderson.ask('auth henderson surabaya');
  await messi.hears('presence');
  await messi.show('online TOKEN');
  await henderson.ask('online');
}

async function write({ messi, lineker }: Speakers): Promise<void> {
  await messi.show('send TOKEN lineker  nihao ma? ');
  await lineker.show('inbox TOKEN');
  await lineker.show('listen TOKEN since 1501');
  await lineker.show('listen TOKEN since 0');
  await lineker.hears('message');
  await messi.hears('read');
  const { id } = await messi.show('post TOKEN 5f0c lineker  sampai bessok 😀 ');
  await lineker.hears('message');
  await messi.show(`status TOKEN ${id}`);
  await messi.show(`edit TOKEN ${id}  sampai besok 😀 `);
  await lineker.hears('edited');
  await lineker.show(`ack TOKEN ${id} with messi`);
  await messi.hears('read');
  const slip = await messi.ask('post TOKEN 5f0d lineker  salah kirim ');
  await lineker.hears('message');
  await messi.show(`delete TOKEN ${slip.id}`);
  await lineker.hears('deleted');
  await messi.ask(`status TOKEN ${slip.id}`);
}

async function lookBack({ messi, lineker }: Speakers): Promise<void> {
  await lineker.show('history TOKEN messi limit 2');
  await messi.show('search TOKEN  besok ');
  await lineker.ask('send TOKEN messi  hao! ');
  await messi.hears('message');
}

async function gather({ messi, lineker, henderson }: Speakers): Promise<void> {
  await messi.show('addgroup TOKEN lab rahasia');
  await lineker.show('joingroup TOKEN lab rahasia');
  await henderson.ask('joingroup TOKEN lab rahasia');
  await messi.show('sendgroup TOKEN lab  halo semua ');
  const { id } = await lineker.hears('message');
  await henderson.show('inboxgroup TOKEN lab');
  await henderson.ask('post TOKEN 77 #lab  halo! ');
  await messi.hears('message');
  await messi.show(`status TOKEN ${id}`);
  await messi.show('getgroups TOKEN');
  await messi.show('members TOKEN lab');
  await messi.show('chats TOKEN');
  await messi.show('history TOKEN #lab limit 1');
  await henderson.show('leavegroup TOKEN lab');
}

async function block({ henderson }: Speakers): Promise<void> {
  await henderson.show('block TOKEN lineker');
  await henderson.show('blocks TOKEN');
  await henderson.show('unblock TOKEN lineker');
}

async function comeNew({ budi }: Speakers): Promise<void> {
  await budi.show('register Budi-Santoso Indonesia budi rahasia');
  await budi.show('profile TOKEN Budi Indonesia-Raya');
  await budi.ask('auth budi rahasia');
  await budi.show('sessions TOKEN');
  await budi.show('passwd TOKEN rahasia lebihrahasia');
}

async function part({ messi, lineker, henderson, budi }: Speakers): Promise<void> {
  await budi.show('logout TOKEN all');
  await lineker.show('logout TOKEN');
  await lineker.hears('dropped');
  await messi.hears('presence');
  await henderson.leave();
  await messi.hears('presence');
}
