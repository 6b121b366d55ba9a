// An employee without the right tries every address and every button: each time nothing happens, and it is on record.

import { readFile } from 'node:fs/promises';

import { inPage } from '../lib/browser.mjs';
import { dossier } from '../lib/patients.mjs';
import { checkStaffPage, comeToWork, openDossier, staffWords } from '../lib/staff.mjs';

const NAMES = { nl: { first: 'Wout', last: 'Walnoot' }, en: { first: 'Vera', last: 'Vuilboom' } };
/** Where every route stands with the right it needs. */
const ROUTES = new URL('../../../src/http/console/mod.rs', import.meta.url);
/** Who tries, and what they may do: the stand-in nothing, the nurse these. */
const TRIERS = { e2: [], e4: ['ViewDossier', 'PublishResult'] };

export async function withoutRight(world, story) {
  const person = NAMES[story.lang];
  const patient = { ...person, ...(await world.his.deliver({ ...person, records: dossier({ open: true }) })) };
  const routes = await readRoutes();
  const owner = await comeToWork(world, story, 'e1');
  await openDossier(owner, patient);
  const path = new URL(owner.page.url()).pathname;
  const pages = routes.filter(({ method }) => method === 'GET').map((route) => route.path.replace('/p/{patient}', path));
  const buttons = await gather(owner, pages);
  const before = await remember(owner, path);
  for (const [employee, rights] of Object.entries(TRIERS)) {
    const forbidden = routes.filter(({ right }) => right && !rights.includes(right));
    await tryEverything(world, story, { employee, forbidden, buttons, path });
  }
  const after = await remember(owner, path);
  world.report.expect(story.where, 'nothing has changed for all that', after === before);
  await owner.leave();
}

/** Method, path and right of every route behind the login. */
async function readRoutes() {
  const source = await readFile(ROUTES, 'utf8');
  const found = [...source.matchAll(/^ +(?:open\(|needs\(Right::(\w+), )"(GET|POST)", "([^"]+)"\),$/gm)];
  const said = Number(source.match(/ROUTES: \[Route; (\d+)\]/)[1]);
  if (found.length !== said) throw new Error(`${found.length} routes were read, not ${said}`);
  return found.map(([, right, method, path]) => ({ method, path, right }));
}

/** Every button that the owner sees on these pages, with the fields of its form. */
async function gather(visitor, paths) {
  const buttons = [];
  for (const path of paths) {
    await visitor.page.goto(`${visitor.world.console}${path}`);
    buttons.push(...(await inPage(visitor.page, readForms)));
  }
  return buttons;
}

/** Runs inside the page. */
function readForms() {
  return [...document.querySelectorAll('main form')].flatMap((form) =>
    [...form.querySelectorAll('button')].map((button) => {
      const fields = [...new FormData(form, button)].filter(([name]) => name !== 'csrf');
      // One who wants to do harm chooses something.
      const first = form.querySelector('input[type=checkbox][name=item]');
      if (first && !fields.some(([name]) => name === 'item')) fields.push(['item', first.value]);
      return { path: form.getAttribute('action'), fields };
    }),
  );
}

/** What an employee could have changed. */
async function remember({ page, world }, path) {
  const texts = [];
  for (const place of [path, `${path}/results`, `${path}/documents`, '/settings', '/rights']) {
    await page.goto(`${world.console}${place}`);
    texts.push(await page.locator('main').evaluate((main) => main.outerHTML.replace(/value="[\w-]{43}"/g, '')));
  }
  return texts.join('\n');
}

async function tryEverything(world, story, { employee, forbidden, buttons, path }) {
  const { report } = world;
  const visitor = await comeToWork(world, story, employee);
  const { page } = visitor;
  const t = staffWords(visitor);
  await checkStaffPage(visitor, `start-${employee}`, t.list);
  await expectNoBait(visitor, employee);
  const denied = await deniedSoFar(world);
  const faults = [];
  let tries = 0;
  const judge = async (what) => {
    tries += 1;
    // That it was refused is no news.
    visitor.takeComplaints();
    const title = await page.locator('h1').innerText();
    if (page.answer.status() !== 403 || title !== t.denied) faults.push(`${what}: ${page.answer.status()} "${title}"`);
  };
  for (const route of forbidden.filter(({ method }) => method === 'GET')) {
    await page.goto(`${world.console}${route.path.replace('/p/{patient}', path)}`);
    await judge(`GET ${route.path}`);
  }
  await checkStaffPage(visitor, `denied-${employee}`, t.denied, { status: 403 });
  for (const route of forbidden.filter(({ method }) => method === 'POST')) {
    const action = route.path.replace('/p/{patient}', path);
    const known = buttons.filter((button) => button.path === action);
    for (const { fields } of known.length > 0 ? known : [{ fields: [] }]) {
      await send(visitor, action, fields);
      await judge(`POST ${route.path} ${fields.map(([name]) => name).join(' ')}`);
    }
  }
  report.group(`${story.where} ${employee}`, faults, `${tries} addresses and buttons are refused`);
  const counted = (await deniedSoFar(world)) - denied;
  report.expect(story.where, `each try of ${employee} is counted`, counted === tries, { counted, tries });
  await visitor.leave();
}

/** Whatever is offered may be used. */
async function expectNoBait(visitor, employee) {
  const { page, world, story } = visitor;
  const addresses = await page.locator('a[href^="/"]').evaluateAll((all) => all.map((one) => one.href));
  const baits = [];
  for (const address of new Set(addresses)) {
    await page.goto(address);
    if (page.answer.status() !== 200) baits.push(address);
  }
  world.report.expect(story.where, `${employee} is offered only what is allowed`, baits.length === 0, baits);
}

/** Sends a form that no page of this employee has, with the employee's own token. */
async function send({ page, world }, action, fields) {
  if (!page.url().startsWith(`${world.console}/help`)) await page.goto(`${world.console}/help`);
  const csrf = await page.locator('input[name=csrf]').first().inputValue();
  await inPage(page, addForm, action, [['csrf', csrf], ...fields]);
  await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), inPage(page, () => document.querySelector('#tried').click())]);
}

/** Runs inside the page. */
function addForm(action, fields) {
  const form = Object.assign(document.createElement('form'), { action, method: 'post' });
  for (const [name, value] of fields) {
    form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
  }
  form.append(Object.assign(document.createElement('button'), { id: 'tried', textContent: 'Try' }));
  document.body.append(form);
}

async function deniedSoFar({ demo }) {
  const metrics = await (await fetch(`${demo.ops}/metrics`)).text();
  return Number(metrics.match(/^dvza_console_denied_total (\d+)$/m)?.[1] ?? 0);
}
