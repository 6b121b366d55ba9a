// The PGO's side: what it asks, and what it gets back.

import { randomUUID } from 'node:crypto';

/** An authorization request, with values nobody used before. */
export function authorizeUrl(world, changes = {}) {
  const request = {
    response_type: 'code',
    client_id: world.demo.pgo.client_id,
    redirect_uri: world.demo.pgo.redirect_uri,
    scope: world.scope,
    state: `s ${randomUUID()} ~/?&=%`,
    'MedMij-Request-ID': randomUUID(),
    'X-Correlation-ID': randomUUID(),
    ...changes,
  };
  return { state: request.state, url: `${world.front}/oauth/authorize?${new URLSearchParams(request)}` };
}

/** Judges where the PGO was left: at its address, with the same state, and nothing that tells more. */
export async function expectAtPgo(visitor, request, { error }) {
  const { page, world, story } = visitor;
  await page.waitForURL((url) => url.href.startsWith(world.demo.pgo.redirect_uri));
  const last = visitor.callbacks.at(-1);
  const found = Object.fromEntries(last.url.searchParams);
  const where = `${story.where} at the PGO`;
  const faults = [];
  if (found.state !== request.state) faults.push(`state is ${found.state}, not ${request.state}`);
  if (last.method !== 'GET') faults.push(`came by ${last.method}`);
  const referer = Object.keys(last.headers).find((name) => name.toLowerCase() === 'referer');
  if (referer) faults.push(`the address of our page went along: ${last.headers[referer]}`);
  if (error) faults.push(...errorFaults(found, error));
  else faults.push(...codeFaults(found));
  const cookies = (await visitor.context.cookies()).map((cookie) => cookie.name);
  if (cookies.includes('__Host-dvza')) faults.push('the session cookie is still there');
  world.report.group(where, faults, error ? `${error} with the same state` : 'a code with the same state');
  return found;
}

function codeFaults({ code, ...rest }) {
  const others = Object.keys(rest).filter((name) => name !== 'state');
  const faults = others.map((name) => `unexpected parameter ${name}`);
  if (!code || code.length < 22) faults.push(`no code of some length: ${code}`);
  return faults;
}

function errorFaults({ error, code }, expected) {
  const faults = error === expected ? [] : [`error is ${error}, not ${expected}`];
  if (code) faults.push('there is a code as well');
  return faults;
}
