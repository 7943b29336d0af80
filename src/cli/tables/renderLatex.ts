import type { Table, TableSection } from './table';

/** As many as fit a page of an article in 10 pt beside a caption of several lines. */
const ROWS_A_PAGE = 36;
/** Longer cells are sentences: they are broken into lines. */
const LONG_CELL = 60;

/**
 * Tables of the booktabs package, one `table` environment each, made as narrow as the column of the page (graphicx). Those
 * of a section, and each that fills a page, are set before the next begins: LaTeX keeps only so many tables that no text
 * stands between.
 */
export function renderLatex(sections: readonly TableSection[]): string {
  return [
    '% \\usepackage{booktabs, graphicx}',
    ...sections.flatMap(({ heading, tables }) => [
      `% ${heading}`,
      ...tables.flatMap((table) => tableLatex(heading, table)),
      '\\clearpage',
    ]),
  ].join('\n\n');
}

/** The table, or its pages: `longtable` would go over pages too, but not in a text of two columns. */
function tableLatex(heading: string, { title, head, rows, note }: Table): string[] {
  const pages = Math.max(1, Math.ceil(rows.length / ROWS_A_PAGE));
  const columns = head.map((_, i) => columnLatex(i, rows)).join('');
  return Array.from({ length: pages }, (_, page) => {
    const part = pages === 1 ? '' : ` (${page + 1} of ${pages})`;
    const isLast = page === pages - 1;
    const caption = `${heading}. ${title}${part}.${note !== undefined && isLast ? ` ${note}` : ''}`;
    const table = environment(caption, columns, [
      head,
      ...rows.slice(page * ROWS_A_PAGE, (page + 1) * ROWS_A_PAGE),
    ]);
    return isLast ? table : `${table}\n\\clearpage`;
  });
}

function columnLatex(index: number, rows: Table['rows']): string {
  if (rows.some((row) => (row[index] ?? '').length > LONG_CELL)) return 'p{0.7\\linewidth}';
  return index === 0 ? 'l' : 'r';
}

function environment(caption: string, columns: string, [head = [], ...rows]: Table['rows']): string {
  const line = (cells: readonly string[]): string => `    ${cells.map(cellLatex).join(' & ')} \\\\`;
  return [
    '\\begin{table}[htbp]',
    '  \\centering',
    `  \\caption{${escaped(caption)}}`,
    '  \\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%',
    `  \\begin{tabular}{${columns}}`,
    '    \\toprule',
    line(head),
    '    \\midrule',
    ...rows.map(line),
    '    \\bottomrule',
    '  \\end{tabular}}',
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
