/** The other side broke the rules of the protocol: the connection ends. Never the outcome of a call. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  /** The other side is told nothing: it speaks something else. */
  readonly silent: boolean;

  constructor(
    message: string,
    options: { readonly silent?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.silent = options.silent === true;
  }
}
