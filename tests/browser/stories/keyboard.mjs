// The whole consent story without a mouse.

import { Visitor, inPage } from '../lib/browser.mjs';
import { tabAndPress, tabTo } from '../lib/keys.mjs';
import { checkPage } from '../lib/page.mjs';
import { authorizeUrl, expectAtPgo } from '../lib/pgo.mjs';
import { listedConsents, words } from '../lib/steps.mjs';

export async function keyboard(world, story) {
  const visitor = await Visitor.arrive(world, story);
  const request = await landInLanguage(visitor);
  await skipToContent(visitor);
  await throughLogin(visitor);
  await throughConsent(visitor);
  await expectAtPgo(visitor, request, {});
  await withdrawAgain(visitor);
  await visitor.leave();
}

async function landInLanguage(visitor) {
  const { page, world, lang } = visitor;
  const request = authorizeUrl(world);
  await page.goto(request.url);
  if (lang === 'en') await tabAndPress(visitor, 'English', 'Enter');
  return request;
}

/** The first stop is the link that jumps over the header, and the next stop after it is in the content. */
async function skipToContent(visitor) {
  const { page, world, story } = visitor;
  const t = words(visitor);
  await tabTo(visitor, t.skip);
  await checkPage(visitor, 'landing-skip', { title: t.landing(world.practice) });
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  const inside = await inPage(page, () => document.querySelector('main').contains(document.activeElement));
  world.report.expect(story.where, 'the skip link leads into the content', inside);
  await page.keyboard.press('Shift+Tab');
}

async function throughLogin(visitor) {
  const { page, world } = visitor;
  const t = words(visitor);
  await tabAndPress(visitor, t.login, 'Enter');
  await tabTo(visitor, t.bsn);
  await page.keyboard.type(world.bsn);
  await tabTo(visitor, t.levelLabel);
  await page.keyboard.type('hoog');
  await checkPage(visitor, 'login', { title: t.simulator, practice: false });
  await tabAndPress(visitor, t.login, 'Enter');
}

async function throughConsent(visitor) {
  const { page, world, story } = visitor;
  const t = words(visitor);
  await tabTo(visitor, t.indefinite);
  await page.keyboard.press('Space');
  const box = page.getByLabel(t.indefinite);
  world.report.expect(story.where, 'Space ticks the choice', await box.isChecked());
  await tabTo(visitor, t.more);
  await page.keyboard.press('Space');
  const isOpen = await page.locator('details').evaluate((element) => element.open);
  world.report.expect(story.where, 'Space opens the explanation', isOpen);
  await checkPage(visitor, 'consent', { title: t.consent });
  await tabAndPress(visitor, t.give, 'Space');
}

async function withdrawAgain(visitor) {
  const { page, world, story } = visitor;
  const t = words(visitor);
  await page.goto(world.demo.consents);
  await choosePractice(visitor);
  await throughLogin(visitor);
  const before = (await listedConsents(visitor)).length;
  await tabAndPress(visitor, t.withdraw(world.pgo), 'Enter');
  await tabAndPress(visitor, t.withdrawYes, 'Enter');
  const after = (await listedConsents(visitor)).length;
  world.report.expect(story.where, 'a consent is withdrawn without a mouse', after === before - 1, [before, after]);
  await checkPage(visitor, 'overview', { title: t.overview(world.practice) });
  await tabAndPress(visitor, t.leave, 'Enter');
  await checkPage(visitor, 'left', { title: t.left, practice: false });
}

/** Where there are several. */
async function choosePractice(visitor) {
  const { page, world } = visitor;
  const t = words(visitor);
  if ((await page.locator('select[name=practice]').count()) === 0) return;
  await tabTo(visitor, t.practiceLabel);
  await page.keyboard.type(world.practice);
  await checkPage(visitor, 'practices', { title: t.practices, practice: false });
  await tabAndPress(visitor, t.next, 'Enter');
}
