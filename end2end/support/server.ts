/** A Lignum server of our own: the release build, a private database in a temporary folder. */

import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type QueryResultRow } from 'pg';
import { BINARY, DIST, ROOT, freePort, until } from './places';

/** What a sub-command said. */
export interface Said {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface ServerOptions {
  /** With fictional people, as `make run` starts it. */
  demo?: boolean;
  /** The address by which browsers reach it, where that is a proxy. */
  publicUrl?: string;
  /** More settings. */
  env?: Record<string, string>;
}

/** As much of the output as helps to understand a failure. */
const KEPT_OUTPUT = 200_000;

export class LignumServer {
  private child: ChildProcess | undefined;
  private output = '';

  private constructor(
    readonly port: number,
    /** The server's data, the private database above all. */
    readonly dataDir: string,
    private readonly options: ServerOptions,
  ) {}

  static async start(options: ServerOptions = {}): Promise<LignumServer> {
    if (!existsSync(BINARY)) throw new Error(`${BINARY} is missing: run make dist`);
    const dataDir = mkdtempSync(join(tmpdir(), 'lignum-e2e-'));
    // Root's server gives up root for the database: its user must be able to pass through.
    chmodSync(dataDir, 0o711);
    const server = new LignumServer(await freePort(), dataDir, options);
    await server.launch();
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    if (this.child?.pid === undefined) throw new Error('the server does not run');
    return this.child.pid;
  }

  /** What it has written so far. */
  get log(): string {
    return this.output;
  }

  private get environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      LIGNUM_DATA_DIR: this.dataDir,
      LIGNUM_SITE_ROOT: join(DIST, 'site'),
      LIGNUM_PUBLIC_URL: this.options.publicUrl ?? this.origin,
      // All our people sign in from one address.
      LIGNUM_SIGN_IN_ATTEMPTS_PER_ADDRESS: '100000',
      ...this.options.env,
    };
  }

  /** Starts it, and waits until it can serve. */
  async launch(): Promise<void> {
    const words = ['serve', ...(this.options.demo ? ['--demo'] : []), '--address', `127.0.0.1:${this.port}`];
    const child = spawn(BINARY, words, { cwd: ROOT, env: this.environment, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    const hear = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString()).slice(-KEPT_OUTPUT);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    let ended = false;
    child.once('exit', () => (ended = true));
    try {
      await until(
        'the server is ready',
        async () => {
          if (ended) return false;
          const answer = await fetch(`${this.origin}/readyz`, { signal: AbortSignal.timeout(2000) });
          return answer.ok ? true : undefined;
        },
        { seconds: 120 },
      );
      if (ended) throw new Error('the server ended at its start');
    } catch (problem) {
      throw new Error(`${String(problem)}\n--- the server said:\n${this.output}`);
    }
  }

  /** Ends it as a crash or a power cut does. Its Postgres is left behind, as it would be. */
  async kill9(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((done) => child.once('exit', () => done()));
    child.kill(signal);
    const slow = setTimeout(() => child.kill('SIGKILL'), 30_000);
    await gone;
    clearTimeout(slow);
    this.child = undefined;
  }

  /** Stops it if it runs, and starts it on the same data. */
  async restart(): Promise<void> {
    await this.stop();
    await this.launch();
  }

  /** Stops it for good and removes its data. */
  async dispose(): Promise<void> {
    await this.stop();
    const database = this.home();
    await this.endOrphan(join(database, 'postgres/postmaster.pid'));
    for (const folder of new Set([this.dataDir, database])) rmSync(folder, { recursive: true, force: true });
  }

  /** After `kill9` the server's own postmaster still runs: ends that one. */
  private async endOrphan(pidFile: string): Promise<void> {
    if (!existsSync(pidFile)) return;
    const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
    if (!Number.isInteger(pid) || pid < 2) return;
    try {
      process.kill(pid, 'SIGINT');
    } catch {
      return;
    }
    await until('postgres ends', () => (existsSync(pidFile) ? undefined : true), { seconds: 30 });
  }

  /** The folder of the private cluster: root keeps it elsewhere where the data folder is out of reach. */
  private home(): string {
    const pointer = join(this.dataDir, 'postgres-is-at');
    return existsSync(pointer) ? readFileSync(pointer, 'utf8').trimEnd() : this.dataDir;
  }

  /** The folder of the private database's socket. */
  get socket(): string {
    return join(this.home(), 'socket');
  }

  /** A connection to the private database as its owner; the caller ends it. */
  async connect(): Promise<Client> {
    const client = new Client({ host: this.socket, port: 5432, user: 'lignum', database: 'lignum' });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** Asks the private database, as its owner. */
  async sql<Row extends QueryResultRow = QueryResultRow>(text: string, parameters: unknown[] = []): Promise<Row[]> {
    const client = await this.connect();
    try {
      return (await client.query<Row>(text, parameters)).rows;
    } finally {
      await client.end();
    }
  }

  /** Runs a sub-command on the same data. */
  async cli(words: string[], input = ''): Promise<Said> {
    const child = spawn(BINARY, words, { cwd: ROOT, env: this.environment, stdio: ['pipe', 'pipe', 'pipe'] });
    const said: Said = { code: null, stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    said.code = await new Promise<number | null>((done, fail) => {
      child.once('error', fail);
      child.once('close', done);
    });
    return said;
  }
}
