"""The practice console's home: what of the project's quotas is used, and a button for more. Self-contained."""

from string import Template

from .console_page import STYLE

_SCRIPT = """
const session = "$session";
const names = { images: "Private images", servers: "Servers", cores: "vCPUs", ram: "Memory, MB", volumes: "Disks",
  gigabytes: "Disks, GB" };
const list = document.getElementById("quotas"), said = document.getElementById("said");
async function ask(method) {
  const answer = await fetch("/console/quotas", { method, headers: { "X-Console-Session": session } });
  const body = await answer.json();
  if (!answer.ok) { said.textContent = body.error.message; return false; }
  list.replaceChildren(...Object.entries(body.quotas).map(([name, one]) => {
    const row = document.createElement("li"), what = document.createElement("b"), much = document.createElement("span");
    what.textContent = names[name] || name;
    much.textContent = one.used.toLocaleString() + " of " + one.limit.toLocaleString() + " used";
    row.append(what, much);
    return row;
  }));
  return true;
}
document.getElementById("more").onclick = async () => {
  if (await ask("POST")) said.textContent = "Granted. Go back to Isowright and check again.";
};
ask("GET");
"""

DESK_PAGE = Template(f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Practice cloud</title><style nonce="$nonce">{STYLE}</style></head>
<body><main>
<header><span class="lamp on"></span><b>Practice cloud</b><span>$region</span></header>
<section aria-live="polite">
<h1>Quotas of your project</h1>
<p id="said">A real cloud takes a ticket and some days for more. Here it takes a button.</p>
<ul id="quotas"></ul>
<div class="row"><button class="main" id="more">Ask for more</button></div>
</section></main>
<script nonce="$nonce">{_SCRIPT}</script></body></html>
""")
