/** People without a browser: they speak with the server as a device does. For setting the scene quickly. */

import { randomInt, randomUUID } from 'node:crypto';

export const PASSWORD = 'lignum-demo-2026';

/** How an op travels; see `wire_v1`. */
export interface Op {
  id: string;
  seq: number;
  subject: { kind: 'referral' | 'client'; id: string };
  recorded_at: string;
  after?: string;
  mends?: string;
  body: { do: string } & Record<string, unknown>;
}

export interface Receipt {
  op: string;
  outcome: 'applied' | 'refused' | 'held';
  position?: number;
  refusal?: { code: string; field?: string; message: string };
}

export interface SyncAnswer {
  v: number;
  epoch: string;
  receipts?: Receipt[];
  changes?: ({ t: string } & Record<string, unknown>)[];
  forget?: string[];
  cursor: string;
  more?: boolean;
}

/** A client's file that was set up for a test. */
export interface File {
  client: string;
  referral: string;
  reference: string;
  firstName: string;
  lastName: string;
  fullName: string;
}

const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const VOWELS = 'aeiou';
const CONSONANTS = 'bdfgklmnprstvz';

function pick(text: string): string {
  return text.charAt(randomInt(text.length));
}

/** A family name that nobody else has, so that a search for it finds one file. */
export function rareName(): string {
  const syllables = Array.from({ length: 4 }, () => pick(CONSONANTS) + pick(VOWELS)).join('');
  return syllables.charAt(0).toUpperCase() + syllables.slice(1);
}

export function referenceNumber(): string {
  return `LG-${Array.from({ length: 5 }, () => pick(LETTERS)).join('')}-${randomInt(10, 99)}`;
}

/** A referral form without a fault. */
export function referralForm(firstName: string, lastName: string, reference = referenceNumber()): Record<string, unknown> {
  return {
    reference,
    source: 'school',
    referrer_name: 'Marva Sample',
    referrer_role: 'Guidance counsellor',
    referrer_organisation: 'Sample High',
    first_name: firstName,
    last_name: lastName,
    sex: 'male',
    date_of_birth: '2011-06-09',
    education: 'lower-secondary',
    grade: 'Grade 9',
    parish: 'st-james',
    community: 'Sample Gardens',
    reason: 'He has stayed away for three weeks and was seen with a knife.',
    tried: ['counselling', 'parent-meeting'],
    guardian_name: `Joan ${lastName}`,
    guardian_relation: 'mother',
    guardian_phone: '876-555-0123',
    kin_is_guardian: true,
    applicant_signature: 'on-paper',
    guardian_signature: 'not-yet',
    attested: true,
  };
}

/** A contact form without a fault: a home visit this morning. */
export function contactForm(narrative: string): Record<string, unknown> {
  return { kind: 'home-visit', day: jamaicaDay(), time: '00:01', reached: 'met', narrative };
}

/** Today in Jamaica, as form controls write it. */
export function jamaicaDay(shift = 0): string {
  return new Date(Date.now() - 5 * 3_600_000 + shift * 86_400_000).toISOString().slice(0, 10);
}

/** A signed-in person with a device of their own. */
export class Caller {
  private seq = 0;
  cursor: string | undefined;
  epoch: string | undefined;
  readonly device = randomUUID();

  private constructor(
    private readonly origin: string,
    readonly user: { id: string; name: string; role: string },
    /** As a browser would send it. */
    readonly cookie: string,
  ) {}

  static async signIn(origin: string, username: string, password = PASSWORD): Promise<Caller> {
    const answer = await fetch(`${origin}/api/v1/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
    });
    if (!answer.ok) throw new Error(`${username} cannot sign in: ${answer.status} ${await answer.text()}`);
    const { user } = (await answer.json()) as { user: { id: string; name: string; role: string } };
    const cookie = answer.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
    return new Caller(origin, user, cookie);
  }

  /** An op of this device, not yet sent. */
  op(subject: Op['subject'], body: Op['body'], more: Partial<Op> = {}): Op {
    this.seq += 1;
    return { id: randomUUID(), seq: this.seq, subject, recorded_at: new Date().toISOString(), body, ...more };
  }

  /** One round trip; throws where the server does not answer 200. */
  async sync(ops: Op[] = []): Promise<SyncAnswer> {
    const { status, body } = await this.post({ v: 1, device: this.device, cursor: this.cursor, ops, unsent: ops.length });
    if (status !== 200) throw new Error(`sync: ${status} ${body}`);
    const answer = JSON.parse(body) as SyncAnswer;
    this.cursor = answer.cursor;
    this.epoch = answer.epoch;
    return answer;
  }

  /** Any body to the sync address. */
  async post(body: unknown): Promise<{ status: number; body: string }> {
    const answer = await fetch(`${this.origin}/api/v1/sync`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: this.cookie },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.text() };
  }

  /** Bytes to an address. */
  async put(path: string, body: Buffer): Promise<Response> {
    return fetch(`${this.origin}${path}`, { method: 'PUT', headers: { cookie: this.cookie }, body: new Uint8Array(body) });
  }

  /** What lies at an address. */
  async get(path: string): Promise<Response> {
    return fetch(`${this.origin}${path}`, { headers: { cookie: this.cookie } });
  }

  /** Sends ops in batches and expects every one to be applied. */
  async apply(ops: Op[]): Promise<void> {
    for (let at = 0; at < ops.length; at += 200) {
      const batch = ops.slice(at, at + 200);
      const { receipts = [] } = await this.sync(batch);
      const refused = receipts.find((receipt) => receipt.outcome !== 'applied');
      if (refused) throw new Error(`an op was not applied: ${JSON.stringify(refused)}`);
      if (receipts.length !== batch.length) throw new Error(`${batch.length} ops, ${receipts.length} receipts`);
    }
  }
}

/** Opens files in an officer's hands: a counsellor refers, the supervisor accepts. */
export async function openFiles(origin: string, officer: string, names: [string, string][]): Promise<File[]> {
  const [counsellor, supervisor, holder] = await Promise.all([
    Caller.signIn(origin, 'counsellor'),
    Caller.signIn(origin, 'supervisor'),
    Caller.signIn(origin, officer),
  ]);
  const files = names.map(([firstName, lastName]): File => ({
    client: randomUUID(),
    referral: randomUUID(),
    reference: referenceNumber(),
    firstName,
    lastName,
    fullName: `${firstName} ${lastName}`,
  }));
  await counsellor.apply(
    files.map(({ referral, firstName, lastName, reference }) =>
      counsellor.op({ kind: 'referral', id: referral }, { do: 'send-referral', form: referralForm(firstName, lastName, reference) }),
    ),
  );
  await supervisor.apply(
    files.map(({ referral, client }) =>
      supervisor.op(
        { kind: 'referral', id: referral },
        { do: 'accept', client, case: randomUUID(), officer: holder.user.id, reason: 'Chosen for the test.' },
      ),
    ),
  );
  return files;
}

/** Opens one file under a name that nobody else has. */
export async function openFile(origin: string, officer: string, firstName = 'Andre', lastName = rareName()): Promise<File> {
  const [file] = await openFiles(origin, officer, [[firstName, lastName]]);
  if (!file) throw new Error('no file');
  return file;
}
