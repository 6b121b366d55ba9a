// Every way back to the PGO without a code. They must look the same to the PGO.

import { Visitor } from '../lib/browser.mjs';
import { checkPage } from '../lib/page.mjs';
import { expectAtPgo } from '../lib/pgo.mjs';
import { goToConsent, identify, logIn, openConsents, openLanding, press, words } from '../lib/steps.mjs';

/** What the PGO was told by the first refusal, without the state. */
let told;

async function expectDenied(visitor, request) {
  const { state, ...found } = await expectAtPgo(visitor, request, { error: 'access_denied' });
  const text = JSON.stringify(found);
  told ??= text;
  const { world, story } = visitor;
  world.report.expect(story.where, 'the PGO learns no more than from any other refusal', text === told, text);
}

export async function refusal(world, story) {
  const visitor = await Visitor.arrive(world, story);
  const t = words(visitor);
  const request = await goToConsent(visitor);
  await checkPage(visitor, 'consent', { title: t.consent });
  await press(visitor, t.refuse);
  await expectDenied(visitor, request);
  await visitor.leave();
}

export async function cancelAtLanding(world, story) {
  const visitor = await Visitor.arrive(world, story);
  const t = words(visitor);
  const request = await openLanding(visitor);
  await checkPage(visitor, 'landing', { title: t.landing(world.practice) });
  await press(visitor, t.cancel);
  await expectDenied(visitor, request);
  await visitor.leave();
}

export async function cancelAtLogin(world, story) {
  const visitor = await Visitor.arrive(world, story);
  const t = words(visitor);
  const request = await openLanding(visitor);
  await cancelLogin(visitor);
  await checkPage(visitor, 'cancelled', { title: t.cancelled });
  await expectText(visitor, t.nothingCollected);
  await press(visitor, t.retry);
  await checkPage(visitor, 'login-again', { title: t.simulator, practice: false });
  await identify(visitor);
  await checkPage(visitor, 'consent', { title: t.consent });
  const again = await openLanding(visitor);
  await cancelLogin(visitor);
  await press(visitor, t.back(world.pgo));
  world.report.expect(story.where, 'each visit has its own state', request.state !== again.state);
  await expectDenied(visitor, again);
  await visitor.leave();
}

async function cancelLogin(visitor) {
  await press(visitor, words(visitor).login);
  await press(visitor, words(visitor).cancel);
}

export async function unavailable(world, story) {
  const visitor = await Visitor.arrive(world, story);
  const t = words(visitor);
  const request = await openLanding(visitor);
  await logIn(visitor, { bsn: world.refusedBsn });
  await checkPage(visitor, 'unavailable', { title: t.unavailable });
  await expectText(visitor, t.nothingShared);
  await press(visitor, t.back(world.pgo));
  await expectDenied(visitor, request);
  await visitor.leave();
}

/** Back to the PGO at once; where one came from no PGO, a page says why. */
export async function levelTooLow(world, story) {
  const visitor = await Visitor.arrive(world, story);
  const t = words(visitor);
  const request = await openLanding(visitor);
  await logIn(visitor, { level: 'midden' });
  await expectDenied(visitor, request);
  await openConsents(visitor);
  await checkPage(visitor, 'landing-of-consents', { title: t.landing(world.practice) });
  await logIn(visitor, { level: 'midden' });
  await checkPage(visitor, 'level', { title: t.level });
  await visitor.leave();
}

async function expectText(visitor, text) {
  const { page, world, story } = visitor;
  const found = await page.locator('main').innerText();
  world.report.expect(story.where, `the page says "${text}"`, found.includes(text), found);
}
