import { describe, expect, test } from '@jest/globals';
import { runBenang, startServer } from '../support/program.ts';
import { Wire } from '../support/wire.ts';

const group = (data: string, ...args: readonly string[]) => runBenang(['group', ...args, '--data', data]);

async function listed(data: string): Promise<object[]> {
  const { stdout } = await group(data, 'list', '--json');
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as object);
}

describe('group', () => {
  test('lists groups and removes one, while the server runs: its members are told nothing but that it is not there', async () => {
    const server = await startServer();
    const messi = await Wire.open(server.port);
    const lineker = await Wire.open(server.port);
    const tokens = { messi: await messi.login('messi'), lineker: await lineker.login('lineker') };
    await messi.ask(`addgroup ${tokens.messi} lab rahasia`);
    await lineker.ask(`joingroup ${tokens.lineker} lab rahasia`);
    await lineker.ask(`addgroup ${tokens.lineker} kelas`);
    const { id } = await messi.ask(`post ${tokens.messi} k #lab unwiederbringlich`);
    await lineker.ask(`search ${tokens.lineker} unwiederbringlich`);
    expect(await listed(server.data)).toEqual([
      { name: 'kelas', members: 1, password: false, last_sent_at: null },
      { name: 'lab', members: 2, password: true, last_sent_at: expect.any(String) },
    ]);
    expect((await group(server.data, 'list')).stdout).toMatch(
      /^GROUP +MEMBERS +PASSWORD +LAST MESSAGE\nkelas +1 +no +-\nlab +2 +yes +\d{4}-\d\d-\d\d \d\d:\d\d\n$/,
    );
    await lineker.ask(`listen ${tokens.lineker}`);
    expect(await group(server.data, 'remove', '#lab', '--yes')).toEqual({
      stdout: 'removed group lab; it had 2 members\n',
      stderr: '',
      code: 0,
    });
    expect(server.log()).toContain('group lab was removed by the operator');
    // The very next reply: no event came before it.
    expect(await lineker.ask(`sendgroup ${tokens.lineker} lab x`)).toMatchObject({
      message: 'Group belum ada',
    });
    expect(await lineker.ask(`history ${tokens.lineker} #lab`)).toMatchObject({ message: 'Group belum ada' });
    expect(await lineker.ask(`search ${tokens.lineker} unwiederbringlich`)).toMatchObject({ messages: [] });
    expect(await lineker.ask(`chats ${tokens.lineker}`)).toMatchObject({
      messages: { '#kelas': { unread: 0, members: 1 } },
    });
    expect(await messi.ask(`status ${tokens.messi} ${id}`)).toMatchObject({ message: 'Message not found' });
    expect(await messi.ask(`post ${tokens.messi} k #lab unwiederbringlich`)).toMatchObject({ id });
    expect(await messi.ask(`addgroup ${tokens.messi} lab`)).toMatchObject({ status: 'OK' });
    expect(await messi.ask(`history ${tokens.messi} #lab`)).toMatchObject({ messages: [] });
    expect(await group(server.data, 'remove', 'nowhere', '--yes')).toMatchObject({
      stderr: 'benang: there is no group nowhere; benang group list shows them\n',
      code: 1,
    });
    await server.stop();
    expect((await runBenang(['check', '--data', server.data])).code).toBe(0);
  });

  test('removes one while no server runs, with all that was sent to it', async () => {
    const server = await startServer();
    const messi = await Wire.open(server.port);
    const token = await messi.login('messi');
    await messi.ask(`addgroup ${token} lab`);
    for (let sent = 0; sent < 250; sent++) await messi.ask(`sendgroup ${token} lab ${sent}`);
    await server.stop();
    expect((await group(server.data, 'remove', 'lab')).stderr).toContain('confirm it with --yes');
    expect((await group(server.data, 'remove', 'lab', '--yes')).stdout).toContain('it had 1 member\n');
    expect(await listed(server.data)).toEqual([]);
    expect((await runBenang(['export', '--data', server.data])).stdout).toBe('');
    expect((await runBenang(['check', '--data', server.data])).code).toBe(0);
  });

  test('says how it is used', async () => {
    expect(await runBenang(['group'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('needs list or remove'),
    });
    expect(await runBenang(['group', 'remove'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('needs the name'),
    });
    expect((await runBenang(['group', '--help'])).stdout).toContain('A group ends by itself');
  });
});
