// What the HIS delivers: a record that is not taken stands on a list until it comes in good order, and a delivery with which the
// practice would vanish waits for the word of an employee.

import { act, tick } from '../lib/hands.mjs';
import { episode } from '../lib/patients.mjs';
import { checkStaffPage, comeToWork, follow, staffWords } from '../lib/staff.mjs';

const PEOPLE = { nl: { first: 'Tess', last: 'Tulp' }, en: { first: 'Isa', last: 'Iep' } };
/** One refused record among so many does not refuse the delivery. */
const IN_ORDER = 30;

export async function deliveries(world, story) {
  const start = await world.around.day(-60);
  const person = await world.his.deliver({ ...PEOPLE[story.lang], records: () => [] });
  const wrong = `${person.id}-ep0`;
  const record = (id, d) => ['episode', id, person.id, d];
  const others = Array.from({ length: IN_ORDER }, (_, place) =>
    record(`${person.id}-ep${place + 1}`, episode('Controle', 'A97', start)),
  );
  await world.his.hand([record(wrong, episode(undefined, undefined, start)), ...others]);

  const visitor = await comeToWork(world, story, 'e1');
  const t = staffWords(visitor);
  await act(visitor, t.imports);
  await checkStaffPage(visitor, 'not-taken', t.imports);
  await expectListed(visitor, wrong, t.unnamed);
  // The first delivery of the table is the newest.
  const received = await visitor.page.locator('main td a').first().innerText();
  await follow(visitor, received);
  await checkStaffPage(visitor, 'findings', `${t.deliveryOf} ${received}`);
  await expectListed(visitor, wrong, t.unnamed);
  await act(visitor, t.allDeliveries);

  await world.his.hand([record(wrong, episode('Controle', 'A97', start))], { v: 2 });
  await visitor.page.reload();
  const left = await visitor.page.locator('main').innerText();
  world.report.expect(story.where, 'what came in good order leaves the list', !left.includes(wrong), wrong);

  const employee = ['employee', 'e1', undefined, { name: 'A.W. Lindeboom', role: 'huisarts', active: true }];
  const said = await world.his.hand([employee], { kind: 'full' });
  world.report.expect(story.where, 'a practice that would vanish waits for a person', said.state === 'held', said.state);
  await visitor.page.reload();
  await checkStaffPage(visitor, 'held', t.imports);
  await act(visitor, t.letThrough);
  await checkStaffPage(visitor, 'untold', t.refused, { status: 422 });
  await act(visitor, t.back);
  await tick(visitor, t.looked, true);
  await act(visitor, t.letThrough);
  await checkStaffPage(visitor, 'let-through', t.imports);
  const after = await visitor.page.locator('main').innerText();
  world.report.expect(story.where, 'the page says that it was let through', after.includes(t.wasLetThrough), t.wasLetThrough);
  await visitor.leave();
}

async function expectListed(visitor, id, words) {
  const { page, world, story } = visitor;
  const row = await page.locator('main tr').filter({ hasText: id }).first().innerText();
  world.report.expect(story.where, 'a refused record is told in words', row.includes(words), row);
}
