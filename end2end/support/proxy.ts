/**
 * The network between the browser and the server, in our hands: it passes, delays, answers for the server,
 * refuses, or cuts the line after the server has done its work and before the browser hears of it.
 *
 * The browser knows this address only, so it stays the same while servers come and go.
 */

import { createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What came through, as far as it has come. */
export interface Passage {
  method: string;
  /** The address as it came, with its query. */
  url: string;
  path: string;
  body: string;
  /** The headers as they came: name, value, name, value… */
  headers: string[];
  /** What the browser got; undefined where it got nothing. */
  status?: number;
  answer?: string;
  answerHeaders?: string[];
}

/** What a rule does with a request. */
export type Deed =
  /** Answers in the server's place; the server never hears of it. */
  | { do: 'answer'; status: number; headers?: Record<string, string>; body?: string }
  /** The line is cut before the server hears anything. */
  | { do: 'cut-before' }
  /** The server does its work; the line is cut before a byte of its answer gets through. */
  | { do: 'cut-after' }
  /** Waits, then passes. */
  | { do: 'wait'; for: Promise<unknown> };

/** How a request's own bytes get through. */
export interface Brake {
  /** So slowly. */
  bytesPerSecond?: number;
  /** And no further: after so many bytes the line is cut. */
  cutAt?: number;
}

/** Looks at a request; undefined lets it pass. */
export type Rule = (passage: Passage) => Deed | undefined;

export class Proxy {
  /** Everything that came through, oldest first. */
  readonly passages: Passage[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly rules = new Set<Rule>();
  private isDown = false;
  /** Slows down or cuts what a browser sends, while it sends it. */
  brake: (method: string, path: string) => Brake | undefined = () => undefined;

  private constructor(
    private readonly listener: Server,
    private target: number,
  ) {}

  static async start(): Promise<Proxy> {
    const listener = createServer();
    const proxy = new Proxy(listener, 0);
    listener.on('connection', (socket) => {
      if (proxy.isDown) {
        socket.destroy();
        return;
      }
      proxy.sockets.add(socket);
      socket.once('close', () => proxy.sockets.delete(socket));
    });
    listener.on('request', (request, response) => void proxy.pass(request, response));
    await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
    return proxy;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
  }

  /** Which port the server listens on. */
  aim(port: number): void {
    this.target = port;
  }

  /** No network: every line is cut, every new one refused. */
  down(): void {
    this.isDown = true;
    for (const socket of this.sockets) socket.destroy();
  }

  /** The network is back. */
  up(): void {
    this.isDown = false;
  }

  /** Adds a rule; the function that comes back takes it away. Rules are asked in their order. */
  rule(rule: Rule): () => void {
    this.rules.add(rule);
    return () => this.rules.delete(rule);
  }

  /** A fair network again, and nothing remembered. */
  clear(): void {
    this.rules.clear();
    this.brake = () => undefined;
    this.passages.length = 0;
    this.up();
  }

  /** The sync requests so far. */
  get syncs(): Passage[] {
    return this.passages.filter((passage) => passage.path === '/api/v1/sync');
  }

  async stop(): Promise<void> {
    this.down();
    await new Promise((done) => this.listener.close(done));
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const brake = this.brake(request.method ?? 'GET', (request.url ?? '/').split('?')[0] ?? '/');
    const body = await whole(request, brake).catch(() => undefined);
    if (body === undefined) return;
    const passage: Passage = {
      method: request.method ?? 'GET',
      url: request.url ?? '/',
      path: (request.url ?? '/').split('?')[0] ?? '/',
      body: body.toString(),
      headers: request.rawHeaders,
    };
    this.passages.push(passage);
    const deed = [...this.rules].map((rule) => rule(passage)).find((found) => found !== undefined);
    switch (deed?.do) {
      case 'cut-before':
        request.socket.destroy();
        return;
      case 'answer':
        response.writeHead(deed.status, deed.headers).end(deed.body ?? '');
        passage.status = deed.status;
        return;
      case 'wait':
        await deed.for;
        break;
      default:
    }
    try {
      const answer = await this.forward(request, body);
      if (deed?.do === 'cut-after') {
        request.socket.destroy();
        return;
      }
      passage.answer = answer.body.toString();
      passage.answerHeaders = answer.headers;
      passage.status = answer.status;
      response.writeHead(answer.status, answer.headers).end(answer.body);
    } catch {
      // The server is away: the browser sees a broken line, as it would without us.
      request.socket.destroy();
    }
  }

  private forward(request: IncomingMessage, body: Buffer): Promise<{ status: number; headers: string[]; body: Buffer }> {
    return new Promise((done, fail) => {
      const forwarded = ask(
        {
          host: '127.0.0.1',
          port: this.target,
          method: request.method,
          path: request.url,
          headers: { ...request.headers, connection: 'close' },
        },
        (answer) => {
          whole(answer).then((content) => {
            done({ status: answer.statusCode ?? 502, headers: withoutHops(answer.rawHeaders), body: content });
          }, fail);
        },
      );
      forwarded.on('error', fail);
      forwarded.end(body);
    });
  }
}

/** Headers that speak of one line only. */
const HOPS = new Set(['connection', 'keep-alive', 'transfer-encoding']);

function withoutHops(raw: string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name, value] = [raw[i] ?? '', raw[i + 1] ?? ''];
    if (!HOPS.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}

function whole(stream: IncomingMessage, brake: Brake = {}): Promise<Buffer> {
  return new Promise((done, fail) => {
    const chunks: Buffer[] = [];
    let came = 0;
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      came += chunk.length;
      if (brake.cutAt !== undefined && came >= brake.cutAt) stream.socket.destroy();
      if (brake.bytesPerSecond !== undefined) {
        stream.pause();
        setTimeout(() => stream.resume(), (chunk.length / brake.bytesPerSecond) * 1000);
      }
    });
    stream.once('end', () => done(Buffer.concat(chunks)));
    stream.once('error', fail);
    stream.once('close', () => fail(new Error('cut off')));
  });
}
