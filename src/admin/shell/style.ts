/** The console's stylesheet. Colours keep a contrast of at least 4.5 to 1 in both schemes. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f5f6f9, #11131a);
  --card: light-dark(#ffffff, #191c25);
  --line: light-dark(#dfe2ea, #2c3140);
  --strong-line: light-dark(#858da3, #6b7590);
  --text: light-dark(#1b1f2b, #e7e9f0);
  --soft: light-dark(#565e72, #a3abbf);
  --accent: light-dark(#3447c8, #a3b1ff);
  --accent-ground: light-dark(#3447c8, #4a5de0);
  --tint: light-dark(#eef0fb, #232840);
  --good: light-dark(#17663a, #7fdca4);
  --good-ground: light-dark(#e3f5ea, #14301f);
  --bad: light-dark(#a81e2b, #ff9c9f);
  --bad-ground: light-dark(#fdeaea, #3a191c);
  --warn: light-dark(#7a4d00, #f3c877);
  --warn-ground: light-dark(#fdf2d8, #35280f);
  --code: ui-monospace, 'SF Mono', 'Cascadia Code', Menlo, Consolas, monospace;
}
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif;
}
a { color: var(--accent); text-underline-offset: 0.2em; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
main:focus { outline: none; }
h1 { margin: 1.5rem 0 1rem; font-size: 1.6rem; line-height: 1.25; letter-spacing: -0.015em;
  display: flex; flex-wrap: wrap; gap: 0.6rem; align-items: center; overflow-wrap: anywhere; }
h2 { margin: 0 0 0.75rem; font-size: 1.15rem; line-height: 1.3; }
h3 { margin: 1.75rem 0 0.75rem; padding-top: 1.25rem; border-top: 1px solid var(--line);
  font-size: 1rem; }
p { margin: 0 0 0.9rem; max-width: 70ch; }
.wrap { overflow-wrap: anywhere; }
code, pre { font-family: var(--code); font-size: 0.875em; overflow-wrap: anywhere; }
abbr[title] { text-decoration: none; color: var(--soft); font-size: 0.85em; }
time { white-space: nowrap; font-variant-numeric: tabular-nums; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap; }
.skip { position: absolute; left: -100rem; top: 0; z-index: 1; padding: 0.6rem 1rem;
  background: var(--card); }
.skip:focus { left: 0; }
.hint { color: var(--soft); font-size: 0.9rem; }
.lead, .empty { color: var(--soft); }
.top { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between;
  gap: 0.5rem 1.5rem; padding: 0.7rem max(1rem, calc((100% - 62rem) / 2)); background: var(--card);
  border-bottom: 1px solid var(--line); }
.top nav { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 0.8rem; }
.top nav button { white-space: nowrap; }
.brand { display: inline-flex; align-items: center; gap: 0.6rem; font-weight: 650;
  color: var(--text); text-decoration: none; }
.brand img { display: block; }
main { max-width: 64rem; margin: 0 auto; padding: 0 1rem 4rem; }
.heading { padding-top: 1.5rem; }
.eyebrow { display: flex; flex-wrap: wrap; align-items: center; gap: 0.6rem; margin: 0;
  color: var(--soft); font-size: 0.9rem; }
.tenant-name { margin: 0.1rem 0 0.75rem; font-size: 1.5rem; font-weight: 650; line-height: 1.25;
  letter-spacing: -0.015em; overflow-wrap: anywhere; }
.sections { display: flex; flex-wrap: wrap; gap: 0.25rem; border-bottom: 1px solid var(--line); }
.sections a { padding: 0.55rem 0.85rem; margin-bottom: -1px; color: var(--soft);
  text-decoration: none; border-bottom: 3px solid transparent; }
.sections a:hover { color: var(--text); border-color: var(--line); }
.sections a[aria-current] { color: var(--text); font-weight: 600; border-color: var(--accent); }
.sections ~ h1 { font-size: 1.3rem; }
.card { margin: 0 0 1.25rem; padding: 1.4rem 1.5rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 12px; }
.card > :last-child, .card form > :last-child { margin-bottom: 0; }
.narrow { max-width: 28rem; margin: 3rem auto; }
.narrow h1 { margin-top: 0; }
.notice { margin: 1rem 0 1.25rem; padding: 0.9rem 1.1rem; border-radius: 10px;
  border: 1px solid currentcolor; }
.notice > :last-child { margin-bottom: 0; }
[data-state='good'] { color: var(--good); background: var(--good-ground); }
[data-state='bad'] { color: var(--bad); background: var(--bad-ground); }
[data-state='warn'] { color: var(--warn); background: var(--warn-ground); }
[data-state='idle'] { color: var(--soft); background: var(--tint); }
.badge { display: inline-block; padding: 0.1rem 0.6rem; border-radius: 99px; font-size: 0.8rem;
  font-weight: 600; letter-spacing: 0; line-height: 1.5; white-space: nowrap; }
label, legend { font-weight: 600; }
.field { margin-bottom: 1.1rem; min-width: 0; }
.field .hint { margin: 0; }
.field .error { margin: 0.35rem 0 0; color: var(--bad); font-size: 0.9rem; font-weight: 600; }
input:not([type='radio'], [type='checkbox']), select, textarea { width: 100%;
  min-height: 2.7rem; margin-top: 0.35rem;
  padding: 0.45rem 0.75rem; font: inherit; color: var(--text); background: var(--card);
  border: 1px solid var(--strong-line); border-radius: 8px; }
input[readonly] { font-family: var(--code); font-size: 0.875rem; background: var(--tint);
  border-color: var(--line); }
textarea { font-family: var(--code); font-size: 0.875rem; line-height: 1.45; resize: vertical; }
input[aria-invalid], textarea[aria-invalid] { border: 2px solid var(--bad); }
input[type='number'] { max-width: 10rem; }
input[type='checkbox'] { flex: none; width: 1.15rem; height: 1.15rem; accent-color: var(--accent); }
.pick { display: flex; gap: 0.7rem; align-items: center; }
table + .actions, table + form, table + button { margin: 1.1rem 0 0; }
.actions + .hint, form + .hint { margin-top: 0.75rem; }
.copy { display: flex; gap: 0.5rem; align-items: end; }
.copy input { flex: 1; min-width: 0; }
button { min-height: 2.7rem; padding: 0.45rem 1.1rem; font: inherit; font-weight: 600;
  cursor: pointer; color: #fff; background: var(--accent-ground); border: 1px solid transparent;
  border-radius: 8px; }
button:hover { filter: brightness(1.08); }
button[data-kind='danger'] { background: light-dark(#b32431, #c23541); }
button[data-kind='quiet'] { color: var(--accent); background: var(--card);
  border-color: var(--strong-line); }
button[data-kind='plain'] { min-height: 0; padding: 0.2rem 0; font-weight: 400;
  color: var(--accent); background: none; text-decoration: underline;
  text-underline-offset: 0.2em; }
.actions { display: flex; flex-wrap: wrap; align-items: center; gap: 1.25rem; }
.columns { display: grid; grid-template: repeat(4, auto) / 1fr 1fr auto; gap: 0 1rem; }
.columns[data-fields='3'] { grid-template-columns: 1fr 1fr 1fr auto; }
.columns[data-fields='4'] { grid-template-columns: 1fr 1fr 1fr 1fr auto; }
.columns .field { display: grid; grid-row: 1 / span 4; grid-template-rows: subgrid; margin: 0; }
.columns button { grid-row: 3; grid-column: -2; margin-top: 0.35rem; align-self: start; }
.choice { margin: 0 0 1.25rem; padding: 0; border: 0; }
.choice legend { padding: 0; margin-bottom: 0.3rem; }
.choice label { display: flex; gap: 0.7rem; align-items: baseline; padding: 0.35rem 0;
  font-weight: 400; }
.choice strong { font-weight: 500; }
.choice .hint { display: block; }
.choice input { accent-color: var(--accent); transform: translateY(0.1rem); }
.ticks { columns: 15rem; }
.ticks label { break-inside: avoid; }
.plain { margin: 0; padding: 0; border: 0; min-width: 0; }
table { width: 100%; border-collapse: collapse; text-align: left; }
th, td { padding: 0.65rem 1rem 0.65rem 0; border-bottom: 1px solid var(--line);
  vertical-align: baseline; }
tbody tr:last-child > * { border-bottom: 0; padding-bottom: 0; }
thead th { padding-top: 0; color: var(--soft); font-size: 0.82rem; font-weight: 600; }
tbody th { min-width: 7.5rem; font-weight: 600; overflow-wrap: anywhere; }
td { overflow-wrap: anywhere; }
.pager { display: flex; flex-wrap: wrap; gap: 1.25rem; margin-top: 1rem; padding-top: 1rem;
  border-top: 1px solid var(--line); }
.values { margin: 0.6rem 0 0.9rem; }
.values > div { display: grid; grid-template-columns: minmax(9rem, 15rem) 1fr; gap: 0 1.25rem;
  padding: 0.45rem 0; border-bottom: 1px solid var(--line); }
.values > div:last-child { border-bottom: 0; }
.values dt { color: var(--soft); overflow-wrap: anywhere; }
.values dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.values ul { margin: 0; padding-left: 1.1rem; }
.names { margin: 0; padding: 0; columns: 16rem; list-style: none; }
.names li { padding: 0.2rem 0; overflow-wrap: anywhere; break-inside: avoid; }
.history { margin: 0 0 1rem; padding: 0; list-style: none; }
.history > li { padding: 0.25rem 0 0.9rem 1.25rem; border-left: 2px solid var(--line);
  position: relative; }
.history > li::before { content: ''; position: absolute; left: -0.4rem; top: 0.75rem;
  width: 0.65rem; height: 0.65rem; border-radius: 50%; background: var(--accent); }
.history p { margin: 0; max-width: none; }
.history .values { margin: 0.2rem 0; }
.history .values > div { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: 0.1rem 0; border: 0; }
.log { margin: 1rem 0 0; padding: 0; list-style: none; }
.log > li { padding: 0.9rem 0 0.9rem 1rem; border-top: 1px solid var(--line);
  box-shadow: inset 3px 0 0 var(--good-ground); }
.log > li[data-outcome='failed'] { box-shadow: inset 3px 0 0 var(--bad); }
.log p { margin: 0 0 0.25rem; max-width: none; overflow-wrap: anywhere; }
.log .subject { font-weight: 400; }
.log .values { margin: 0.2rem 0 0.4rem; }
.log .values > div { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: 0.1rem 0; border: 0; }
.groups { margin: 0; padding: 0; list-style: none; }
.groups > li { padding: 0.7rem 0; border-top: 1px solid var(--line); }
.groups > li:first-child { border-top: 0; padding-top: 0; }
.groups:last-child > li:last-child { padding-bottom: 0; }
.groups + .groups { border-top: 1px solid var(--line); padding-top: 0.7rem; }
.groups p { margin: 0 0 0.15rem; max-width: none; overflow-wrap: anywhere; }
.filters { display: grid; grid-template-columns: 8rem 1fr 1fr auto; gap: 0 1rem; align-items: end; }
.filters[data-fields='2'] { grid-template-columns: 1fr 10rem auto; margin-bottom: 0.75rem; }
.filters[data-fields='3'] { grid-template-columns: 1fr 13rem 13rem auto; }
div + .filters { margin-top: 1.1rem; }
.filters .field { margin: 0; }
.filters + .hint { margin-top: 0.75rem; }
.health { font-size: 1.1rem; font-weight: 600; max-width: none; }
.figures { display: flex; flex-wrap: wrap; gap: 0 1.25rem; }
.figure { flex: 1 1 10rem; padding: 0.9rem 1.5rem; color: var(--soft); text-decoration: none; }
.figure strong { display: block; color: var(--text); font-size: 1.8rem; line-height: 1.2;
  font-variant-numeric: tabular-nums; }
.figure:hover { border-color: var(--accent); }
.chart { margin: 0; }
.chart p { margin: 0 0 0.4rem; max-width: none; }
.chart svg { display: block; width: 100%; height: 9rem; border-bottom: 1px solid var(--strong-line); }
.chart .ground { fill: transparent; }
.chart g:hover .ground { fill: var(--tint); }
.chart .changes { fill: var(--accent); }
.chart .failures { fill: var(--bad); }
.chart .ends { display: flex; justify-content: space-between; }
.legend > [class^='key-']::before { content: ''; display: inline-block; width: 0.7rem;
  height: 0.7rem; margin-right: 0.4rem; border-radius: 2px; background: var(--accent); }
.legend > .key-failures::before { background: var(--bad); }
.legend > span { margin-right: 0.9rem; }
.light { display: inline-block; width: 0.7rem; height: 0.7rem; margin-right: 0.5rem;
  border-radius: 50%; }
.light[data-state='good'] { background: var(--good); }
.light[data-state='warn'] { background: var(--warn); }
.light[data-state='idle'] { background: var(--strong-line); }
.after { margin-top: 1.25rem; }
del { color: var(--bad); }
ins { color: var(--good); text-decoration: none; }
details { border: 1px solid var(--line); border-radius: 10px; padding: 0 1.1rem; }
details + details { margin-top: 0.6rem; }
summary { padding: 0.75rem 0; font-weight: 600; cursor: pointer; }
.folded { display: inline-block; max-width: 100%; padding: 0; border: 0; vertical-align: top; }
.folded summary { padding: 0; font-weight: 400; }
details ol { margin: 0; padding: 0 0 0.5rem 1.3rem; }
details li { padding: 0.25rem 0 0.6rem 0.3rem; }
.template { position: relative; margin: 0.75rem 0; }
.template button { position: absolute; top: 0.5rem; right: 0.5rem; }
pre { margin: 0; padding: 1rem; overflow-x: auto; background: var(--tint); border-radius: 8px;
  line-height: 1.45; overflow-wrap: normal; }
@media (max-width: 46rem) {
  .card { padding: 1.1rem 1rem; }
  .columns, .columns .field, .filters, .filters[data-fields] { display: block; }
  .columns .field, .filters .field { margin-bottom: 1.1rem; }
  .sections a { padding: 0.55rem 0.6rem; }
  .template button { position: static; margin-bottom: 0.5rem; }
  td > .badge { justify-self: start; }
  .values > div { grid-template-columns: 1fr; }
  table, tbody, tr, tbody th, td { display: block; width: 100%; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { padding: 0.7rem 0; border-bottom: 1px solid var(--line); }
  tbody tr:first-child { padding-top: 0; }
  tbody tr:last-child { border-bottom: 0; padding-bottom: 0; }
  tbody th, td { padding: 0.12rem 0; border: 0; }
  td { display: grid; grid-template-columns: 7rem 1fr; gap: 0.75rem; }
  td::before { content: attr(data-label); color: var(--soft); font-size: 0.9rem; }
}
@media (prefers-reduced-motion: no-preference) {
  button, .sections a { transition: filter 120ms, border-color 120ms; }
}
`
