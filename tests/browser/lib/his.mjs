// The HIS of the practice: delivers the patients a story is about.

import { createHash, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { connect } from './mutual.mjs';
import { dayOf, instantOf } from './surroundings.mjs';

/** Where the HIS keeps what it needs for its next delivery. */
const MEMORY = 'his.json';
/** Numbers of the test range from here on are of nobody in the sample practice. */
const FIRST_NUMBER = 999_950_000;
/** RFC 4122, appendix C: the name space of addresses. */
const ADDRESSES = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');

export class His {
  /** The one of the first practice of this demo. */
  static async of(world) {
    const his = new His();
    his.world = world;
    his.send = connect(world, world.demo.his);
    his.file = join(world.dir, MEMORY);
    const known = await readFile(his.file, 'utf8').then(JSON.parse, () => undefined);
    his.state = known?.pid === world.demo.pid ? known : first(world.demo);
    return his;
  }

  /** A patient nobody knew before, with these records beside what everybody has; the number and the id. */
  async deliver({ first, last, email, born, records }) {
    const now = await this.world.around.now();
    const id = `s${(this.state.people += 1)}`;
    const bsn = this.#unusedNumber();
    const person = {
      bsn,
      bsn_verified: true,
      name: { initials: `${first[0]}.`, first, last, use: 'NL1' },
      sex: 'unknown',
      birth: born ?? dayOf(now, -365 * 50),
      gp: 'e1',
      registered_from: dayOf(now, -2000),
      status: 'registered',
      ...(email ? { email } : {}),
    };
    const days = { day: (offset) => dayOf(now, offset), at: (offset, time) => moment(dayOf(now, offset), time) };
    const lines = [['patient', id, undefined, person]];
    for (const [t, name, d] of records(days, (name) => `${id}-${name}`)) lines.push([t, `${id}-${name}`, id, d]);
    const said = await this.hand(lines);
    if (said.state !== 'accepted' || said.refused > 0 || said.held_patients.length > 0) {
      throw new Error(`the delivery is answered with ${JSON.stringify(said)}`);
    }
    return { id, bsn, name: `${last}, ${first[0]}.`, last };
  }

  /** Hands in these records (type, id, whose, content), as changes or as the whole practice; what the server says of it. */
  async hand(lines, { kind = 'delta', v = 1 } = {}) {
    const { demo } = this.world;
    const now = await this.world.around.now();
    const batch = randomUUID();
    const at = new Date(now.getTime() - 1000).toISOString();
    const records = lines.map(([t, id, pat, d]) => `${JSON.stringify({ t, id, v, op: 'put', pat, at, d })}\n`);
    const header = {
      t: 'header',
      fmt: 'dvza-his-2',
      batch,
      kind,
      practice: { ura: '90009992', agb: '01999992' },
      source: { system: 'stories', version: '1', kind: 'his' },
      made: at,
      seq: this.state.seq + 1,
      prev: this.state.batch,
    };
    const counts = {};
    for (const [t] of lines) counts[t] = (counts[t] ?? 0) + 1;
    const sha256 = createHash('sha256').update(records.join('')).digest('hex');
    const body = `${JSON.stringify(header)}\n${records.join('')}${JSON.stringify({ t: 'footer', batch, counts, sha256 })}\n`;
    const headers = { 'content-type': 'application/x-ndjson', 'idempotency-key': batch };
    const answer = await this.send(demo.his.push, { method: 'POST', headers, body });
    if (answer.status !== 202) throw new Error(`the delivery is answered with ${answer.status}: ${answer.text}`);
    const said = JSON.parse(answer.text);
    if (said.state === 'accepted') {
      Object.assign(this.state, { seq: header.seq, batch });
      await writeFile(this.file, JSON.stringify(this.state));
    }
    return said;
  }

  #unusedNumber() {
    const used = this.world.demo.practices.flatMap(({ patients }) => patients.map(({ bsn }) => bsn));
    do this.state.number += 1;
    while (!isNumber(String(this.state.number)) || used.includes(String(this.state.number)));
    return String(this.state.number);
  }
}

/** A letter as a HIS delivers it: the document and its bytes. */
export function letter(of, name, d, text) {
  const bytes = Buffer.from(text, 'utf8');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const document = { ...d, mime: 'text/plain', size: bytes.length, sha256 };
  const blob = { sha256, part: 1, parts: 1, data: bytes.toString('base64') };
  return [
    ['document', name, document],
    ['blob', `${name}-b1`, blob],
  ];
}

/** After the delivery with which the demo began: its name is made of the instant it started at. */
function first({ pid, now, practices }) {
  const ura = '90009992';
  const name = `urn:dvza:demo:${ura}:${new Date(now).getTime()}`;
  const bytes = createHash('sha1').update(Buffer.concat([ADDRESSES, Buffer.from(name)])).digest().subarray(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x50;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  const batch = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  return { pid, seq: 1, batch, people: practices.length, number: FIRST_NUMBER };
}

/** The 11-test. */
function isNumber(number) {
  const weights = [9, 8, 7, 6, 5, 4, 3, 2, -1];
  return weights.reduce((sum, weight, place) => sum + weight * Number(number[place]), 0) % 11 === 0;
}

/** An instant with the offset of Amsterdam at it would do too; UTC is as good. */
const moment = (day, time) => instantOf(day, time).toISOString().replace('.000Z', 'Z');
