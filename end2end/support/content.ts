/** Pictures of attachments, made and sealed with nothing of Lignum's own: by what docs/vault.md says. */

import { createCipheriv, createHash, randomBytes, randomUUID } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import type { Caller } from './api';

const CHUNK = 128 * 1024;

/** A PNG of one colour. */
export function plainPicture(width = 320, height = 200): Buffer {
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, 0xd8)]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const part = (kind: string, content: Buffer): Buffer => {
    const named = Buffer.concat([Buffer.from(kind), content]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(content.length);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, sum]);
  };
  const image = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), part('IHDR', header), part('IDAT', image), part('IEND', Buffer.alloc(0))]);
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** A picture with what the browser's own camera roll writes beside it: a place, in words that can be searched for. */
export function withPlace(jpeg: Buffer, place: string): Buffer {
  const said = Buffer.concat([Buffer.from('Exif\0\0'), Buffer.from(place)]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(said.length + 2);
  return Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0xff, 0xe1]), length, said, jpeg.subarray(2)]);
}

/** Attaches a picture to a file and sends its content, as a device would. */
export async function attachPicture(officer: Caller, client: string, title: string): Promise<void> {
  const [open, name, key] = [plainPicture(), randomUUID(), randomBytes(32)];
  const form = {
    kind: 'photo',
    title,
    content: name,
    media: 'image/png',
    size: open.length,
    sha256: createHash('sha256').update(open).digest('hex'),
    key: key.toString('base64'),
  };
  await officer.apply([officer.op({ kind: 'client', id: client }, { do: 'attach', form })]);
  const count = Math.ceil(open.length / CHUNK);
  for (let at = 0; at < count; at += 1) {
    const body = seal(key, ['content', name, String(at), String(count)], open.subarray(at * CHUNK, (at + 1) * CHUNK));
    const answer = await officer.put(`/api/v1/contents/${name}/${at}`, body);
    if (!answer.ok) throw new Error(`a chunk was refused: ${answer.status} ${await answer.text()}`);
  }
}

function seal(key: Buffer, place: string[], open: Buffer): Buffer {
  const nonce = randomBytes(12);
  const address = [Buffer.from([1])];
  for (const part of place) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(Buffer.byteLength(part)));
    address.push(length, Buffer.from(part));
  }
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.concat(address));
  return Buffer.concat([Buffer.from([1]), nonce, cipher.update(open), cipher.final(), cipher.getAuthTag()]);
}
