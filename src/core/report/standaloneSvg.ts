import { px, type Figure } from './figure';
import { figureRules, LIGHT_FIGURE } from './figureStyles';
import { el, Markup } from './markup';

const FONT = '11.5px system-ui, sans-serif';

const LINE = 16;
const CHAR = 6.4;

/**
 * A figure as an SVG file: its colours inside, as values (not every program knows variables), on white.
 * The title and the caption are in it for those who do not see it.
 *
 * @param legend lines below the picture, such as which of the compared runs is A
 */
export function standaloneSvg({ title, caption, svg }: Figure, legend: readonly string[] = []): string {
  const [opening = '', ...rest] = svg.text.split(/(?<=^<svg[^>]*>)/);
  const [, wide = '0', high = '0'] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(opening) ?? [];
  const width = Math.max(Number(wide), ...legend.map((line) => px(line.length * CHAR + 16)));
  const height = px(Number(high) + legend.length * LINE + (legend.length > 0 ? 8 : 0));
  const inside = [
    el('title', {}, title),
    el('desc', {}, caption),
    el('style', {}, new Markup(`svg { font: ${FONT}; }${figureRules((name) => LIGHT_FIGURE[name])}`)),
    el('rect', { width, height, fill: '#ffffff' }),
    ...legend.map((line, i) =>
      el('text', { class: 'axis', x: 8, y: px(Number(high) + (i + 1) * LINE) }, line),
    ),
  ];
  // Attributes are escaped, so that the first '>' ends the tag.
  const root = opening
    .replace(/ width="[^"]*"/, '')
    .replace(/viewBox="[^"]*"/, `viewBox="0 0 ${width} ${height}"`)
    .replace('<svg', `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"`);
  return `${root}${inside.map(({ text }) => text).join('')}${rest.join('')}\n`;
}
