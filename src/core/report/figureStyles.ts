/** How the parts of a figure are drawn, wherever it is: in the HTML report, in a file of its own, on a page of VS Code. */

/** Contrast to white: 4.5 for text, 3 for what is drawn; lines that only help the eye, such as the grid's, have less. */
export const LIGHT_FIGURE = {
  ink: '#1b1f24',
  soft: '#57606a',
  rule: '#d0d7de',
  grid: '#d0d7de',
  heat: '#174a9c',
  'on-heat': '#ffffff',
  own: '#e4e8ed',
  floor: '#9a3412',
  c1: '#1a5fb4',
  c2: '#a63a86',
  c3: '#1b7446',
  c4: '#8a5a00',
} as const;

export type FigureColour = keyof typeof LIGHT_FIGURE;

const SERIES = ['c1', 'c2', 'c3', 'c4'] as const;

/** @param colour CSS of a colour by its name */
export function figureRules(colour: (name: FigureColour) => string): string {
  return `
.axis { fill: ${colour('soft')}; }
.value { fill: ${colour('ink')}; font-size: 10.5px; }
.strong { fill: ${colour('on-heat')}; }
.cell { fill: ${colour('heat')}; stroke: ${colour('rule')}; stroke-width: 0.5; }
.own { fill: ${colour('own')}; }
.grid { stroke: ${colour('grid')}; stroke-width: 0.6; }
.line { stroke: ${colour('soft')}; fill: none; }
.floor { stroke: ${colour('floor')}; stroke-width: 2.4; fill: none; }
.spread { stroke: ${colour('ink')}; stroke-width: 1.4; fill: none; }
.column { fill: ${colour('c1')}; fill-opacity: 0.75; }
.curve { stroke-width: 2; fill: none; stroke-linejoin: round; }
.chance { stroke-width: 1.6; stroke-dasharray: 1.5 4; stroke-linecap: round; fill: none; }
.level { stroke-width: 1.2; stroke-dasharray: 12 3; fill: none; }
.span { stroke-width: 2; fill: none; }
.band { fill-opacity: 0.13; }
${SERIES.map(
  (name) => `:is(.curve, .chance, .level, .span).${name} { stroke: ${colour(name)}; }
:is(.band, .mark).${name} { fill: ${colour(name)}; }`,
).join('\n')}
`;
}
