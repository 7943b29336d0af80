import type { Figure } from './figure';
import { figureRules, LIGHT_FIGURE } from './figureStyles';
import { el, Markup } from './markup';

const FONT = '11.5px system-ui, sans-serif';

/**
 * A figure as an SVG file: its colours inside, as values (not every program knows variables), on white.
 * The title and the caption are in it for those who do not see it.
 */
export function standaloneSvg({ title, caption, svg }: Figure): string {
  const [opening = '', ...rest] = svg.text.split(/(?<=^<svg[^>]*>)/);
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(opening) ?? [];
  const inside = [
    el('title', {}, title),
    el('desc', {}, caption),
    el('style', {}, new Markup(`svg { font: ${FONT}; }${figureRules((name) => LIGHT_FIGURE[name])}`)),
    el('rect', { width: width ?? '100%', height: height ?? '100%', fill: '#ffffff' }),
  ];
  // Attributes are escaped, so that the first '>' ends the tag.
  const root = opening
    .replace(/ width="[^"]*"/, '')
    .replace(
      '<svg',
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width ?? ''}" height="${height ?? ''}"`,
    );
  return `${root}${inside.map(({ text }) => text).join('')}${rest.join('')}\n`;
}
