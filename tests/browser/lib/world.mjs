// What the demo offers: its addresses, the names on the lists, and who of its patients may see data.

import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { Visitor } from './browser.mjs';
import { His } from './his.mjs';
import { authorizeUrl } from './pgo.mjs';
import { logIn, openLanding } from './steps.mjs';
import { Surroundings } from './surroundings.mjs';

export async function openWorld(demoFile, browser, report, out) {
  const demo = JSON.parse(await readFile(demoFile, 'utf8'));
  const practice = demo.practices[0];
  const world = {
    demo,
    dir: dirname(demoFile),
    browser,
    report,
    out,
    front: new URL(demo.front).origin,
    console: new URL(demo.console).origin,
    pgoOrigin: new URL(demo.pgo.redirect_uri).origin,
    scope: practice.name.replace(/@medmij$/, ''),
    pgo: await pgoName(dirname(demoFile), demo),
  };
  world.around = new Surroundings(demo.surroundings);
  world.his = await His.of(world);
  world.practice = await practiceName(world);
  Object.assign(world, await sortPatients(world, practice.patients));
  return world;
}

/** The PGO's name as patients know it, from the OAuthclientlist. */
async function pgoName(dir, demo) {
  const list = await readFile(join(dir, demo.lists.ocl), 'utf8');
  const clients = list.split(/<OAuthclient>/).filter((part) => part.includes(`>${demo.pgo.client_id}<`));
  const name = clients[0]?.match(/<OAuthclientOrganisatienaam>([^<]+)</)?.[1];
  if (!name) throw new Error(`the OAuthclientlist has no name for ${demo.pgo.client_id}`);
  return name;
}

async function practiceName(world) {
  const visitor = await Visitor.arrive(world, { lang: 'nl' });
  await visitor.page.goto(authorizeUrl(world).url);
  const title = await visitor.page.locator('h1').innerText();
  await visitor.leave();
  return title.replace(/^Inloggen bij /, '');
}

/** The first patient who comes to the consent page, and the first who does not; nobody tells beforehand. */
async function sortPatients(world, patients) {
  const found = {};
  for (const { bsn } of patients) {
    if (found.bsn && found.refusedBsn) break;
    const visitor = await Visitor.arrive(world, { lang: 'nl' });
    await openLanding(visitor);
    await logIn(visitor, { bsn });
    const path = new URL(visitor.page.url()).pathname;
    if (path === '/consent') found.bsn ??= bsn;
    if (path === '/unavailable') found.refusedBsn ??= bsn;
    await visitor.leave();
  }
  if (!found.bsn || !found.refusedBsn) throw new Error('the demo has no patient who passes, or none who does not');
  return found;
}
