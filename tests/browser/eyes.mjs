// eyes: functions that run inside the page and say what a person would see. They may use nothing from outside.

// WCAG 2 contrast of every piece of text against what is behind it; those below <least>.
export function dimTexts(least) {
  const parse = (text) => (text.match(/[\d.]+/g) ?? []).map(Number);
  const light = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  let count = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    if (!text) continue;
    const element = walker.currentNode.parentElement;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    count++;
    if (ratio < least) found.push(`${ratio.toFixed(2)}: ${text.slice(0, 60)}`);
  }
  return { count, found };
}

// Elements that stick out to the right.
export function wideThings() {
  const width = document.documentElement.clientWidth;
  return {
    scrolls: document.documentElement.scrollWidth > width,
    things: [...document.querySelectorAll('body *')]
      .filter((e) => !e.closest('thead') && e.getBoundingClientRect().right > width + 0.5)
      .map((e) => `${e.tagName} ${e.textContent.slice(0, 40)}`),
  };
}

export function markup() {
  return {
    scripts: document.scripts.length,
    handlers: [...document.querySelectorAll('*')].filter((e) => [...e.attributes].some((a) => /^on/i.test(a.name))).length,
    styles: [...document.querySelectorAll('[style]')].length,
    bold: [...document.querySelectorAll('img, iframe, object, form, script')].map((e) => e.outerHTML),
    text: document.body.innerText,
  };
}
