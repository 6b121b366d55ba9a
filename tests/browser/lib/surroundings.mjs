// What is simulated around the demo: the time that passes, and the letters that went out.

import PostalMime from 'postal-mime';

const ZONE = 'Europe/Amsterdam';
/** Half-second looks for a letter. */
const LOOKS = 60;

export class Surroundings {
  constructor(address) {
    this.address = address;
  }

  /** The instant it is in the demo. */
  async now() {
    const { now } = await ask(`${this.address}/time`);
    return new Date(now);
  }

  /** It is that instant now, and time runs on from there. */
  async pass(to) {
    const headers = { 'content-type': 'application/json' };
    await ask(`${this.address}/time`, { method: 'POST', headers, body: JSON.stringify({ to: to.toISOString() }) });
  }

  /** The calendar day so many days from now, as YYYY-MM-DD. */
  async day(offset) {
    return dayOf(await this.now(), offset);
  }

  /** The instant of a wall-clock time on that day. */
  async at(offset, time) {
    return instantOf(await this.day(offset), time);
  }

  /** The letters that went out so far, readable. */
  async letters() {
    const letters = await ask(`${this.address}/letters`);
    return Promise.all(letters.map(async ({ to, message }) => ({ to, message, ...(await read(message)) })));
  }

  /** The last letter to this address that says something of this form; waits for it, in a demo that posts every second. */
  async letterTo(address, form) {
    for (let looks = 0; looks < LOOKS; looks += 1) {
      const letters = await this.letters();
      const letter = letters.findLast(({ to, text }) => to.includes(address) && form.test(text));
      if (letter) return letter;
      await new Promise((resume) => setTimeout(resume, 500));
    }
    throw new Error(`no letter to ${address} says ${form}`);
  }
}

async function read(message) {
  const { subject, text, html } = await PostalMime.parse(message);
  return { subject, text: `${text ?? ''}${html ?? ''}` };
}

async function ask(url, options) {
  const answer = await fetch(url, options);
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

/** In the zone of every date that patients see. */
export function dayOf(instant, offset = 0) {
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE }).format(instant);
  const moved = new Date(`${day}T12:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + offset);
  return moved.toISOString().slice(0, 10);
}

export function instantOf(day, time) {
  const guess = new Date(`${day}T${time}Z`);
  const shown = new Date(`${guess.toLocaleString('sv-SE', { timeZone: ZONE }).replace(' ', 'T')}Z`);
  return new Date(guess.getTime() - (shown.getTime() - guess.getTime()));
}

/** A day as people in the Netherlands write it. */
export const written = (day) => day.split('-').toReversed().join('-');
