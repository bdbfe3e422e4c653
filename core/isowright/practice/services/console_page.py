"""The console's pages. Self-contained: no file, font or script of anybody else."""

from string import Template

_STYLE = """
:root { color-scheme: dark; --ink: #e8edf4; --soft: #93a1b5; --line: #263145; --panel: #121927; --accent: #4cc2a6; }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px; color: var(--ink);
  background: radial-gradient(1200px 700px at 50% -10%, #1b2740, #0a0e16); font: 16px/1.55 system-ui, sans-serif; }
main { width: min(760px, 100%); background: var(--panel); border: 1px solid var(--line); border-radius: 16px;
  box-shadow: 0 24px 80px #0009; overflow: hidden; }
header { display: flex; gap: 10px; align-items: center; padding: 14px 22px; border-bottom: 1px solid var(--line);
  color: var(--soft); font-size: 14px; }
header b { color: var(--ink); font-weight: 600; }
.lamp { width: 10px; height: 10px; border-radius: 50%; background: #55627a; }
.lamp.on { background: var(--accent); box-shadow: 0 0 12px var(--accent); }
section { padding: 30px 34px 34px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 8px; letter-spacing: -.01em; }
p { margin: 0 0 20px; color: var(--soft); max-width: 58ch; }
ul { list-style: none; margin: 0 0 26px; padding: 0; display: grid; gap: 10px; }
li { display: flex; justify-content: space-between; gap: 16px; padding: 12px 16px; border: 1px solid var(--line);
  border-radius: 10px; }
li.target { border-color: var(--accent); background: #4cc2a614; }
li span { color: var(--soft); }
code { font: 14px ui-monospace, monospace; color: var(--ink); }
.bar { height: 10px; border-radius: 5px; background: #1d2638; overflow: hidden; margin: 0 0 10px; }
.bar i { display: block; height: 100%; width: 0; background: var(--accent); transition: width .25s; }
.row { display: flex; flex-wrap: wrap; gap: 12px; }
button { font: inherit; font-weight: 600; padding: 11px 20px; border-radius: 10px; cursor: pointer;
  border: 1px solid var(--line); background: transparent; color: var(--ink); }
button.main { background: var(--accent); border-color: var(--accent); color: #06231c; }
button:hover { filter: brightness(1.12); }
button:focus-visible { outline: 3px solid #8fd9ff; outline-offset: 2px; }
[hidden] { display: none !important; }
"""

CLOSED_PAGE = Template(f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>$title</title><style nonce="$nonce">{_STYLE}</style></head>
<body><main><header><span class="lamp"></span><b>Practice console</b></header>
<section><h1>$title</h1><p>$text Press “Open console” in Isowright again to get a new one.</p></section>
</main></body></html>
""")

_SCRIPT = """
const session = "$session";
const at = id => document.getElementById(id);
const show = (id, yes) => { at(id).hidden = !yes; };
const words = {
  busy: ["The machine is changing its state", "Wait a moment; the screen comes back by itself."],
  ready: ["Choose the disk for the system",
    "This plays the installer of your ISO. A real one asks for language, users and more; here one answer counts: " +
    "the system goes onto the second disk. The first one carries the installation medium."],
  installing: ["Installing the system", "Files are copied to the second disk. Do not power off now."],
  installed: ["Installation complete",
    "A real installer would restart now. Power the machine off instead: the image is made from a disk at rest."],
  booted: ["The system has started", "This plays the login prompt of the system in your image: it boots. " +
    "Say so in Isowright, which deletes this machine again."],
  "no-system": ["No bootable device", "The image holds no installed system: nothing starts from its disk. " +
    "Say so in Isowright, which deletes this machine again."],
  off: ["The machine is off",
    "You can close this page and go on in Isowright: it makes the image from the second disk."],
  gone: ["The machine is gone", "It was deleted. You can close this page."],
};
let phase = "";
function paint(s) {
  const [title, text] = words[s.phase];
  if (s.phase !== phase) {
    phase = s.phase;
    at("title").textContent = title;
    at("text").textContent = phase === "off" && !s.installed
      ? "Nothing was installed on the second disk. Start the machine again in the cloud and open its console." : text;
    document.title = title + " – practice console";
  }
  at("name").textContent = s.server || "server";
  at("medium").textContent = s.image ? "started from " + s.image : "";
  at("lamp").className = "lamp" + (["ready", "installing", "installed", "booted"].includes(phase) ? " on" : "");
  show("disks", phase === "ready"); show("install", phase === "ready");
  show("progress", phase === "installing");
  show("off", phase === "installed" || phase === "ready");
  at("off").className = phase === "installed" ? "main" : "";
  at("fill").style.width = s.percent + "%";
  at("percent").textContent = s.percent + " %";
  if (phase === "ready") {
    at("disks").replaceChildren(...s.disks.map((d, i) => {
      const row = document.createElement("li");
      const name = document.createElement("code"); name.textContent = d.device + "   " + d.size + " GB";
      const role = document.createElement("span");
      role.textContent = d.medium ? "installation medium" : "empty disk";
      if (!d.medium && i === 1) row.className = "target";
      row.append(name, role); return row;
    }));
  }
}
async function ask(method, path) {
  const answer = await fetch(path, { method, headers: { "X-Console-Session": session } });
  const body = await answer.json();
  if (answer.ok) paint(body);
  else { at("title").textContent = "The console is closed"; at("text").textContent = body.error.message; }
  return answer.ok;
}
at("install").onclick = () => ask("POST", "/console/install");
at("off").onclick = () => ask("POST", "/console/power-off");
async function watch() {
  let wait = 1000;
  try {
    if (!await ask("GET", "/console/state")) return;
    if (phase === "installing" || phase === "busy") wait = 250;
    if (phase === "gone") return;
  } catch { at("text").textContent = "The practice cloud does not answer. Is it still running?"; wait = 2000; }
  setTimeout(watch, wait);
}
watch();
"""

CONSOLE_PAGE = Template(f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Practice console</title><style nonce="$nonce">{_STYLE}</style></head>
<body><main>
<header><span class="lamp" id="lamp"></span><b id="name">server</b><span id="medium"></span></header>
<section aria-live="polite">
<h1 id="title">Connecting…</h1><p id="text"></p>
<ul id="disks" hidden></ul>
<div id="progress" hidden><div class="bar"><i id="fill"></i></div><p id="percent">0 %</p></div>
<div class="row"><button class="main" id="install" hidden>Install onto the second disk</button>
<button id="off" hidden>Power off</button></div>
</section></main>
<script nonce="$nonce">{_SCRIPT}</script></body></html>
""")
