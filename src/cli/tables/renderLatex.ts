import type { Table, TableSection } from './table';

/**
 * Tables of the booktabs package, one `table` environment each. Those of a section are set before the next begins: LaTeX
 * keeps only so many tables that no text stands between.
 */
export function renderLatex(sections: readonly TableSection[]): string {
  return sections
    .map(({ heading, tables }) =>
      [`% ${heading}`, ...tables.map((table) => tableLatex(heading, table)), '\\clearpage'].join('\n\n'),
    )
    .join('\n\n');
}

function tableLatex(heading: string, { title, head, rows, note }: Table): string {
  const line = (cells: readonly string[]): string => `    ${cells.map(cellLatex).join(' & ')} \\\\`;
  const caption = `${heading}. ${title}.${note === undefined ? '' : ` ${note}`}`;
  return [
    '\\begin{table}[htbp]',
    '  \\centering',
    `  \\caption{${escaped(caption)}}`,
    `  \\begin{tabular}{l${'r'.repeat(head.length - 1)}}`,
    '    \\toprule',
    line(head),
    '    \\midrule',
    ...rows.map(line),
    '    \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
  ].join('\n');
}

/** Signs and powers of ten as mathematics sets them: a hyphen is no minus. */
function cellLatex(text: string): string {
  const [, number, exponent] = /^(-?\d[\d,]*(?:\.\d+)?)(?:e(-?\d+))?$/.exec(text) ?? [];
  if (number === undefined || (exponent === undefined && !number.startsWith('-'))) return escaped(text);
  return `$${number.replaceAll(',', '{,}')}${exponent === undefined ? '' : ` \\times 10^{${exponent}}`}$`;
}

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  // Dashes and inverted marks in the fonts that LaTeX starts with.
  '|': '\\textbar{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  // A cell that begins with [ would be read as the optional argument of the line break before it.
  '[': '{[}',
  ']': '{]}',
};

const escaped = (text: string): string =>
  text.replace(/[\\~^|<>[\]#$%&_{}]/g, (mark) => SPECIAL[mark] ?? `\\${mark}`);
