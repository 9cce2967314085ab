import { expect, test } from '@jest/globals';
import { pythonBytes, showMessages } from '../../src/cli/display.ts';
import { encodeReply } from '../../src/protocol/reply.ts';

const shown = (messages: string | ReadonlyMap<string, string>) => {
  const text = encodeReply({ status: 'OK', messages }).trimEnd();
  return showMessages({ text, body: JSON.parse(text) });
};

test('messages as the server wrote them, letters readable', () => {
  expect(
    shown(
      new Map([
        ['10', 'café'],
        ['2', '😀 €'],
      ]),
    ),
  ).toBe('{"10": "café", "2": "😀 €"}');
});

test('messages of a server that writes its JSON without spaces', () => {
  const text = '{"status":"OK","messages":{"a":["b"]}}';
  expect(showMessages({ text, body: JSON.parse(text) })).toBe('{"a":["b"]}');
});

test('what would steer the terminal stays escaped', () => {
  expect(shown('\u001b[2J \u009b \u202e \u007f \n')).toBe('"\\u001b[2J \\u009b \\u202e \\u007f \\n"');
});

test('escapes stay what they mean', () => {
  expect(shown('\\u0041 " \\\\ \ud83d x')).toBe('"\\\\u0041 \\" \\\\\\\\ \\ud83d x"');
});

test('bytes as Python prints them', () => {
  expect(pythonBytes(Buffer.from('{"a": "b\'c\\\\"}\r\n\t\x00\xff', 'latin1'))).toBe(
    'b\'{"a": "b\\\'c\\\\\\\\"}\\r\\n\\t\\x00\\xff\'',
  );
});
