// Authorization requests that are not right: a page when the client is not trusted, else back with an error.

import { Visitor, inPage } from '../lib/browser.mjs';
import { checkPage } from '../lib/page.mjs';
import { authorizeUrl, expectAtPgo } from '../lib/pgo.mjs';
import { speakBeforehand, words } from '../lib/steps.mjs';

/** Exception 1a: neither a redirect nor a link leads anywhere else. */
export async function unknownClient(world, story) {
  const visitor = await Visitor.arrive(world, story);
  await speakBeforehand(visitor);
  const foreign = { client_id: 'unknown.dvza.test', redirect_uri: 'https://unknown.dvza.test/callback' };
  const stolen = { redirect_uri: 'https://elsewhere.dvza.test/callback' };
  for (const [name, changes] of Object.entries({ 'unknown-client': foreign, 'foreign-redirect': stolen })) {
    await visitor.page.goto(authorizeUrl(world, changes).url);
    const expected = { title: words(visitor).badRequest, status: 400, practice: false };
    await checkPage(visitor, name, expected);
    await expectNoWayOut(visitor);
  }
  world.report.expect(story.where, 'the PGO heard nothing', visitor.callbacks.length === 0, visitor.callbacks.length);
  await visitor.leave();
}

async function expectNoWayOut(visitor) {
  const { page, world, story } = visitor;
  const ways = await inPage(page, () => [
    ...[...document.querySelectorAll('a[href], area[href], link[href]')].map((one) => one.href),
    ...[...document.querySelectorAll('form')].map((one) => one.action),
    ...[...document.querySelectorAll('meta[http-equiv]')].map((one) => one.content),
  ]);
  const foreign = ways.filter((way) => !way.startsWith(`${world.front}/`));
  world.report.expect(story.where, 'no link, form or redirect leads elsewhere', foreign.length === 0, foreign);
}

/** Exception 1b. */
export async function badScope(world, story) {
  const visitor = await Visitor.arrive(world, story);
  await speakBeforehand(visitor);
  for (const scope of ['nobodyhere', `${world.scope} other`, `${world.scope}~49`]) {
    const request = authorizeUrl(world, { scope });
    await visitor.page.goto(request.url);
    // In English the choice of the language opened a session; it is none of this request's.
    await visitor.context.clearCookies({ name: '__Host-dvza' });
    await expectAtPgo(visitor, request, { error: 'invalid_scope' });
  }
  await visitor.leave();
}
