// A PDF read back by a reader that others wrote.

import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';

/** The text of every page, blanks as one. */
export async function pdfText(bytes) {
  const loading = getDocument({ data: new Uint8Array(bytes), useSystemFonts: false, verbosity: 0 });
  const file = await loading.promise;
  const texts = [];
  for (let number = 1; number <= file.numPages; number += 1) {
    const page = await file.getPage(number);
    const { items } = await page.getTextContent();
    texts.push(items.map(({ str, hasEOL }) => (hasEOL ? `${str} ` : str)).join(''));
  }
  await loading.destroy();
  return texts.join(' ').replace(/\s+/g, ' ');
}
