// The page around the screen: connects, says how the connection is, and passes on what the toolbar is asked for.

import { LAYOUTS, readable } from "./layouts.js";
import { Typist } from "./typist.js";

const at = id => document.getElementById(id);
const meta = name => document.querySelector(`meta[name=console-${name}]`).content;
const session = meta("session");
const NOVNC = "/console/novnc/core/rfb.js";

let rfb = null;
let attempt = 0;
let typing = null;  // AbortController of a text that is being typed
const typist = new Typist((keysym, code, down) => rfb?.sendKey(keysym, code, down));

// ------------------------------------------------------------------------------------------------- words and lamps

const ENDED = {
  off: ["The machine is off. You can close this page and go on in Isowright.", false],
  gone: ["The machine is gone: it was deleted. You can close this page.", false],
  busy: ["The machine is changing its state. Reconnect in a moment.", true],
};

function show(words, { connected = false, again = false } = {}) {
  at("state").textContent = words;
  at("lamp").className = connected ? "lamp on" : "lamp";
  at("again").hidden = !again;
  for (const id of ["cad", "paste"]) at(id).disabled = !connected;
  document.body.classList.toggle("connected", connected);
  if (again) at("again").focus();
}

function advise(words) {
  at("advice").textContent = words;
  at("advice").hidden = !words;
}

async function ask(method, path) {
  const answer = await fetch(path, { method, headers: { "X-Console-Session": session } });
  return [answer.status, await answer.json()];
}

// ------------------------------------------------------------------------------------------------------ connection

async function client() {
  if (meta("client") === "novnc") {
    try {
      return (await import(NOVNC)).default;
    } catch (error) {
      advise(`noVNC was found but does not load (${error.message}). Install it again. `
        + "Until then the screen is shown plainly: picture and keyboard, no mouse.");
    }
  } else {
    advise(`${meta("advice")} Until then the screen is shown plainly: picture and keyboard, no mouse.`);
  }
  return (await import("./plain.js")).default;
}

async function connect() {
  attempt += 1;
  show("Connecting…");
  let status, answer;
  try {
    const [, machine] = await ask("GET", "/console/state");
    if (machine.server) {
      at("name").textContent = machine.server;
      document.title = `${machine.server} – practice console`;
    }
    [status, answer] = await ask("POST", "/console/ticket");
  } catch {
    show("The practice cloud does not answer. Is it still running?", { again: true });
    return;
  }
  if (status !== 200) {
    show(answer.error.message, { again: status !== 403 });
    return;
  }
  const Rfb = await client();
  at("screen").replaceChildren();
  const screen = new Rfb(at("screen"), `ws://${location.host}/console/socket`, {
    shared: true, wsProtocols: ["binary", `ticket.${answer.ticket}`],
  });
  rfb = screen;
  screen.scaleViewport = true;
  screen.showDotCursor = true;
  screen.background = "transparent";
  let refused = "";
  screen.addEventListener("connect", () => {
    show("Connected", { connected: true });
    screen.focus();
  });
  screen.addEventListener("credentialsrequired", () => {
    refused = "The machine’s screen asks for a password, which the practice cloud never sets.";
    screen.disconnect();
  });
  screen.addEventListener("securityfailure", event => {
    refused = `The machine’s screen refused the connection: ${event.detail.reason || "no reason given"}.`;
  });
  screen.addEventListener("disconnect", () => {
    if (rfb === screen) ended(refused);
  });
}

async function ended(refused) {
  rfb = null;
  typing?.abort();
  if (at("panel").open) at("panel").close("");
  show(refused || "The connection to the screen ended.", { again: true });
  if (refused) return;
  // A machine that powers off closes its screen first, and the cloud hears of it a moment later.
  const during = attempt;
  for (let look = 0; look < 10; look += 1) {
    let machine;
    try {
      [, machine] = await ask("GET", "/console/state");
    } catch {
      if (during === attempt) show("The practice cloud does not answer. Is it still running?", { again: true });
      return;
    }
    if (during !== attempt) return;
    if (machine.phase in ENDED) {
      const [words, again] = ENDED[machine.phase];
      show(words, { again });
      if (machine.phase !== "busy") return;
    }
    await new Promise(done => setTimeout(done, 1000));
  }
}

// -------------------------------------------------------------------------------------------------------- keyboard

const layout = () => LAYOUTS[at("layout").value];

function explain() {
  const { name } = layout();
  at("hint").textContent = at("translate").checked
    ? `What you type and paste is translated for a machine that is set to the keyboard “${name}”. `
      + "Characters that it has no key for are left out."
    : "Your keys are passed on by their place, and the system in the machine decides what they type. "
      + `Pasted text is typed for the keyboard “${name}”.`;
  try {
    localStorage.setItem("layout", at("layout").value);
    localStorage.setItem("translate", at("translate").checked ? "yes" : "");
  } catch { /* a browser that keeps nothing: chosen again next time */ }
}

function offerLayouts() {
  for (const [id, { name }] of Object.entries(LAYOUTS)) at("layout").add(new Option(name, id));
  try {
    const kept = localStorage.getItem("layout");
    if (kept in LAYOUTS) at("layout").value = kept;
    at("translate").checked = localStorage.getItem("translate") === "yes";
  } catch { /* as above */ }
  explain();
}

function key(event) {
  if (!rfb || !typist.take(event, at("translate").checked ? layout().keys : null)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

// -------------------------------------------------------------------------------------------------- paste as typing

async function openPanel() {
  if (typing) {
    typing.abort();
    return;
  }
  at("panel-layout").textContent = layout().name;
  at("text").value = "";
  check();
  at("panel").showModal();
  at("text").focus();
  try {
    // Asks the operator in most browsers; without it, Ctrl+V into the field does the same.
    const text = await navigator.clipboard.readText();
    if (at("panel").open && !at("text").value) at("text").value = text;
    check();
  } catch { /* refused, or nothing that is text */ }
}

function check() {
  const { name, keys } = layout();
  const lacking = [...new Set(readable(at("text").value).filter(character => !keys.has(character)))];
  at("missing").textContent = lacking.length
    ? `The keyboard “${name}” has no key for ${lacking.slice(0, 12).join(" ")}: left out when the text is typed.` : "";
  at("type").disabled = !at("text").value;
}

async function typeText() {
  const text = at("text").value, { keys } = layout();
  at("text").value = "";
  if (at("panel").returnValue !== "type" || !rfb) {
    rfb?.focus();
    return;
  }
  const characters = readable(text);
  typing = new AbortController();
  at("paste").textContent = "Stop typing";
  at("screen").inert = true;  // keys in between would end up in the text
  const each = done => { at("state").textContent = `Typing: ${done} of ${characters.length}`; };
  each(0);
  await typist.type(characters, keys, each, typing.signal);
  const stopped = typing.signal.aborted;
  typing = null;
  at("paste").textContent = "Paste as typing…";
  at("screen").inert = false;
  if (rfb) {
    show(stopped ? "Connected. Typing was stopped." : "Connected", { connected: true });
    rfb.focus();
  }
}

// ---------------------------------------------------------------------------------------------------------- wiring

async function fullScreen() {
  if (document.fullscreenElement) {
    await document.exitFullscreen();
  } else {
    await document.documentElement.requestFullscreen();
    // Where the browser can: Escape goes to the machine, and held long leaves the full screen.
    await navigator.keyboard?.lock?.(["Escape"]).catch(() => {});
  }
  rfb?.focus();
}

at("cad").onclick = () => { rfb?.sendCtrlAltDel(); rfb?.focus(); };
at("paste").onclick = openPanel;
at("text").oninput = check;
at("panel").onclose = typeText;
at("full").onclick = () => fullScreen().catch(error => { at("state").textContent = `No full screen: ${error.message}`; });
document.onfullscreenchange = () => {
  at("full").textContent = document.fullscreenElement ? "Leave full screen" : "Full screen";
};
at("again").onclick = connect;
at("layout").onchange = () => { explain(); rfb?.focus(); };
at("translate").onchange = () => { explain(); rfb?.focus(); };
for (const name of ["keydown", "keyup"]) at("screen").addEventListener(name, key, { capture: true });
window.addEventListener("blur", () => typist.forget());
offerLayouts();
connect();
