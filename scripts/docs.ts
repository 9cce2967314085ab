import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { playConversation } from './protocol/conversation.ts';
import { makeDocument } from './protocol/document.ts';

/** Writes docs/PROTOCOL.md from the definitions, and from a conversation with the server that was built last. */
writeFileSync(join(import.meta.dirname, '../docs/PROTOCOL.md'), makeDocument(await playConversation()));
