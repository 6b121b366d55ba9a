// Going back, and sending twice: nothing counts a second time, and nobody ends in a dead end because of it.

import { Visitor } from '../lib/browser.mjs';
import { checkPage } from '../lib/page.mjs';
import { expectAtPgo } from '../lib/pgo.mjs';
import { button, goToConsent, goToOverview, listedConsents } from '../lib/steps.mjs';
import { openLanding, press, settle, words } from '../lib/steps.mjs';

export async function backAfterConsent(world, story) {
  const visitor = await Visitor.arrive(world, story);
  const t = words(visitor);
  const { page } = visitor;
  const request = await goToConsent(visitor);
  await press(visitor, t.give);
  await expectAtPgo(visitor, request, {});
  await page.goBack();
  const form = button(visitor, t.give);
  // Whether the browser kept the page or asks anew is its own choice; either may not lead to a code.
  if (await form.count()) await press(visitor, t.give);
  await checkPage(visitor, 'after-back', { title: t.expired, status: 400, practice: false });
  await page.goto(`${world.front}/landing`);
  await checkPage(visitor, 'landing-again', { title: t.expired, status: 400, practice: false });
  world.report.expect(story.where, 'no second code', visitor.codes.size === 1, visitor.codes.size);
  await visitor.leave();
}

/** Two tabs with the same consent page: the one that comes second is too late. */
export async function twoTabs(world, story) {
  const visitor = await Visitor.arrive(world, story);
  const t = words(visitor);
  const request = await goToConsent(visitor);
  const second = await visitor.newTab();
  await second.goto(`${world.front}/consent`);
  await press(visitor, t.give);
  await expectAtPgo(visitor, request, {});
  await press(visitor, t.give, second);
  await checkPage(visitor, 'second-tab', { title: t.expired, status: 400, practice: false }, second);
  world.report.expect(story.where, 'no second code', visitor.codes.size === 1, visitor.codes.size);
  await visitor.leave();
}

export async function doubleConsent(world, story) {
  const visitor = await Visitor.arrive(world, story);
  const t = words(visitor);
  const { page } = visitor;
  const before = await consentsNow(world, story);
  const request = await goToConsent(visitor);
  await page.getByLabel(t.indefinite).check();
  await button(visitor, t.give).dblclick({ noWaitAfter: true });
  await settle(page);
  const [codes, url] = [visitor.codes.size, page.url()];
  world.report.expect(story.where, 'a double click gives one code', codes === 1, codes);
  const isThere = url.startsWith(world.demo.pgo.redirect_uri);
  const isExpected = world.report.expect(story.where, 'a double click ends at the PGO, not in an error', isThere, url);
  if (isExpected) await expectAtPgo(visitor, request, {});
  const after = await consentsNow(world, story);
  const added = after.length - before.length;
  world.report.expect(story.where, 'a double click gives one consent', added === 1, added);
  await visitor.leave();
}

/** What the overview lists, seen by another browser of the same person. */
async function consentsNow(world, story) {
  const other = await Visitor.arrive(world, story);
  await goToOverview(other);
  const ids = await listedConsents(other);
  await other.leave();
  return ids;
}

export async function doubleWithdrawal(world, story) {
  const visitor = await Visitor.arrive(world, story);
  const t = words(visitor);
  const { page } = visitor;
  await giveForIndefinite(visitor);
  await goToOverview(visitor);
  const before = await listedConsents(visitor);
  await button(visitor, t.withdraw(world.pgo)).last().dblclick({ noWaitAfter: true });
  await settle(page);
  await checkPage(visitor, 'withdrawal', { title: t.withdrawal });
  await button(visitor, t.withdrawYes).dblclick({ noWaitAfter: true });
  await settle(page);
  await checkPage(visitor, 'overview', { title: t.overview(world.practice) });
  const after = await listedConsents(visitor);
  const gone = before.length - after.length;
  world.report.expect(story.where, 'a double click withdraws one consent', gone === 1, gone);
  await sendAgainAfterBack(visitor, after.length);
  await visitor.leave();
}

async function giveForIndefinite(visitor) {
  await goToConsent(visitor);
  await visitor.page.getByLabel(words(visitor).indefinite).check();
  await press(visitor, words(visitor).give);
}

/** The confirmation may still be in the history: sent again, it withdraws nothing more. */
async function sendAgainAfterBack(visitor, count) {
  const { page, world, story } = visitor;
  const t = words(visitor);
  await page.goBack();
  if (await button(visitor, t.withdrawYes).count()) await press(visitor, t.withdrawYes);
  await checkPage(visitor, 'after-back', { title: t.overview(world.practice) });
  const now = (await listedConsents(visitor)).length;
  world.report.expect(story.where, 'going back and sending again withdraws nothing more', now === count, now);
}

export async function doubleLanding(world, story) {
  const visitor = await Visitor.arrive(world, story);
  const t = words(visitor);
  const { page } = visitor;
  const request = await openLanding(visitor);
  await button(visitor, t.login).dblclick({ noWaitAfter: true });
  await settle(page);
  await checkPage(visitor, 'login', { title: t.simulator, practice: false });
  await page.getByLabel(t.bsn).fill(world.bsn);
  await button(visitor, t.login).dblclick({ noWaitAfter: true });
  await settle(page);
  await checkPage(visitor, 'consent', { title: t.consent });
  await button(visitor, t.refuse).dblclick({ noWaitAfter: true });
  await settle(page);
  await expectAtPgo(visitor, request, { error: 'access_denied' });
  await visitor.leave();
}
