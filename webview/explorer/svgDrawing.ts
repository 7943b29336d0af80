/** A figure's own SVG on the page, in the theme's colours: for pictures that nothing else draws. */
import type { Figure } from '../../src/core/report/figure';
import { figureRules } from '../../src/core/report/figureStyles';
import { element } from './dom';
import { still, type Drawn } from './drawn';

let areStyled = false;

export function svgDrawing({ svg }: Figure): Drawn {
  if (!areStyled) {
    // A sheet made through the object model: a style element would need 'unsafe-inline'.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`.figure-svg {${figureRules((name) => `var(--figure-${name})`)}}`);
    document.adoptedStyleSheets.push(sheet);
    areStyled = true;
  }
  const text = svg.text.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"');
  const picture = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
  picture.classList.add('figure-svg');
  return still(element('div', {}, document.importNode(picture, true)));
}
