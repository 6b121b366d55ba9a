// A patient looks at the consents given, and withdraws one.

import { Visitor } from '../lib/browser.mjs';
import { checkPage } from '../lib/page.mjs';
import { expectAtPgo } from '../lib/pgo.mjs';
import { goToConsent, goToOverview, listedConsents, logIn, openConsents, press, speak, words } from '../lib/steps.mjs';

export async function overview(world, story) {
  const visitor = await Visitor.arrive(world, story);
  const t = words(visitor);
  await openPractice(visitor);
  const before = await listedConsents(visitor);
  const id = await giveOneMore(visitor, before);
  await checkPage(visitor, 'overview', { title: t.overview(world.practice) });
  await expectDescribed(visitor, id);
  await pick(visitor, id);
  await checkPage(visitor, 'withdrawal', { title: t.withdrawal });
  await press(visitor, t.withdrawNo);
  await expectListed(visitor, [...before, id], 'a consent that is kept is still there');
  await pick(visitor, id);
  await press(visitor, t.withdrawYes);
  await expectListed(visitor, before, 'a consent that is withdrawn is gone');
  await checkPage(visitor, 'overview-after', { title: t.overview(world.practice) });
  await press(visitor, t.leave);
  await checkPage(visitor, 'left', { title: t.left, practice: false });
  await expectOutside(visitor);
  await expectNothingOfStranger(world, story);
}

/** Through the choice of a practice, where there are several. */
async function openPractice(visitor) {
  const { page, world } = visitor;
  const t = words(visitor);
  if (world.demo.practices.length > 1) {
    await page.goto(world.demo.consents);
    await speak(visitor);
    await checkPage(visitor, 'practices', { title: t.practices, practice: false });
  }
  await openConsents(visitor);
  await checkPage(visitor, 'landing', { title: t.landing(world.practice) });
  await logIn(visitor);
}

/** Gives a consent for an indefinite time, and comes back to the overview; the id that is new there. */
async function giveOneMore(visitor, before) {
  const { page, world, story } = visitor;
  const t = words(visitor);
  const request = await goToConsent(visitor);
  await page.getByLabel(t.indefinite).check();
  await press(visitor, t.give);
  await expectAtPgo(visitor, request, {});
  await goToOverview(visitor);
  const added = (await listedConsents(visitor)).filter((id) => !before.includes(id));
  world.report.expect(story.where, 'the overview has exactly one consent more', added.length === 1, added.length);
  return added[0];
}

async function expectDescribed(visitor, id) {
  const { page, world, story } = visitor;
  const t = words(visitor);
  const section = page.locator('section', { has: page.locator(`button[value="${id}"]`) });
  const heading = await section.locator('h2').innerText();
  world.report.expect(story.where, 'it stands under the name of the PGO', heading === world.pgo, heading);
  // The list before the button describes the consent the button withdraws.
  const lines = page.locator(`xpath=//button[@value="${id}"]/ancestor::p[1]/preceding-sibling::ul[1]`);
  const text = await lines.innerText();
  const described = text.includes(t.forIndefinite) && t.given.test(text);
  world.report.expect(story.where, 'it says when it was given, and for how long', described, text);
}

async function pick(visitor, id) {
  const { page } = visitor;
  const chosen = page.locator(`button[name=withdraw][value="${id}"]`);
  await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), chosen.click()]);
}

async function expectListed(visitor, ids, what) {
  const { world, story } = visitor;
  const listed = await listedConsents(visitor);
  const isSame = listed.toSorted().join() === ids.toSorted().join();
  world.report.expect(story.where, what, isSame, `${listed.length} consents, not the ${ids.length} expected`);
}

async function expectOutside(visitor) {
  const { page, world, story } = visitor;
  await page.goBack();
  const ids = await listedConsents(visitor);
  world.report.expect(story.where, 'after leaving, going back shows no consents', ids.length === 0, ids);
  await visitor.leave();
}

/** Somebody without a dossier sees what a patient without consents sees. */
async function expectNothingOfStranger(world, story) {
  const visitor = await Visitor.arrive(world, story);
  await goToOverview(visitor, '999990007');
  await checkPage(visitor, 'overview-empty', { title: words(visitor).overview(world.practice) });
  await visitor.leave();
}
