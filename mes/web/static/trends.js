// Curves of tags: drag to zoom; the address names what is seen, and the server thins each view anew.
"use strict";
const one = selector => document.querySelector(selector), all = selector => document.querySelectorAll(selector);
const root = one("#trends"), away = one("#away"), said = root.dataset;
const plots = new Map(), SHORTEST = 10, LONGEST = 31 * 86400, EVERY_MS = 5000, dots = devicePixelRatio;
let span = new URL(location).searchParams.has("from") ? [] : null; // null: the window goes on with the clock
let seen = null, asked = 0, timer = 0;

const font = getComputedStyle(document.body).fontFamily;
const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const AXIS = innerWidth < 760 ? 46 : 60;
const digits = { hour: "2-digit", minute: "2-digit" };
const formats = Object.fromEntries(Object.entries({ day: { month: "2-digit", day: "2-digit", year: "numeric" }, minute: digits, second: { ...digits, second: "2-digit" } })
  .map(([name, parts]) => [name, new Intl.DateTimeFormat("sv", { timeZone: said.zone, ...parts })]));
const clock = (s, what) => formats[what].format(s * 1000).slice(what === "day" ? 5 : 0);
const moment = s => clock(s, "day") + " " + clock(s, seen.to - seen.from < 7200 ? "second" : "minute");
const figure = n => String(Number(n.toPrecision(6)));

function address(path) {
  const url = new URL(said.link, location);
  url.pathname = path;
  if (span?.length) {
    url.searchParams.delete("window");
    span.forEach((at, n) => url.searchParams.set(n ? "to" : "from", new Date(at * 1000).toISOString()));
  }
  return url;
}

function go(from, to) {
  const now = Date.now() / 1000, length = Math.min(Math.max(to - from, SHORTEST), LONGEST);
  const middle = (from + to) / 2, end = Math.min(middle + length / 2, now);
  span = [end - length, end];
  history.pushState(null, "", address("/trends"));
  one("[data-window][aria-current]")?.removeAttribute("aria-current");
  for (const a of all("[data-file]")) {
    a.href = address("/trends/file");
    a.search += "&format=" + a.dataset.file;
  }
  for (const a of all(".languages a")) a.href = location.search + "&lang=" + a.lang;
  load();
}

async function load() {
  clearTimeout(timer);
  const number = ++asked;
  try {
    const answer = await fetch(address("/trends/data"), { cache: "no-store", signal: AbortSignal.timeout(10000) });
    if (!answer.ok) throw new Error(answer.statusText);
    const told = await answer.json();
    if (number !== asked) return;
    seen = told;
    draw();
    again(span === null && said.live ? EVERY_MS : 0);
  } catch {
    if (number !== asked) return;
    away.hidden = false;
    root.classList.add("old");
    again(2000);
  }
}
const again = ms => { timer = ms && setTimeout(() => document.hidden ? again(ms) : load(), ms); };

function draw() {
  away.hidden = true;
  root.classList.remove("old");
  root.dataset.drawn = asked;
  one("#span").textContent = [moment(seen.from), moment(seen.to), seen.asOf].reduce((text, word, n) => text.replace(`{${n}}`, word), said.known);
  for (const [name, html] of Object.entries(seen.parts)) one(`[data-part="${CSS.escape(name)}"]`).innerHTML = html;
  for (const told of seen.charts) {
    let plot = plots.get(told.id);
    if (plot) {
      plot.told = told;
      plot.setData([told.x, told.y]);
    } else {
      plot = made(one(`[data-chart="${CSS.escape(told.id)}"]`), told);
      plots.set(told.id, plot);
    }
    reading(plot);
  }
}

function made(box, told) {
  const axis = { stroke: css("--soft"), font: "14px " + font, grid: { stroke: css("--line"), width: 1 }, ticks: { show: false } };
  const alone = (u, n, show) => show ? null : u.data[1].flatMap((v, i, y) => v != null && y[i - 1] == null && y[i + 1] == null ? i : []);
  return new uPlot({
    width: box.clientWidth, height: 220, legend: { show: false }, padding: [8, 0, 0, 0],
    tzDate: s => uPlot.tzDate(new Date(s * 1000), said.zone),
    cursor: { sync: { key: "trends" }, drag: { x: true, y: false, setScale: false }, bind: { dblclick: () => () => span?.length && history.back() } },
    scales: { x: { range: () => [seen.from, seen.to] }, y: { range: bounds } },
    axes: [
      { ...axis, size: 30, space: 80, values: (u, at, n, space, step) => at.map(s => step >= 86400 || clock(s, "minute") === "00:00" ? clock(s, "day") : clock(s, step < 60 ? "second" : "minute")) },
      { ...axis, size: AXIS, values: (u, at) => at.map(figure) },
    ],
    series: [{}, { stroke: css("--ink"), width: 2, points: { filter: alone, size: 5, fill: css("--ink") } }],
    hooks: { drawClear: [under], draw: [over], setSelect: [chosen], setCursor: [reading] },
  }, [told.x, told.y], (u, begin) => {
    u.told = told;
    box.append(u.root);
    begin();
  });
}

function bounds(u, low, high) {
  for (const [limit] of u.told.limits) [low, high] = [Math.min(low ?? limit, limit), Math.max(high ?? limit, limit)];
  if (low == null) return [0, 1];
  const room = (high - low) * 0.08 || Math.abs(high) * 0.1 || 1;
  return [low - room, high + room];
}

function hatch(ctx) {
  const tile = document.createElement("canvas"), to = tile.getContext("2d");
  tile.width = tile.height = 14;
  [to.fillStyle, to.strokeStyle, to.lineWidth] = [css("--on-nodata"), css("--nodata"), 4];
  to.fillRect(0, 0, 14, 14);
  to.beginPath();
  for (const x of [-14, 0, 14]) { to.moveTo(x - 2, 16); to.lineTo(x + 16, -2); }
  to.stroke();
  return ctx.createPattern(tile, "repeat");
}

function box(u, from, to) {
  const { left, width } = u.bbox, at = s => Math.min(Math.max(u.valToPos(s, "x", true), left), left + width);
  return [at(from), at(to) - at(from)];
}

function under(u) {
  const { ctx, bbox, told } = u;
  ctx.save();
  ctx.fillStyle = hatch(ctx);
  for (const [from, to] of told.gaps) {
    const [x, width] = box(u, from, to);
    ctx.fillRect(x, bbox.top, Math.max(width, 1), bbox.height);
  }
  for (const [from, to, priority] of told.alarms) {
    const [x, width] = box(u, from, to), loud = priority === "high" ? "down" : "stopped";
    ctx.fillStyle = css(`--${loud}-tint`);
    ctx.fillRect(x, bbox.top, Math.max(width, 2), bbox.height);
    ctx.fillStyle = css(priority === "low" ? "--edge" : `--${loud}`);
    ctx.fillRect(x, bbox.top, Math.max(width, 2), 8);
  }
  ctx.restore();
}

function over({ ctx, bbox, told, valToPos }) {
  ctx.save();
  [ctx.fillStyle, ctx.textAlign, ctx.lineJoin] = [css("--ink"), "left", "round"];
  ctx.font = `${14 * dots}px ${font}`;
  for (const [limit, high] of told.limits) {
    const y = valToPos(limit, "y", true);
    [ctx.lineWidth, ctx.strokeStyle] = [2 * dots, css("--down")];
    ctx.setLineDash([6 * dots, 4 * dots]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    const word = [`${high ? said.high : said.low} ${figure(limit)}`, bbox.left + 8, y + 20 * dots];
    ctx.setLineDash([]);
    [ctx.lineWidth, ctx.strokeStyle] = [5 * dots, css("--surface")];
    ctx.strokeText(...word);
    ctx.fillText(...word);
  }
  ctx.restore();
}

function chosen(u) {
  const { left, width } = u.select;
  if (width < 4) return;
  const ends = [u.posToVal(left, "x"), u.posToVal(left + width, "x")];
  for (const plot of plots.values()) plot.setSelect({ width: 0, height: 0 }, false);
  go(...ends);
}

function reading(u) {
  const told = u.told;
  if (!told) return;
  const n = u.cursor.idx, under = n != null && u.cursor.left >= 0, value = under ? told.y[n] : told.last;
  const known = value != null && (under || told.holds);
  const place = u.root.closest(".tag").querySelector(".reading");
  place.innerHTML = "<span></span> <b></b>";
  place.firstChild.textContent = under ? moment(told.x[n]) : "";
  place.lastChild.textContent = known ? figure(value) : "? " + said.old;
}

const acts = {
  back: length => [-length / 4, -length / 4], on: length => [length / 4, length / 4],
  in: length => [length / 4, -length / 4], out: length => [-length / 2, length / 2],
};
function act(name) {
  if (!seen) return;
  const [a, b] = acts[name](seen.to - seen.from);
  go(seen.from + a, seen.to + b);
}
const keys = { ArrowLeft: "back", ArrowRight: "on", "+": "in", "=": "in", "-": "out" };
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || /INPUT|SELECT|TEXTAREA/.test(event.target.tagName)) return;
  if (keys[event.key]) act(keys[event.key]);
  else if (event.key === "s") one("[data-window=shift]").click();
  else if (event.key === "t") one("select[name=tag]")?.focus();
  else return;
  event.preventDefault();
});
for (const button of all("[data-do]")) button.addEventListener("click", () => act(button.dataset.do));
addEventListener("popstate", () => location.reload());
new ResizeObserver(() => { for (const plot of plots.values()) plot.setSize({ width: plot.root.parentNode.clientWidth, height: 220 }); }).observe(root);
load();
