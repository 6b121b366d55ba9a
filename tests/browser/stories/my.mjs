// The patient's own pages: every one of them judged, once with the mouse and once without.

import { Visitor, inPage } from '../lib/browser.mjs';
import { tabAndPress, tabTo } from '../lib/keys.mjs';
import { checkPage } from '../lib/page.mjs';
import { logIn, press, speak, words } from '../lib/steps.mjs';

const link = (visitor, name) => visitor.page.getByRole('link', { name, exact: true });

/** Follows a link, and is done when the next page is there. */
async function follow(visitor, name) {
  await Promise.all([visitor.page.waitForNavigation({ waitUntil: 'load' }), link(visitor, name).first().click()]);
}

/** Through the choice of a practice, where there are several, to the landing page. */
async function openOwn(visitor, check = false) {
  const { page, world } = visitor;
  const t = words(visitor);
  await page.goto(world.demo.my);
  await speak(visitor);
  if ((await page.locator('select[name=practice]').count()) > 0) {
    if (check) await checkPage(visitor, 'practices', { title: t.my.choose, practice: false });
    await page.locator('select[name=practice]').selectOption(`${world.scope}@medmij`);
    await press(visitor, t.next);
  }
  if (check) await checkPage(visitor, 'landing', { title: t.landing(world.practice) });
}

export async function own(world, story) {
  const visitor = await Visitor.arrive(world, story);
  const t = words(visitor);
  await openOwn(visitor, true);
  await logIn(visitor);
  await checkPage(visitor, 'start', { title: t.my.start(world.practice) });
  await expectWarning(visitor);
  await lookAtData(visitor);
  await ask(visitor);
  await excludeSomebody(visitor);
  await follow(visitor, t.my.help);
  await checkPage(visitor, 'help', { title: t.my.help });
  await backHome(visitor);
  await follow(visitor, t.my.consents);
  await checkPage(visitor, 'consents', { title: t.overview(world.practice) });
  await visitor.page.goto(world.demo.my);
  await keepOpen(visitor);
  await lookAtLog(visitor);
  await press(visitor, t.leave);
  await checkPage(visitor, 'left', { title: t.left });
  await visitor.page.goBack();
  const isOut = (await visitor.page.locator('.log li').count()) === 0;
  world.report.expect(story.where, 'after leaving, going back shows nothing', isOut);
  await visitor.leave();
}

async function backHome(visitor) {
  await follow(visitor, words(visitor).my.home);
}

/** Two minutes before the session ends a warning stands on the page, without script; its time is made to come at once. */
async function expectWarning(visitor) {
  const { page, world, story } = visitor;
  const warning = page.locator('.expiring');
  const before = await warning.isVisible();
  const delays = await inPage(page, () =>
    document.getAnimations().map((animation) => {
      const { delay } = animation.effect.getComputedTiming();
      animation.finish();
      return delay / 60_000;
    }),
  );
  const isRight = !before && (await warning.isVisible()) && delays.length === 1 && delays[0] === 13;
  world.report.expect(story.where, 'who does nothing is warned after 13 minutes', isRight, { before, delays });
  // At the end of the page it lies over nothing, and axe can judge its colours.
  await inPage(page, () => scrollTo(0, document.documentElement.scrollHeight));
  await checkPage(visitor, 'warned', { title: words(visitor).my.start(world.practice) });
}

/** Three clicks from the start to a result, and every section on the way. */
async function lookAtData(visitor) {
  const { page, world } = visitor;
  const t = words(visitor);
  await follow(visitor, t.my.data);
  await checkPage(visitor, 'data', { title: t.my.data });
  const sections = await page.locator('.sections a').allInnerTexts();
  world.report.expect(visitor.story.where, 'some sections have data', sections.length > 5, sections);
  for (const [place, name] of sections.entries()) {
    await follow(visitor, name);
    await checkPage(visitor, `section-${place + 1}`, { title: name });
    await follow(visitor, t.my.section);
  }
  await backHome(visitor);
}

async function ask(visitor) {
  const { page, world, story } = visitor;
  const t = words(visitor);
  await follow(visitor, t.my.requests);
  await checkPage(visitor, 'requests', { title: t.my.requests });
  await press(visitor, t.my.send);
  await checkPage(visitor, 'requests-fault', { title: t.my.requests, status: 422 });
  const place = await link(visitor, t.my.chooseKind).getAttribute('href');
  const leadsTo = await page.locator(place).getAttribute('name');
  world.report.expect(story.where, 'the fault leads to its field', leadsTo === 'kind', leadsTo);
  await page.getByLabel(t.my.copy).check();
  await page.getByLabel(t.my.words).fill('Graag op papier.');
  await press(visitor, t.my.send);
  const said = await page.getByRole('status').innerText();
  // The request of the other language's story is open still.
  world.report.expect(story.where, 'the request is sent', [t.my.sent, t.my.merged].includes(said), said);
  await checkPage(visitor, 'requests-sent', { title: t.my.requests });
  await backHome(visitor);
}

async function excludeSomebody(visitor) {
  const { page } = visitor;
  const t = words(visitor);
  await follow(visitor, t.my.exclusions);
  await checkPage(visitor, 'exclusions', { title: t.my.exclusions });
  for (const [name, label] of [['excluded', t.my.excludes], ['allowed', t.my.allows]]) {
    const button = page.getByRole('button', { name: label }).first();
    await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), button.click()]);
    await checkPage(visitor, name, { title: t.my.exclusions });
  }
  await backHome(visitor);
}

async function keepOpen(visitor) {
  const t = words(visitor);
  await follow(visitor, t.my.close);
  await checkPage(visitor, 'close', { title: t.my.close });
  await press(visitor, t.my.keep);
}

async function lookAtLog(visitor) {
  const { page, world, story } = visitor;
  const t = words(visitor);
  await follow(visitor, t.my.log);
  await checkPage(visitor, 'log', { title: t.my.log });
  const told = (await page.locator('.log').innerText()).includes(t.my.lookedAt);
  world.report.expect(story.where, 'the log tells what one saw oneself', told);
}

/** From the way in to a request, a result and the way out, without a mouse. */
export async function ownByKeyboard(world, story) {
  const visitor = await Visitor.arrive(world, story);
  const { page } = visitor;
  const t = words(visitor);
  await openOwn(visitor);
  await tabAndPress(visitor, t.login, 'Enter');
  await tabTo(visitor, t.bsn);
  await page.keyboard.type(world.bsn);
  await tabAndPress(visitor, t.login, 'Enter');
  await tabTo(visitor, t.skip);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  const inside = await inPage(page, () => document.querySelector('main').contains(document.activeElement));
  world.report.expect(story.where, 'the skip link leads into the content', inside);
  await tabAndPress(visitor, t.my.data, 'Enter');
  await tabAndPress(visitor, t.my.results, 'Enter');
  await checkPage(visitor, 'results', { title: t.my.results });
  await tabAndPress(visitor, t.my.home, 'Enter');
  await tabAndPress(visitor, t.my.requests, 'Enter');
  await chooseByKeyboard(visitor);
  await tabAndPress(visitor, t.my.send, 'Enter');
  const said = await page.getByRole('status').innerText();
  world.report.expect(story.where, 'a request is sent', [t.my.sent, t.my.merged].includes(said), said);
  await tabAndPress(visitor, t.leave, 'Enter');
  await checkPage(visitor, 'left', { title: t.left });
  await visitor.leave();
}

/** Tab leads to the choices, an arrow from one to the next. */
async function chooseByKeyboard(visitor) {
  const { page, world, story } = visitor;
  const t = words(visitor);
  const isInGroup = () => document.activeElement.matches('input[type=radio]');
  for (let stops = 0; stops < 10 && !(await inPage(page, isInGroup)); stops += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  const chosen = await page.locator('input[type=radio]:checked').count();
  world.report.expect(story.where, 'an arrow chooses', chosen === 1, chosen);
  await tabTo(visitor, t.my.words);
  await page.keyboard.type('Zonder muis.');
}

/** Who may see nothing gets the one page, and a way out of it. */
export async function ownOfNobody(world, story) {
  for (const bsn of [world.refusedBsn, '999990007']) {
    const visitor = await Visitor.arrive(world, story);
    const t = words(visitor);
    await openOwn(visitor);
    await logIn(visitor, { bsn });
    if ((await visitor.page.locator('h1').innerText()) === t.unavailable) {
      await checkPage(visitor, 'nothing', { title: t.unavailable });
    } else {
      await checkPage(visitor, 'waiting', { title: t.my.start(world.practice) });
    }
    await press(visitor, t.leave);
    await checkPage(visitor, 'left', { title: t.left });
    await visitor.leave();
  }
}
