// What a person does who has a keyboard only.

import { inPage } from './browser.mjs';

const MOST_STOPS = 40;

/** Tabs to the element with this label or text. Every stop on the way must be visibly in focus. */
export async function tabTo(visitor, name, most = MOST_STOPS) {
  const { page, world, story } = visitor;
  const faults = [];
  for (let stops = 1; stops <= most; stops += 1) {
    await page.keyboard.press('Tab');
    const focus = await inPage(page, lookAtFocus);
    faults.push(...focusFaults(focus));
    if (focus.name === name) {
      world.report.group(`${story.where} focus on "${name}"`, faults, `${stops} stops`);
      return;
    }
  }
  throw new Error(`Tab does not lead to "${name}"`);
}

/** Tabs there and presses a key, which opens another page. */
export async function tabAndPress(visitor, name, key) {
  await tabTo(visitor, name);
  await Promise.all([visitor.page.waitForNavigation({ waitUntil: 'load' }), visitor.page.keyboard.press(key)]);
}

/** Runs inside the page. */
function lookAtFocus() {
  const element = document.activeElement;
  if (!element || element === document.body) return { name: '', nothing: true };
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const middle = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return {
    name: (element.labels?.[0] ?? element).textContent.trim(),
    // Within a field for a day or time the focus goes from part to part.
    isMarked:
      element.matches(':focus-visible, [type=date]:focus-within, [type=time]:focus-within') &&
      style.outlineStyle !== 'none' &&
      parseFloat(style.outlineWidth) >= 2,
    color: style.outlineColor.match(/[\d.]+/g).map(Number),
    // A scroll ends at a whole pixel, a box need not. Of what is higher than the screen – a long table – one end is seen.
    isOnScreen:
      box.width > 0 &&
      box.left >= -1 &&
      box.right <= innerWidth + 1 &&
      (box.height <= innerHeight
        ? box.top >= -1 && box.bottom <= innerHeight + 1
        : (box.top >= -1 && box.top < innerHeight) || (box.bottom > 0 && box.bottom <= innerHeight + 1)),
    place: [box.left, box.top, box.right, box.bottom, innerWidth, innerHeight],
    isCovered: Boolean(middle) && middle !== element && !element.contains(middle),
  };
}

export function focusFaults({ name, nothing, isMarked, color, isOnScreen, isCovered, place }) {
  // Past the last element the focus is the browser's own for one stop.
  if (nothing) return [];
  const faults = [];
  if (!isMarked) faults.push(`"${name}" has the focus and does not show it`);
  else if (contrastWithWhite(color) < 3) faults.push(`the mark of "${name}" hardly stands out: ${color}`);
  if (!isOnScreen) faults.push(`"${name}" has the focus outside the screen: ${place}`);
  if (isCovered) faults.push(`"${name}" has the focus and is covered`);
  return faults;
}

/** WCAG's ratio, against the white of the page. */
function contrastWithWhite([red, green, blue]) {
  const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  return 1.05 / (0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue) + 0.05);
}
