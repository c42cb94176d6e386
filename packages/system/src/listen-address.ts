/** Where one listener of the gateway is bound. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Splits `host:port`; IPv6 addresses stand in brackets (RFC 3986 §3.2.2). */
export function parseAddress(text: string): ListenAddress {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  const port = Number(text.slice(colon + 1));
  if (port > 65_535) throw new Error(`Port ${port} in "${text}" is above 65535.`);
  return { host, port };
}
