// The PGO's server: exchanges a code for tokens and collects what they are for.

import { randomUUID } from 'node:crypto';

import { connect } from './mutual.mjs';

/** What a PGO asks for to have the record of a GP. */
const RECORD = ['EpisodeOfCare', 'Condition', 'Composition', 'Encounter', 'Procedure', 'Observation', 'DiagnosticReport'];

export class Collector {
  #send;
  #tokens;

  /** With the code that the person brought back. */
  static async exchange(world, code) {
    const collector = new Collector();
    collector.world = world;
    collector.#send = connect(world, world.demo.pgo);
    const { redirect_uri } = world.demo.pgo;
    const answer = await collector.#token({ grant_type: 'authorization_code', code, redirect_uri });
    if (answer.status !== 200) throw new Error(`the token endpoint answers ${answer.status}: ${answer.text}`);
    return collector;
  }

  /** New tokens, after a consent for an indefinite time; the status of the answer. */
  async refresh() {
    const answer = await this.#token({ grant_type: 'refresh_token', refresh_token: this.#tokens.refresh_token });
    return answer.status;
  }

  async #token(fields) {
    const body = new URLSearchParams({ ...fields, client_id: this.world.demo.pgo.client_id }).toString();
    const headers = { ...ids(), 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await this.#send(`${this.world.demo.back}/oauth/token`, { method: 'POST', headers, body });
    if (answer.status === 200) this.#tokens = JSON.parse(answer.text);
    return answer;
  }

  /** One request of a data service, as it is answered. */
  get(service, path, accept = 'application/fhir+json') {
    const headers = { ...ids(), accept, authorization: `Bearer ${this.#tokens.access_token}` };
    return this.#send(`${this.world.demo.back}/fhir/${this.world.scope}/${service}/${path}`, { headers });
  }

  /** Every resource of the record. */
  async record() {
    const found = [];
    for (const kind of RECORD) found.push(...(await this.#search('HG-R4', kind)));
    return found;
  }

  /** Every document that there is, described. */
  async documents() {
    const found = await this.#search('DOC-R4', 'DocumentReference');
    return found.filter(({ resourceType }) => resourceType === 'DocumentReference');
  }

  /** Page after page. */
  async #search(service, kind) {
    const base = `${this.world.demo.back}/fhir/${this.world.scope}/${service}/`;
    const found = [];
    for (let path = kind; path; ) {
      const answer = await this.get(service, path);
      if (answer.status !== 200) throw new Error(`${service} ${kind} answers ${answer.status}: ${answer.text}`);
      const bundle = JSON.parse(answer.text);
      found.push(...(bundle.entry ?? []).map(({ resource }) => resource));
      const next = bundle.link?.find(({ relation }) => relation === 'next')?.url;
      path = next?.startsWith(base) ? next.slice(base.length) : undefined;
    }
    return found;
  }
}

/** New ones for each request. */
const ids = () => ({ 'MedMij-Request-ID': randomUUID(), 'X-Correlation-ID': randomUUID() });

/** The words of the record that people decide about, one by one: episodes, procedures, lines. */
export function wordsOf(resources) {
  const of = (kind) => resources.filter(({ resourceType }) => resourceType === kind);
  const lines = of('Composition').flatMap(({ section = [] }) => section.map(({ text }) => plain(text?.div)));
  const episodes = of('Condition').map(({ code }) => code?.text ?? code?.coding?.[0]?.display);
  const procedures = of('Procedure').map(({ code }) => code?.text ?? code?.coding?.[0]?.display);
  return [...new Set([...episodes, ...procedures, ...lines])].toSorted();
}

/** The text of a narrative. */
const plain = (div = '') => div.replace(/<[^>]*>/g, '').trim();
