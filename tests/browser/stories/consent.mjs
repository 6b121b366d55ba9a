// A patient comes from the PGO, logs in and gives consent.

import { Visitor } from '../lib/browser.mjs';
import { checkPage } from '../lib/page.mjs';
import { expectAtPgo } from '../lib/pgo.mjs';
import { identify, openLanding, press, words } from '../lib/steps.mjs';

export async function consent(world, story) {
  const visitor = await Visitor.arrive(world, story);
  const t = words(visitor);
  const request = await openLanding(visitor);
  await checkPage(visitor, 'landing', { title: t.landing(world.practice) });
  const before = await sessionCookie(visitor);
  await press(visitor, t.login);
  await checkPage(visitor, 'login', { title: t.simulator, practice: false });
  await identify(visitor);
  await checkPage(visitor, 'consent', { title: t.consent });
  const after = await sessionCookie(visitor);
  world.report.expect(story.where, 'the session has another id after the login', before && after && before !== after);
  await readExplanation(visitor);
  await checkPage(visitor, 'explanation', { title: t.consent });
  await tickIndefinite(visitor);
  await press(visitor, t.give);
  await expectAtPgo(visitor, request, {});
  world.report.expect(story.where, 'one code', visitor.codes.size === 1, visitor.codes.size);
  await visitor.leave();
}

async function readExplanation(visitor) {
  const { page, world, story } = visitor;
  const t = words(visitor);
  const details = page.locator('details');
  const isOpen = () => details.evaluate((element) => element.open);
  const closed = !(await isOpen());
  await page.locator('summary').focus();
  await page.keyboard.press('Enter');
  const opened = await isOpen();
  world.report.expect(story.where, 'the explanation is closed at first and Enter opens it', closed && opened);
  const text = await page.locator('main').innerText();
  const missing = [t.sixMonths, world.pgo, world.practice, 'MedMij'].filter((part) => !text.includes(part));
  const isComplete = missing.length === 0;
  world.report.expect(story.where, 'the explanation names term, PGO, practice and MedMij', isComplete, missing);
  const links = await details.locator('a[href^="https://"]').count();
  world.report.expect(story.where, 'the explanation links to the privacy statement', links === 1, links);
}

async function tickIndefinite(visitor) {
  const { page, world, story } = visitor;
  const box = page.getByLabel(words(visitor).indefinite);
  world.report.expect(story.where, 'the choice for an indefinite time is not preset', !(await box.isChecked()));
  await box.check();
}

async function sessionCookie(visitor) {
  const cookies = await visitor.context.cookies();
  return cookies.find(({ name }) => name === '__Host-dvza')?.value;
}
