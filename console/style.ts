/** One sheet for every page; light and dark by what the reader's system asks for. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f5f6f8, #0f141a);
  --paper: light-dark(#ffffff, #171d25);
  --ink: light-dark(#151d27, #e7ecf2);
  --dim: light-dark(#566170, #9ba8b7);
  --line: light-dark(#dfe3e9, #2a333e);
  --good: light-dark(#177245, #5fd199);
  --bad: light-dark(#b3221a, #ff8e84);
  --warn: light-dark(#8a5600, #f2b95c);
  --busy: light-dark(#0b5cad, #7db8ff);
  --idle: light-dark(#5b6672, #9ba8b7);
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); }
a { color: var(--busy); text-underline-offset: .2em; text-decoration-thickness: 1px; }
:focus-visible { outline: 2px solid var(--busy); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }
.skip { position: absolute; left: -99rem; padding: .5rem 1rem; background: var(--paper); z-index: 1; }
.skip:focus { left: .5rem; top: .5rem; }
.quiet { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

header { display: flex; flex-wrap: wrap; align-items: center; gap: 0 1.5rem; padding: .4rem max(1rem, calc(50vw - 35rem)); background: var(--paper); border-bottom: 1px solid var(--line); }
.brand { display: inline-flex; align-items: center; gap: .5rem; padding: .5rem 0; color: var(--ink); font-weight: 650; text-decoration: none; letter-spacing: -.01em; }
.brand svg { fill: var(--busy); }
nav { display: flex; flex-wrap: wrap; gap: 0 .25rem; }
nav a { padding: .4rem .6rem; border-radius: 6px; color: var(--dim); text-decoration: none; }
nav a:hover { color: var(--ink); background: var(--ground); }
nav a[aria-current] { color: var(--ink); font-weight: 600; }
.fresh { margin: 0 0 0 auto; color: var(--dim); font-size: .85rem; }
.fresh button { font: inherit; color: var(--busy); background: none; border: 0; padding: .3rem; cursor: pointer; text-decoration: underline; }
main { max-width: 72rem; margin: 0 auto; padding: 1.25rem 1rem 3rem; }

h1, h2, h3, p { margin: 0; text-wrap: pretty; }
h1 { font-size: 1.35rem; line-height: 1.3; font-weight: 650; letter-spacing: -.012em; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 .6rem; font-size: .95rem; font-weight: 650; }
h3 { font-size: 1rem; font-weight: 650; overflow-wrap: anywhere; }
h3 a, .name { color: var(--ink); text-decoration: none; font-weight: 650; }
h3 a:hover, .name:hover { text-decoration: underline; }
.dim { color: var(--dim); }
small, .small { font-size: .85rem; }
code, pre, .mono { font-family: var(--mono); font-size: .86em; overflow-wrap: anywhere; }
pre { margin: .5rem 0 0; white-space: pre-wrap; }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: .9rem 1.1rem; }
.card + .card { margin-top: .6rem; }
.command { display: inline-block; margin: .5rem 0; padding: .4rem .7rem; border-radius: 6px; border: 1px solid var(--line); background: var(--ground); user-select: all; }

.icon { flex: none; fill: currentColor; stroke: var(--paper); stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.icon > :first-child { stroke: none; }
.icon .hollow { fill: none; stroke: currentColor; stroke-width: 1.6; }
.icon.busy { stroke: currentColor; fill: none; stroke-width: 1.6; }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); } .busy { color: var(--busy); } .idle { color: var(--idle); }
.mark { display: inline-flex; align-items: center; gap: .4rem; font-weight: 600; white-space: nowrap; }
.mark + .mark { margin-left: .8rem; } .title > .mark { margin: 0; }

.health { display: grid; grid-template-columns: auto 1fr; gap: .2rem .8rem; align-items: start; border-left-width: 5px; border-left-color: currentColor; }
.health > .icon { width: 26px; height: 26px; margin-top: .1rem; }
.health > div { color: var(--ink); min-width: 0; }
.health p { margin-top: .25rem; color: var(--dim); }

.pipeline { display: grid; grid-template-columns: minmax(13rem, 1fr) 20rem minmax(11rem, .7fr); gap: .3rem 2rem; align-items: center; }
.pipeline > * { min-width: 0; }
.strip { display: block; width: 100%; height: 40px; }
.strip rect, .strip path { fill: currentColor; }
.strip .bar-busy { fill: none; stroke: currentColor; stroke-width: 1.5; }
.strip .cross { fill: none; stroke: currentColor; stroke-width: 1.6; }
.strip .none { color: var(--line); }
.strip a:hover rect { opacity: .65; }
.notes { grid-column: 1 / -1; margin: .3rem 0 0; padding: .5rem 0 0; list-style: none; border-top: 1px solid var(--line); }
.notes li { display: flex; gap: .5rem; padding: .1rem 0; overflow-wrap: anywhere; }
.notes .icon { margin-top: .25rem; }

.table { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
table { width: 100%; border-collapse: collapse; }
th { padding: .5rem .7rem; color: var(--dim); font-size: .82rem; font-weight: 600; text-align: left; white-space: nowrap; }
td { padding: .5rem .7rem; border-top: 1px solid var(--line); vertical-align: top; }
:is(th, td):first-child { padding-left: 1.1rem; } :is(th, td):last-child { padding-right: 1.1rem; }
.number { text-align: right; white-space: nowrap; }
tbody tr:hover { background: color-mix(in srgb, var(--busy) 5%, transparent); }
td.wide { width: 44%; }
td .cause { display: -webkit-box; max-width: 34rem; overflow: hidden; -webkit-line-clamp: 2; -webkit-box-orient: vertical; font-size: .88rem; overflow-wrap: anywhere; }
.older { margin-top: .8rem; }
.nowrap { white-space: nowrap; }

dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 11rem), 1fr)); gap: .8rem 1.5rem; margin: 0; }
dt { color: var(--dim); font-size: .82rem; } dd { margin: 0; overflow-wrap: anywhere; }
dl .wide { grid-column: span 2; }
.headers { grid-template-columns: 1fr; gap: .2rem; }
.headers > div { display: grid; grid-template-columns: 15rem 1fr; gap: 0 1rem; }
.trail { margin-bottom: .6rem; }
.title { display: flex; flex-wrap: wrap; align-items: center; gap: .3rem .9rem; margin-bottom: .7rem; }
.split { display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; justify-content: space-between; }
.error { border-left: 5px solid var(--bad); }
.error code { font-weight: 600; }
.find { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 13rem), 1fr)); gap: .6rem 1rem; align-items: end; margin: .7rem 0; } .find + .card { overflow-wrap: anywhere; }
.find label { display: grid; color: var(--dim); font-size: .82rem; }
.find :is(input, select) { width: 100%; min-width: 0; height: 2.3rem; font: inherit; font-size: .95rem; color: var(--ink); background: var(--ground); border: 1px solid var(--line); border-radius: 6px; padding: .35rem .5rem; }
.find button { font: inherit; font-weight: 600; color: var(--paper); background: var(--busy); border: 0; border-radius: 6px; padding: .4rem 1.1rem; margin-right: .6rem; cursor: pointer; }
details { margin-top: .6rem; }
summary { cursor: pointer; color: var(--busy); width: fit-content; }
progress { width: 8rem; height: .6rem; accent-color: var(--busy); vertical-align: middle; }
.sieve { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin-bottom: .4rem; }
.sieve .grow { flex: 1 1 7rem; }
.sieve :is(input, select) { width: 100%; height: 2.2rem; font: inherit; font-size: .9rem; color: var(--ink); background: var(--paper); border: 1px solid var(--line); border-radius: 6px; padding: .3rem .5rem; }
.sieve button, .newer button { font: inherit; font-size: .9rem; font-weight: 600; color: var(--paper); background: var(--busy); border: 1px solid var(--busy); border-radius: 6px; height: 2.2rem; padding: 0 .9rem; cursor: pointer; }
.sieve .second { color: var(--busy); background: none; }
.over > :not(:empty, [hidden]) { display: block; margin-bottom: .3rem; }
.log { margin: 0; padding: .6rem 0; background: var(--paper); border: 1px solid var(--line); border-radius: 10px; list-style: none; overflow-wrap: anywhere; font-family: var(--mono); font-size: .8rem; }
.log.scrolls { overflow-y: auto; }
.log li { display: grid; grid-template-columns: 5.2rem 3.2rem 1fr; gap: 0 .8rem; padding: .1rem 1.1rem; }
.log.whose li { grid-template-columns: 5.2rem 3.2rem 5.6rem 1fr; }
.log li:hover { background: color-mix(in srgb, var(--busy) 5%, transparent); }
.log li.wrong { background: color-mix(in srgb, var(--bad) 7%, transparent); }
.log li:is(.marked, :target) { background: color-mix(in srgb, var(--warn) 20%, transparent); }
.log li > a:first-child { color: var(--dim); text-decoration: none; } .log li > a:first-child:hover { text-decoration: underline; }
.log span { white-space: pre-wrap; min-width: 0; }
.log details { margin: 0; } .log summary { width: auto; color: var(--dim); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; } .log [open] > summary { white-space: pre-wrap; }
.none, .log:empty { display: none; } .log:empty + .none { display: block; }
.newer { position: relative; height: 0; text-align: center; } .newer button { position: absolute; bottom: .7rem; left: 50%; transform: translateX(-50%); border-radius: 99px; box-shadow: 0 2px 8px rgb(0 0 0 / .25); }
.under { margin-top: .4rem; color: var(--dim); }

.thread { padding: .3rem 0; }
.mail { display: grid; grid-template-columns: 1fr auto; gap: 0 1rem; padding: .6rem 1.1rem; color: inherit; text-decoration: none; }
.mail + .mail { border-top: 1px solid var(--line); }
.mail:hover b { text-decoration: underline; }
.mail > * { min-width: 0; overflow-wrap: anywhere; }
.mail b { font-weight: 650; }
.mail .opening { grid-column: 1 / -1; display: -webkit-box; overflow: hidden; -webkit-line-clamp: 1; -webkit-box-orient: vertical; color: var(--dim); font-size: .9rem; }
.reply { padding-left: 2.3rem; }
.sheet { overflow: hidden; border: 1px solid var(--line); border-radius: 10px; }
iframe { display: block; width: 100%; height: 26rem; border: 0; background: #fff; color-scheme: light; resize: vertical; }

.api { max-width: 46rem; margin: .5rem 0; }
h4 { margin: 1.2rem 0 .3rem; font-size: .9rem; font-weight: 650; }
.card > pre.command { display: block; overflow-wrap: anywhere; }
.card .headers .headers { margin: .2rem 0 .4rem; padding-left: .8rem; border-left: 2px solid var(--line); }

@media (max-width: 52rem) {
  main { padding: 1rem .75rem 2.5rem; }
  h1 { font-size: 1.15rem; }
  header { padding: .2rem .75rem; column-gap: .5rem; } .fresh { font-size: .8rem; }
  nav { order: 3; width: 100%; display: grid; grid-template-columns: repeat(4, auto); justify-content: space-between; } nav a { padding: .3rem 0; }
  .pipeline { grid-template-columns: 1fr; gap: .5rem; }
  thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .table { border: 0; background: none; overflow: visible; }
  table, tbody { display: block; }
  tr { display: grid; grid-template-columns: repeat(3, 1fr); gap: .3rem 1rem; padding: .75rem .9rem; background: var(--paper); border: 1px solid var(--line); border-radius: 10px; }
  tr + tr { margin-top: .5rem; }
  td, td:is(:first-child, :last-child) { padding: 0; border: 0; }
  td.number { text-align: left; }
  td.when { grid-column: span 2; text-align: right; }
  td.extra { display: none; }
  td.number.took { grid-column: span 2; order: -1; text-align: right; } td:first-child { order: -2; }
  td:is(.wide, .slots) { grid-column: 1 / -1; width: auto; }
  td[data-label]::before { content: attr(data-label); display: block; color: var(--dim); font-size: .8rem; font-weight: 400; }
  td .cause { -webkit-line-clamp: 4; }
  dl { grid-template-columns: 1fr 1fr; gap: .6rem 1rem; }
  .find { grid-template-columns: 1fr 1fr; } .find label:has([type=datetime-local]) { grid-column: 1 / -1; }
  .headers, .headers > div { grid-template-columns: 1fr; }
  .log li { grid-template-columns: auto 1fr; padding: .3rem .9rem; } .log li > :last-child { grid-column: 1 / -1; }
  .log.whose li { grid-template-columns: auto auto 1fr; }
}
`;
