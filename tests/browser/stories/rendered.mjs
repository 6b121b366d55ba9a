// Pages that no visitor of the demo gets to see – a fault, a login elsewhere, acting for somebody else – as the server renders
// them, handed over as files.

import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { axeFaults } from '../lib/axe.mjs';
import { inPage } from '../lib/browser.mjs';
import { narrowFaults } from '../lib/page.mjs';

export async function rendered(world, story) {
  if (!world.rendered) return;
  const names = (await readdir(world.rendered)).filter((name) => name.startsWith(`${story.lang}-`));
  world.report.expect(story.where, 'there are pages to look at', names.length > 0, names.length);
  for (const name of names.sort()) await judge(world, story, name);
}

async function judge(world, story, name) {
  const context = await world.browser.newContext({ viewport: { width: 1024, height: 768 } });
  const page = await context.newPage();
  page.cdp = await context.newCDPSession(page);
  await page.goto(pathToFileURL(join(resolve(world.rendered), name)).href);
  const { lang, headings } = await inPage(page, () => ({
    lang: document.documentElement.lang,
    headings: document.querySelectorAll('h1').length,
  }));
  const faults = [];
  if (lang !== story.lang) faults.push(`the language is ${lang}`);
  if (headings !== 1) faults.push(`${headings} headings of the first order`);
  faults.push(...(await narrowFaults(page)));
  const { data } = await page.cdp.send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true });
  await mkdir(world.out, { recursive: true });
  await writeFile(join(world.out, name.replace('.html', '.png')), Buffer.from(data, 'base64'));
  const { faults: found, tried } = await axeFaults(page);
  faults.push(...found.map((fault) => `axe ${fault}`));
  world.report.pages += 1;
  world.report.axeRuns += 1;
  world.report.group(`${story.where} ${name}`, faults, `axe ${tried} rules`);
  await context.close();
}
