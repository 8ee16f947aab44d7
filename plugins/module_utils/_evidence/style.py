# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Style and script of evidence.html. Both are inline: the page asks nobody for anything."""

from __future__ import annotations

STYLE = """
:root{color-scheme:light dark;--page:#fff;--ink:#1f2328;--soft:#57606a;--line:#d0d7de;--card:#f6f8fa;--link:#0550ae;
--up:#1a7f37;--degraded:#9a6700;--negotiating:#0969da;--down:#cf222e;--unknown:#6e7781}
@media screen and (prefers-color-scheme:dark){:root{--page:#0d1117;--ink:#e6edf3;--soft:#9ea7b3;--line:#3d444d;--card:#161b22;
--link:#79c0ff;--up:#3fb950;--degraded:#d29922;--negotiating:#58a6ff;--down:#ff7b72;--unknown:#8b949e}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:76rem;padding:1rem;background:var(--page);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
h1,h2,h3{line-height:1.25;overflow-wrap:anywhere}
h1{font-size:1.6rem;margin:.5rem 0}h2{font-size:1.25rem;margin:0 0 .5rem}h3{font-size:1rem;margin:.75rem 0 .25rem}
a{color:var(--link)}code,.log,.lines{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.soft{color:var(--soft)}p{margin:.4rem 0;overflow-wrap:anywhere}
.badge{display:inline-block;padding:0 .5rem;border:2px solid currentColor;border-radius:1rem;font-weight:600;white-space:nowrap}
.badge.up,.badge.ok{color:var(--up)}.badge.degraded{color:var(--degraded)}.badge.negotiating{color:var(--negotiating)}
.badge.down,.badge.bad,.badge.unread{color:var(--down)}.badge.unknown{color:var(--unknown)}
table{border-collapse:collapse;width:100%;margin:1rem 0}caption{text-align:left;font-weight:600;padding:.25rem 0}
th,td{border-bottom:1px solid var(--line);padding:.4rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
td.id{font-weight:600}
section.tunnel{border:1px solid var(--line);border-radius:.5rem;padding:1rem;margin:1rem 0}
.both{display:grid;grid-template-columns:minmax(0,3fr) minmax(0,2fr);gap:1.5rem}
.who{margin:.6rem 0 .2rem;font-size:.85rem;font-weight:600}
.lane{display:grid;grid-template-columns:4rem minmax(0,1fr);background:var(--card);border:1px solid var(--line);padding-right:.5rem}
.phases{display:flex;flex-direction:column}.phases span{height:26px;line-height:26px;font-size:.8rem;padding-left:.4rem;color:var(--soft)}
svg{display:block;overflow:hidden}svg svg,.line{overflow:visible}.defs{position:absolute}
.axis{display:flex;justify-content:space-between;margin:.2rem .5rem 0 4rem;font-size:.75rem;color:var(--soft)}
.grid{stroke:var(--line);stroke-width:1}.stripe{fill:var(--card)}.stripes{fill:url(#stripes);pointer-events:none}
rect.up{fill:var(--up)}rect.degraded{fill:var(--degraded)}rect.negotiating{fill:var(--negotiating)}
rect.down{fill:var(--down)}rect.unknown{fill:var(--unknown)}
.mark{stroke:var(--page);stroke-width:1;paint-order:stroke;fill:var(--ink)}
.mark.failed{stroke:var(--ink);stroke-width:2.5;fill:none}
.legend{display:flex;flex-wrap:wrap;gap:.1rem 1.2rem;list-style:none;padding:0;font-size:.85rem}
.legend li{display:flex;align-items:center;gap:.4rem}
.lines{list-style:none;margin:.3rem 0;padding:0;font-size:.8rem}
.lines li{border-left:3px solid var(--line);padding:.1rem 0 .1rem .6rem;margin:.3rem 0;overflow-wrap:anywhere;white-space:pre-wrap}
.lines time{display:block;color:var(--soft)}
details{margin-top:.75rem}summary{cursor:pointer;font-weight:600;padding:.25rem 0}
.filter{margin:.4rem 0;display:flex;flex-wrap:wrap;gap:.6rem;align-items:center}.filter[hidden]{display:none}
.filter input{font:inherit;min-width:0;width:18rem;max-width:100%;padding:.25rem .5rem;color:var(--ink);background:var(--page);
border:1px solid var(--soft);border-radius:.3rem}
.log{margin:0;padding:.5rem;list-style:none;font-size:.78rem;max-height:34rem;overflow:auto;background:var(--card);border:1px solid var(--line)}
.log li{overflow-wrap:anywhere;white-space:pre-wrap;padding:.05rem 0 .05rem .5rem;border-left:3px solid transparent}
.log li[hidden]{display:none}.log time,.log b{color:var(--soft);font-weight:400}
.log .error,.log .critical{border-color:var(--down)}.log .warning{border-color:var(--degraded)}
.log i{font-style:normal;border-bottom:1px dotted var(--soft)}
:focus-visible{outline:3px solid var(--negotiating);outline-offset:2px}
@media (max-width:48rem){.both{grid-template-columns:minmax(0,1fr);gap:.5rem}}
@media screen and (max-width:48rem){body{padding:.6rem}.axis .middle{display:none}
section.tunnel{padding:.7rem}.summary thead{position:absolute;clip-path:inset(50%);height:1px;width:1px;overflow:hidden}
.summary tr,.summary td{display:block}.summary tr{border-bottom:1px solid var(--line);padding:.5rem 0}
.summary td{border:0;padding:.1rem 0}.summary td[data-label]:not(:empty)::before{content:attr(data-label) ": ";color:var(--soft)}}
@media print{body{max-width:none;padding:0;font-size:10.5pt}.filter,.skip{display:none!important}.log{max-height:none;overflow:visible}
section.tunnel{break-inside:auto}.lane,.lines li,tr,h2,h3{break-inside:avoid}h2,h3{break-after:avoid}details:not([open]){display:none}
a{color:inherit;text-decoration:none}rect,.mark,.badge{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""

SCRIPT = """
document.querySelectorAll('.filter').forEach(function(box){
var input=box.querySelector('input'),count=box.querySelector('[role=status]'),lines=Array.from(box.nextElementSibling.children);
box.hidden=false;
input.addEventListener('input',function(){
var wanted=input.value.toLowerCase(),shown=0;
lines.forEach(function(line){line.hidden=line.textContent.toLowerCase().indexOf(wanted)<0;if(!line.hidden){shown++;}});
count.textContent=wanted?shown+' of '+lines.length+' lines':'';});});
"""
