import { expect, test } from '@jest/globals';
import { unconfirmed } from '../../src/server/half-open.ts';

// Lines as Linux writes them on a little-endian machine; port 8889 is 22B9.
const line = (local: string, remote: string, state: string, timer: string, retransmissions: string): string =>
  `   1: ${local} ${remote} ${state} 00000048:00000000 ${timer}:00000013 ${retransmissions}     0        0 6352 2 0000 28 4 30 10 -1`;
const [ours, peer] = ['0100007F:22B9', '0200A8C0:C001'];
const head =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

test('finds whose last bytes are sent again and again', () => {
  const table = [head, line(ours, peer, '01', '01', '00000003'), ''].join('\n');
  expect(unconfirmed(table, 8889)).toEqual(['192.168.0.2:49153']);
});

test.each([
  ['of another port', line('0100007F:22B8', peer, '01', '01', '00000003')],
  ['that is closing', line(ours, peer, '04', '01', '00000003')],
  ['with nothing on its way', line(ours, peer, '01', '00', '00000000')],
  [
    'that takes nothing now but answers (a full window is probed with another timer)',
    line(ours, peer, '01', '04', '00000003'),
  ],
  ['that lost one segment', line(ours, peer, '01', '01', '00000001')],
])('leaves a connection %s', (_, written) => {
  expect(unconfirmed([head, written].join('\n'), 8889)).toEqual([]);
});

test('reads IPv6 addresses as Node shows them', () => {
  const wide = (remote: string) =>
    line('00000000000000000000000001000000:22B9', `${remote}:C001`, '01', '01', '00000003');
  expect(unconfirmed(wide('B80D0120000000000000000001000000'), 8889)).toEqual(['2001:db8::1:49153']);
  expect(unconfirmed(wide('0000000000000000FFFF00000200A8C0'), 8889)).toEqual(['::ffff:192.168.0.2:49153']);
});
