"""How the report looks: on a screen of any width, and on paper."""

CSS = """
:root { color: #1c2128; background: #fff; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
* { box-sizing: border-box; }
body { margin: 0; }
main { max-width: 68rem; margin: 0 auto; padding: 1.6rem 1.2rem 4rem; overflow-wrap: anywhere; }
h1 { margin: 0 0 .5rem; font-size: 2.1rem; line-height: 1.2; letter-spacing: -.01em; }
h1 span { display: block; margin-top: .35rem; font-size: 1.25rem; font-weight: 400; line-height: 1.4;
  letter-spacing: 0; }
h2 { margin: 2.6rem 0 .7rem; padding-top: .8rem; border-top: 1px solid #d9dee4; font-size: 1.25rem; }
h3 { margin: 1.4rem 0 .4rem; font-size: 1rem; }
p { margin: .4rem 0; max-width: 46rem; }
.lead { margin: 0 0 .9rem; color: #4f5761; font-size: .92rem; max-width: none; }
.lead b { color: #1c2128; }
figure { margin: .6rem 0; }
figcaption { max-width: 52rem; color: #4f5761; font-size: .85rem; }
figure svg { display: block; width: 100%; height: auto; }
figure svg text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif !important; }
.narrow { display: none; }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem 2rem; }
.pair > figure:only-child { max-width: 34rem; grid-column: 1 / -1; width: 100%; }
.notes { margin: .8rem 0; padding: .6rem 1rem .6rem 2rem; border-left: 4px solid #e69f00; background: #fdf7ea; }
.table { overflow-x: auto; margin: .6rem 0; }
table { width: 100%; border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { padding: .4rem .5rem; border-bottom: 1px solid #e4e8ec; text-align: left; vertical-align: top;
  overflow-wrap: normal; }
thead th { border-bottom: 2px solid #aab2bb; color: #4f5761; font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 600; min-width: 8.5rem; max-width: 15rem; overflow-wrap: break-word; }
th small { display: block; color: #4f5761; font-weight: 400; }
td.number { white-space: nowrap; }
.trials td:first-child, .trials td:nth-child(n+6) { max-width: 22rem; overflow-wrap: anywhere; }
.facts th { width: 14rem; }
.facts td { white-space: pre-wrap; overflow-wrap: anywhere; }
.better { color: #00795a; } .worse { color: #c04f00; } .equivalent { color: #0072b2; } .undecided { color: #5f6670; }
pre { overflow-x: auto; padding: .8rem 1rem; background: #f5f7f9; font-size: .8rem; line-height: 1.45; }
details summary { cursor: pointer; color: #0b5ea8; font-size: .92rem; }
dl { max-width: 52rem; font-size: .88rem; } dt { font-weight: 600; } dd { margin: 0 0 .4rem; }
@media (max-width: 640px) {
  main { padding: 1rem .9rem 3rem; }
  h1 { font-size: 1.55rem; } h1 span { font-size: 1.05rem; }
  .wide { display: none; } .narrow { display: block; }
  .pair { display: block; }
  .facts th { width: 8rem; min-width: 0; }
}
@media print {
  @page { margin: 14mm; }
  :root { font-size: 12px; }
  main { max-width: none; padding: 0; }
  .wide { display: block; } .narrow { display: none; }
  .pair { display: grid; }
  .modebar-container, details:not([open]) { display: none; }
  .table { overflow: visible; }
  table { font-size: .74rem; } th, td { padding: .25rem .3rem; } tbody th { min-width: 0; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  figure, tr, .notes, .ready { break-inside: avoid; } h2, h3 { break-after: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
