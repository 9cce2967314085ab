import { GATHER_MS } from '../../src/live/presence.ts';
import { refusals } from '../../src/protocol/reply.ts';
import { errors, type RefusalName } from './errors.ts';
import { preset } from './limits.ts';
import { code } from './markdown.ts';

const wordsFrom = (whose: string): string =>
  (Object.keys(errors) as RefusalName[])
    .filter((name) => errors[name].words === whose)
    .map((name) => code(String(refusals[name])))
    .join(', ');

export const introduction = `# The protocol

Made by \`npm run docs\` from the definitions that the server runs on and from a conversation with a real server; a test fails when it is
not what they give. Requests are lines, replies are JSON, and everything of the original course program is as it was.`;

export const bytes = `## Bytes

A client connects over TCP, by default to port ${preset('port')}; there is no greeting. A server that was given a certificate speaks TLS
from the first byte on, and the same inside.

- **A request is a line** of UTF-8 that ends in CRLF; a bare LF does too. It may be ${preset('maxRequest')} long (\`--max-request\`), its end not counted.
- **Words are separated by single spaces**, so two spaces have an empty word between them. More words than a command has are ignored.
- **A text** is the rest of the line. One space in front of it and one behind it are framing and are taken away: a client
  that writes \`send TOKEN lineker  halo \`, with two spaces before and one behind, sends any text as it is. It cannot hold a line's end.
- **A number** is 1 to 15 digits.
- **An option** is its name and its value, behind the other words, in any order. From the first word on that is none the rest is ignored.
- **A reply is one JSON object** and CRLF CRLF. It is pure ASCII, everything else as \`\\uXXXX\`; separators are \`", "\` and
  \`": "\`, and the keys have the order that is shown here. \`status\` comes first: \`"OK"\` or \`"ERROR"\`.
- **An event has the same form**, with \`event\` as its first key. It comes between replies, never inside one.
- **Replies have the order of the requests.** A client may ask ahead, without waiting. When much is in progress the rest is read later.
- **OK means stored for good**: it would survive \`kill -9\` and a power cut.
- **A client may close its sending side**: everything that it has asked is answered, then the server closes.
- **A client of another protocol is closed**: one that begins with a line such as \`GET / HTTP/1.1\`, or with TLS where there is none, before it has made a
  request. Nothing that it sends is done, for a web page can make its visitors' browsers send anything behind such a line.`;

export const numbersAndTimes = `A *number* counts messages and what becomes of them, over the whole server: a later one is larger. A *time* is in
milliseconds since 1970. Below, \`TOKEN\`, other uuids and times stand for what differs each time; everything else is as it came.`;

export const compatibility = `## Old clients

A client written for the original works unchanged. \`auth\`, \`send\`, \`inbox\`, \`online\` and \`logout\` have no other keys and no other
words when all goes well; \`send\` says \`message\` where the others say \`messages\`. Nothing comes unasked: **events are for those who have said
\`listen\`**, so an old client never sees one. (When \`online\` cannot show everybody at once its reply has two further keys behind the others; when there is no room for a client it is told an error unasked, and the connection ends.)

The original's errors are, in their exact bytes: ${wordsFrom('the original')}. Those of groups are its later years': ${wordsFrom('its later years')}. New
errors have the same shape. What differs on purpose is in the README.`;

export const eventRules = `### Order, and going on where one was

- Events come behind the reply to \`listen\`, and are for the user of its token, whatever connection or session did what they tell of. What users
  do themselves they are not told, for it was answered; only what they send to themselves.
- \`message\`, \`edited\` and \`deleted\` have an \`id\`, and on a connection they come in its order: **whoever has heard of an \`id\` has
  heard of all below it that is for them**. So a client keeps the last one and the \`incarnation\` that \`listen\` was answered with,
  and says \`listen TOKEN since ID incarnation WORD\` when it is back, on any connection, behind a restart of the server or a restored
  backup as well: first comes what it missed, then what happens, without a gap and nothing twice.
- What was missed is told as it is now: a message with its present text, then of its changes the last; of one that was deleted only \`deleted\`.
- \`presence\` and \`read\` have no \`id\` and tell those who hear them at that moment. Whoever comes back asks \`online\` and \`status\`.
  Comings and goings are gathered for ${GATHER_MS} ms; who is back by then was never away.
- A client that has ${preset('maxEvents')} of events waiting (\`--max-events\`) is told \`dropped\` and hears nothing more, but replies as ever; it says
  \`listen\` again with the \`since\` that it was told, and the same \`incarnation\`.
- Hearing a message is not reading it: it stays in \`inbox\` until \`ack\`, or until an \`inbox\` reply has arrived.
- A connection that listens is not idle, and neither is its session.`;
