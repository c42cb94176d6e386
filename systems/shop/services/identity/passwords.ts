import type { IdentityContext } from './config.ts';
import type { WorkQueue } from './hash-queue.ts';
import { hashPassword, SALT_BYTES, verifyPassword } from './password-hash.ts';

/** Hashing and checking of passwords, in the service's one queue. */
export interface Passwords {
  hash(context: IdentityContext, password: string): Promise<string>;
  /**
   * Whether the password is right, and its hash at today's cost when the stored one is older. The same
   * work is done without a stored hash.
   */
  verify(
    context: IdentityContext,
    password: string,
    stored: string | null | undefined,
  ): Promise<{ readonly correct: boolean; readonly renewed?: string }>;
}

/** Passwords over a queue that all calls share. */
export function createPasswords(queue: WorkQueue): Passwords {
  const run = <T>({ config, signal }: IdentityContext, work: () => Promise<T>) =>
    queue.run(work, { atOnce: config.hashesAtOnce, signal });
  const hash = (context: IdentityContext, password: string) =>
    run(context, () =>
      hashPassword(password, context.config.scrypt, context.random.bytes(SALT_BYTES)),
    );
  return {
    hash,
    async verify(context, password, stored) {
      const { correct, outdated } = await run(context, () =>
        verifyPassword(password, stored, context.config.scrypt),
      );
      return outdated ? { correct, renewed: await hash(context, password) } : { correct };
    },
  };
}
