import { readFileSync } from 'node:fs';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Failure } from '@portico/contract';
import type { Host } from '@portico/host';
import type { Logger } from '@portico/service';
import type { Connection, ConnectionBook, Pending } from './connections.ts';
import type { GatewayExchange } from './exchange.ts';
import type { HttpLimits } from './http/limits.ts';
import type { BodySink, BodySource, EdgeRequest, EdgeResponse } from './http/request.ts';
import type { ListenerAddress } from './options.ts';

/** What the server asks of the core. */
export interface ServerCore {
  open(request: EdgeRequest): GatewayExchange;
  refuseUnparsed(failure: Failure): EdgeResponse;
}

/** What {@link createNodeServer} needs. */
export interface NodeServerOptions {
  readonly core: ServerCore;
  readonly host: Host;
  readonly log: Logger;
  readonly limits: HttpLimits;
  readonly connections: ConnectionBook;
  readonly draining: () => boolean;
}

/** A listening socket and the connections made through it. */
export interface NodeServer {
  /** Resolves with the port. @throws {Error} when the address is taken or not ours. */
  listen(address: ListenerAddress): Promise<number>;
  /** Stops accepting and closes idle connections; resolves when the last connection is gone. */
  finish(): Promise<void>;
  /** Ends what is left. */
  closeAll(): void;
}

type Response = ServerResponse<IncomingMessage>;
type Setting = NodeServerOptions & { readonly secure: boolean };

/** The default server: `node:http`, or `node:https` with certificate files. Nothing else knows of either. */
export function createNodeServer(options: NodeServerOptions): NodeServer {
  let server: Server | TlsServer | undefined;
  return {
    listen(address) {
      const created = createFor(address, options);
      server = created;
      return new Promise((resolve, reject) => {
        created.once('error', reject);
        const { host, port, descriptor: fd } = address;
        created.listen(fd === undefined ? { host, port } : { fd }, () => {
          created.off('error', reject);
          resolve((created.address() as AddressInfo).port);
        });
      });
    },
    finish: () =>
      new Promise((resolve) => {
        if (!server?.listening) return resolve();
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
    closeAll: () => server?.closeAllConnections(),
  };
}

function createFor(address: ListenerAddress, options: NodeServerOptions): Server | TlsServer {
  const { limits, connections } = options;
  const settings = toSettings(limits);
  const server = address.tls
    ? createTlsServer({ ...settings, ...readTls(address.tls), minVersion: 'TLSv1.2' })
    : createServer(settings);
  if (address.tls) renewCertificate(server as TlsServer, address.tls, options);
  // A count would only hide the fields beyond it; the core counts and refuses.
  server.maxHeadersCount = 0;
  server.maxConnections = limits.connections;
  const secure = address.tls !== undefined;
  const setting = { ...options, secure };
  const serve = (request: IncomingMessage, response: Response) =>
    answer(request, response, setting);
  server.on('connection', (socket: Socket) => connections.admit(socket));
  if (secure) server.on('secureConnection', (socket: Socket) => connections.open(socket));
  else server.on('connection', (socket: Socket) => connections.open(socket));
  server.on('request', serve);
  server.on('checkContinue', serve);
  server.on('checkExpectation', serve);
  server.on('connect', (_request, socket) => refuseRaw(socket, refuseConnect(), options));
  server.on('clientError', (error, socket) => refuseRaw(socket, toFailure(error, limits), options));
  return server;
}

function toSettings(limits: HttpLimits): ServerOptions {
  return {
    // Both together, since Node counts them together; the core tells them apart.
    maxHeaderSize: limits.headerBytes + limits.targetBytes,
    headersTimeout: limits.headersMs,
    // A backstop: the core gives bodies up earlier.
    requestTimeout: limits.headersMs + limits.bodyMs,
    connectionsCheckingInterval: limits.checkEveryMs,
    keepAliveTimeout: limits.keepAliveMs,
    keepAliveTimeoutBuffer: 1_000,
    // The core says what is missing, in the binding's form.
    requireHostHeader: false,
    // Java clients send `Upgrade: h2c` on ordinary requests.
    shouldUpgradeCallback: () => false,
    optimizeEmptyRequests: true,
    noDelay: true,
  };
}

/** One request from its head to the end of its answer. */
class Visit implements Pending {
  readonly request: IncomingMessage;
  readonly response: Response;
  readonly connection: Connection;
  readonly exchange: GatewayExchange;

  constructor(
    request: IncomingMessage,
    response: Response,
    { core, connections, secure }: Setting,
  ) {
    this.request = request;
    this.response = response;
    this.connection = connections.of(request.socket);
    this.exchange = core.open({
      method: request.method ?? 'GET',
      target: request.url ?? '/',
      version: request.httpVersion,
      headers: request.rawHeaders,
      body: new NodeBody(request, response),
      peer: this.connection.address,
      secure,
    });
    this.connection.pending.add(this);
  }

  /** No answer is waited for any more. */
  end(): void {
    this.connection.pending.delete(this);
  }

  abort(): void {
    this.exchange.abort();
  }

  isArriving(): boolean {
    return !this.request.complete && !this.response.headersSent;
  }
}

function answer(request: IncomingMessage, response: Response, setting: Setting): void {
  const visit = new Visit(request, response, setting);
  // `respond` never rejects.
  void visit.exchange.respond().then((result) => {
    if (request.socket.writable) send(visit, result, setting);
    else visit.end();
  });
}

/** Unread bodies up to this size are cheaper to read over than a new connection. */
const SKIP_MAX_BYTES = 64 * 1024;

function send(visit: Visit, result: EdgeResponse, setting: Setting): void {
  const { request, response, connection, exchange } = visit;
  const rest = exchange.unreadBytes;
  // A client that waits for "100 Continue" and gets an answer instead sends its body, or does not.
  const unsure = rest > 0 && expectsContinue(request);
  const close = result.close || unsure || rest > SKIP_MAX_BYTES;
  if (close || connection.isAged() || setting.draining())
    result.headers.push('connection', 'close');
  response.writeHead(result.status, result.headers);
  if (close && rest > 0 && !request.complete) {
    linger(visit, result, setting);
    return;
  }
  visit.end();
  response.end(result.body);
}

/**
 * Answers, then lets the rest of the body flow for a moment: closing a socket with unread data resets
 * the connection, and the client would never read why (RFC 9112 §9.6).
 */
function linger(visit: Visit, result: EdgeResponse, setting: Setting): void {
  const { request, response } = visit;
  const { host, limits } = setting;
  if (result.body === undefined) response.flushHeaders();
  else response.write(result.body);
  let left = limits.lingerBytes;
  const finish = () => {
    timer.cancel();
    visit.end();
    response.end();
  };
  const timer = host.timers.after(limits.lingerMs, finish, { background: true });
  request.on('data', (chunk: Uint8Array) => {
    left -= chunk.byteLength;
    if (left <= 0) finish();
  });
  request.once('end', finish);
  request.once('close', finish);
}

/** Whether the client holds its body back until it is told to go on. Nobody else needs all headers. */
function expectsContinue({ rawHeaders }: IncomingMessage): boolean {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === EXPECT.length && name.toLowerCase() === EXPECT) return true;
  }
  return false;
}

const EXPECT = 'expect';

/** A body as Node streams it. */
class NodeBody implements BodySource {
  readonly #request: IncomingMessage;
  readonly #response: Response;
  #sink: BodySink | undefined;

  constructor(request: IncomingMessage, response: Response) {
    this.#request = request;
    this.#response = response;
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    const request = this.#request;
    if (expectsContinue(request)) this.#response.writeContinue();
    request.on('data', (chunk: Uint8Array) => this.#sink?.chunk(chunk));
    request.on('end', () => this.#sink?.end());
    request.on('close', () => this.#sink?.fail());
    request.on('error', () => this.#sink?.fail());
  }

  stop(): void {
    this.#sink = undefined;
  }
}

/** Answers on a socket that carries no request Node could parse. */
function refuseRaw(socket: Duplex, failure: Failure | undefined, options: NodeServerOptions): void {
  // After CONNECT nobody else listens, and an unheard error would end the process.
  socket.on('error', () => socket.destroy());
  if (!failure || !socket.writable || !isAnswerable(options.connections.find(socket))) {
    socket.destroy();
    return;
  }
  const { status, headers, body } = options.core.refuseUnparsed(failure);
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`];
  for (let index = 0; index < headers.length; index += 2) {
    lines.push(`${headers[index]}: ${headers[index + 1]}`);
  }
  socket.write(`${lines.join('\r\n')}\r\nconnection: close\r\n\r\n`);
  socket.end(body);
  // A client that never closes its side must not keep ours.
  options.host.timers.after(options.limits.lingerMs, () => socket.destroy(), { background: true });
}

/**
 * Whether the next answer on a connection would be understood as the answer to what could not be
 * parsed: nothing else waits for one, or only the request whose own body broke.
 */
function isAnswerable(connection: Connection | undefined): boolean {
  if (!connection || connection.pending.size === 0) return true;
  const [first, ...others] = connection.pending;
  return others.length === 0 && first !== undefined && first.isArriving();
}

function refuseConnect(): Failure {
  const message = 'This server is not a proxy.';
  return Failure.rejected('method-not-allowed', message, { allow: ['GET', 'HEAD', 'OPTIONS'] });
}

interface ParserError extends Error {
  readonly code?: string;
  readonly rawPacket?: Buffer;
}

/** What a parser error means; `undefined` where nobody is left to tell. */
function toFailure(error: ParserError, limits: HttpLimits): Failure | undefined {
  switch (error.code) {
    case 'ECONNRESET':
    case 'EPIPE':
      return undefined;
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return Failure.rejected('too-slow', 'The request came too slowly.');
    case 'HPE_HEADER_OVERFLOW':
      return isLongTarget(error.rawPacket, limits)
        ? Failure.rejected('target-too-long', `A target has at most ${limits.targetBytes} bytes.`)
        : Failure.rejected(
            'headers-too-large',
            `More than ${limits.headerBytes} bytes of headers.`,
          );
    default:
      return Failure.rejected('malformed', 'This is not a well-formed HTTP request.');
  }
}

/** Whether a packet is one long request line. */
function isLongTarget(packet: Buffer | undefined, limits: HttpLimits): boolean {
  if (!packet || !/^[A-Z]+ /.test(packet.toString('latin1', 0, 20))) return false;
  const end = packet.indexOf('\r\n');
  return end < 0 ? packet.length > limits.targetBytes : end > limits.targetBytes;
}

function readTls(files: NonNullable<ListenerAddress['tls']>) {
  return { cert: readFileSync(files.certificateFile), key: readFileSync(files.keyFile) };
}

/** How soon a renewed certificate is taken up; renewals come days before expiry. */
const CERTIFICATE_CHECK_MS = 60_000;

function renewCertificate(
  server: TlsServer,
  files: NonNullable<ListenerAddress['tls']>,
  { host, log }: NodeServerOptions,
): void {
  let current = readTls(files);
  const check = () => {
    if (!server.listening) return;
    try {
      const read = readTls(files);
      if (!read.cert.equals(current.cert)) server.setSecureContext(read);
      current = read;
    } catch (error) {
      // Half of a pair may have been written yet; the next check finds both.
      log.error({ ...files, error: String(error) }, 'certificate not renewed; the former stays');
    }
    host.timers.after(CERTIFICATE_CHECK_MS, check, { background: true });
  };
  host.timers.after(CERTIFICATE_CHECK_MS, check, { background: true });
}
