import * as z from 'zod';

/** A server that takes the shop's mail. */
export const SmtpConfig = z.object({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(587),
  /**
   * `implicit`: TLS from the first byte (port 465). `required`: STARTTLS, and no mail without it. `none`: for
   * a server on this machine.
   */
  tls: z.enum(['implicit', 'required', 'none']).default('required'),
  user: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  /** Whom the mail is from. */
  from: z.email().default('shop@example.com'),
});
export type SmtpConfig = z.infer<typeof SmtpConfig>;
