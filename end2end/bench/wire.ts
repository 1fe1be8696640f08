/** HTTP/1.1 byte by byte: what really goes over the line, headers and bodies apart. */

import { connect, type Socket } from 'node:net';

export interface Exchange {
  status: number;
  requestHead: number;
  requestBody: number;
  responseHead: number;
  responseBody: number;
  /** From the last byte sent to the last byte heard. */
  milliseconds: number;
  body: Buffer;
}

/** One connection that is kept open. */
export class Line {
  private heard: Buffer = Buffer.alloc(0);
  private wake: (() => void) | undefined;
  private ended = false;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.heard = Buffer.concat([this.heard, chunk]);
      this.wake?.();
    });
    socket.on('close', () => {
      this.ended = true;
      this.wake?.();
    });
    socket.on('error', () => undefined);
  }

  static async open(port: number): Promise<Line> {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    await new Promise<void>((done, fail) => {
      socket.once('connect', done);
      socket.once('error', fail);
    });
    return new Line(socket);
  }

  close(): void {
    this.socket.destroy();
  }

  async ask(method: string, path: string, headers: [string, string][], body = ''): Promise<Exchange> {
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const head = `${method} ${path} HTTP/1.1\r\n${lines}${body ? `Content-Length: ${Buffer.byteLength(body)}\r\n` : ''}\r\n`;
    this.heard = Buffer.alloc(0);
    const begun = performance.now();
    this.socket.write(head + body);
    const headEnd = await this.until(() => {
      const at = this.heard.indexOf('\r\n\r\n');
      return at < 0 ? undefined : at + 4;
    });
    const responseHead = this.heard.subarray(0, headEnd).toString('latin1');
    const length = /\r\ncontent-length: (\d+)/i.exec(responseHead)?.[1];
    const chunked = /\r\ntransfer-encoding: chunked/i.test(responseHead);
    const end = await this.until(() => {
      if (chunked) {
        const at = this.heard.indexOf('0\r\n\r\n', headEnd);
        return at < 0 ? undefined : at + 5;
      }
      const whole = headEnd + Number(length ?? 0);
      return this.heard.length >= whole ? whole : undefined;
    });
    return {
      status: Number(responseHead.split(' ')[1]),
      requestHead: Buffer.byteLength(head),
      requestBody: Buffer.byteLength(body),
      responseHead: headEnd,
      responseBody: end - headEnd,
      milliseconds: performance.now() - begun,
      body: this.heard.subarray(headEnd, end),
    };
  }

  private async until<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (this.ended) throw new Error('the line was cut');
      await new Promise<void>((done) => (this.wake = done));
    }
  }
}
