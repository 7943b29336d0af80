import { figureRules, LIGHT_FIGURE } from './figureStyles';

const LIGHT = Object.entries(LIGHT_FIGURE)
  .map(([name, colour]) => `--${name}: ${colour};`)
  .join(' ');

/** Of the HTML report. Colours keep a contrast of 4.5 for text and 3 for what is drawn, on both backgrounds. */
export const REPORT_STYLES = `
:root { color-scheme: light dark;
  --page: #ffffff; --panel: #f6f8fa; ${LIGHT} }
@media (prefers-color-scheme: dark) { :root {
  --page: #0f1419; --panel: #171d24; --ink: #e6edf3; --soft: #9aa7b4; --rule: #303841; --grid: #303841;
  --heat: #74b0ff; --on-heat: #0b1015; --own: #29313a; --floor: #ffb37a;
  --c1: #6ab0ff; --c2: #f391d4; --c3: #5bd49a; --c4: #e3b341; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main, header, nav { max-width: 1180px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 32px; }
h1 { font-size: 1.9em; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 1.4em; margin: 48px 0 4px; padding-top: 16px; border-top: 1px solid var(--rule); overflow-wrap: anywhere; }
h3 { font-size: 1.1em; margin: 24px 0 4px; }
h4 { font-size: 1em; width: 0; min-width: 100%; margin: 0 0 8px; overflow-wrap: anywhere; }
p { max-width: 78ch; margin: 6px 0; overflow-wrap: anywhere; }
.soft, figcaption, caption { color: var(--soft); }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 0; list-style: none; }
a { color: var(--c1); }
.figures { display: flex; flex-wrap: wrap; gap: 16px; align-items: flex-start; margin-top: 14px; }
figure { margin: 0; padding: 14px 16px; background: var(--panel); border: 1px solid var(--rule); border-radius: 6px;
  flex: 0 1 auto; max-width: 100%; break-inside: avoid; }
figcaption { font-size: 0.88em; max-width: 62ch; width: 0; min-width: 100%; margin-top: 6px; overflow-wrap: anywhere; }
svg { display: block; max-width: 100%; height: auto; font: 11.5px system-ui, sans-serif; }
${figureRules((name) => `var(--${name})`)}
details { margin-top: 6px; } summary { cursor: pointer; color: var(--c1); font-size: 0.9em; }
.scroll { overflow-x: auto; margin: 10px 0; }
figure .scroll { width: 0; min-width: 100%; }
table { border-collapse: collapse; font-size: 0.87em; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: 4px; }
th, td { padding: 3px 10px 3px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); font-weight: 400;
  overflow-wrap: break-word; max-width: 60ch; }
thead th { font-weight: 600; white-space: nowrap; } .number { text-align: right; white-space: nowrap; padding-left: 10px; }
pre { overflow: auto; padding: 12px; background: var(--panel); border: 1px solid var(--rule); font-size: 0.85em; }
:focus-visible { outline: 2px solid var(--c1); outline-offset: 2px; }
footer { max-width: 1180px; margin: 40px auto 32px; padding: 0 24px; }
@media print {
  :root { color-scheme: light; --page: #fff; --panel: #fff; --ink: #000; --soft: #444; --rule: #bbb; --grid: #bbb; --heat: #174a9c; --on-heat: #fff;
    --own: #e4e8ed; --floor: #9a3412; --c1: #1a5fb4; --c2: #a63a86; --c3: #1b7446; --c4: #8a5a00; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  nav { display: none; } h2 { break-before: page; } .scroll, pre { overflow: visible; } pre { white-space: pre-wrap; }
  figure { flex-basis: 100%; break-inside: auto; } svg { break-inside: avoid; } table { font-size: 0.72em; } th, td { padding-right: 5px; }
  .number { padding-left: 5px; white-space: normal; } thead th { white-space: normal; }
  details::details-content { content-visibility: visible; height: auto; } summary { list-style: none; }
}
`;
