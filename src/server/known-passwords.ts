import type { Log } from '../log.ts';
import { readEntries } from '../store/accounts-file.ts';
import { asMyself } from '../store/owner.ts';
import { verifyPassword } from '../store/passwords.ts';
import type { Store } from '../store/store.ts';

/**
 * Says in the log which accounts still have the password that the program's own accounts file gives them: everybody can read it
 * there. Each costs a hash, one at a time and off the main thread; there are as few as there are in that file.
 *
 * It is for a server's first start, and for every one that others can reach. Rejects never: a server that ends meanwhile need not
 * know any more.
 */
export async function warnOfKnownPasswords(
  store: Pick<Store, 'credentials'>,
  file: string,
  log: Log,
): Promise<void> {
  try {
    const known: string[] = [];
    for (const { username, password } of asMyself(() => readEntries(file))) {
      const credentials = await store.credentials(username);
      if (!credentials || credentials.disabled) continue;
      if (await verifyPassword(credentials.passwordHash, password)) known.push(username);
    }
    if (known.length === 0) return;
    log.write(
      'warn',
      `everybody knows the password of ${known.join(', ')} and can log in: give each another one with benang user passwd NAME, or shut it with benang user disable NAME`,
    );
  } catch (error) {
    log.write('debug', 'the accounts were not looked through for known passwords', { reason: String(error) });
  }
}
