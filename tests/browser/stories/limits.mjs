// A screen of 320 px, and a browser that runs no scripts.

import { Visitor } from '../lib/browser.mjs';
import { checkPage } from '../lib/page.mjs';
import { expectAtPgo } from '../lib/pgo.mjs';
import { goToOverview, identify, openLanding, press, words } from '../lib/steps.mjs';

export function narrow(world, story) {
  return wholeStory(world, story, { options: { viewport: { width: 320, height: 640 } }, axe: true });
}

/** axe is a script itself; what it would find is found in the other stories. */
export function noScript(world, story) {
  return wholeStory(world, story, { options: { javaScriptEnabled: false }, axe: false });
}

async function wholeStory(world, story, { options, axe }) {
  const visitor = await Visitor.arrive(world, story, options);
  const t = words(visitor);
  const request = await openLanding(visitor);
  await checkPage(visitor, 'landing', { title: t.landing(world.practice), axe });
  await throughCancelledLogin(visitor, axe);
  await checkPage(visitor, 'consent', { title: t.consent, axe });
  await visitor.page.getByLabel(t.indefinite).check();
  await visitor.page.locator('summary').click();
  await checkPage(visitor, 'explanation', { title: t.consent, axe });
  await press(visitor, t.give);
  await expectAtPgo(visitor, request, {});
  await throughOverview(visitor, axe);
  await visitor.leave();
}

async function throughCancelledLogin(visitor, axe) {
  const t = words(visitor);
  await press(visitor, t.login);
  await checkPage(visitor, 'login', { title: t.simulator, practice: false, axe });
  await press(visitor, t.cancel);
  await checkPage(visitor, 'cancelled', { title: t.cancelled, axe });
  await press(visitor, t.retry);
  await identify(visitor);
}

async function throughOverview(visitor, axe) {
  const { page, world } = visitor;
  const t = words(visitor);
  await goToOverview(visitor);
  await checkPage(visitor, 'overview', { title: t.overview(world.practice), axe });
  const last = page.locator('button[name=withdraw]').last();
  await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), last.click()]);
  await checkPage(visitor, 'withdrawal', { title: t.withdrawal, axe });
  await press(visitor, t.withdrawYes);
  await press(visitor, t.leave);
  await checkPage(visitor, 'left', { title: t.left, practice: false, axe });
}
