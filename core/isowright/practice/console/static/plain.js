// A plain screen for computers without noVNC: RFC 6143 with raw pictures and a keyboard, nothing more. It offers the
// part of noVNC's RFB class that screen.js uses.

const XT = [  // PC scan codes of set 1 from 1 on
  "Escape", "Digit1", "Digit2", "Digit3", "Digit4", "Digit5", "Digit6", "Digit7", "Digit8", "Digit9", "Digit0", "Minus",
  "Equal", "Backspace", "Tab", "KeyQ", "KeyW", "KeyE", "KeyR", "KeyT", "KeyY", "KeyU", "KeyI", "KeyO", "KeyP",
  "BracketLeft", "BracketRight", "Enter", "ControlLeft", "KeyA", "KeyS", "KeyD", "KeyF", "KeyG", "KeyH", "KeyJ", "KeyK",
  "KeyL", "Semicolon", "Quote", "Backquote", "ShiftLeft", "Backslash", "KeyZ", "KeyX", "KeyC", "KeyV", "KeyB", "KeyN",
  "KeyM", "Comma", "Period", "Slash", "ShiftRight", "NumpadMultiply", "AltLeft", "Space", "CapsLock", "F1", "F2", "F3",
  "F4", "F5", "F6", "F7", "F8", "F9", "F10", "NumLock", "ScrollLock", "Numpad7", "Numpad8", "Numpad9", "NumpadSubtract",
  "Numpad4", "Numpad5", "Numpad6", "NumpadAdd", "Numpad1", "Numpad2", "Numpad3", "Numpad0", "NumpadDecimal",
];
const SCAN = new Map(XT.map((code, index) => [code, index + 1]));
// After an E0 byte: RFB's extended key event sets the high bit for it.
for (const [code, scan] of Object.entries({
  IntlBackslash: 0x56, F11: 0x57, F12: 0x58, NumpadEnter: 0x9c, ControlRight: 0x9d, NumpadDivide: 0xb5, AltRight: 0xb8,
  Home: 0xc7, ArrowUp: 0xc8, PageUp: 0xc9, ArrowLeft: 0xcb, ArrowRight: 0xcd, End: 0xcf, ArrowDown: 0xd0,
  PageDown: 0xd1, Insert: 0xd2, Delete: 0xd3, MetaLeft: 0xdb, MetaRight: 0xdc, ContextMenu: 0xdd,
})) SCAN.set(code, scan);

const KEYSYM = {  // for servers without the extension
  Escape: 0xff1b, Backspace: 0xff08, Tab: 0xff09, Enter: 0xff0d, NumpadEnter: 0xff8d, ControlLeft: 0xffe3,
  ControlRight: 0xffe4, ShiftLeft: 0xffe1, ShiftRight: 0xffe2, AltLeft: 0xffe9, AltRight: 0xffea, CapsLock: 0xffe5,
  NumLock: 0xff7f, ScrollLock: 0xff14, Home: 0xff50, ArrowLeft: 0xff51, ArrowUp: 0xff52, ArrowRight: 0xff53,
  ArrowDown: 0xff54, PageUp: 0xff55, PageDown: 0xff56, End: 0xff57, Insert: 0xff63, Delete: 0xffff, MetaLeft: 0xffeb,
  MetaRight: 0xffec, ContextMenu: 0xff67,
};
for (let n = 1; n <= 12; n += 1) KEYSYM[`F${n}`] = 0xffbd + n;

const RAW = 0, DESKTOP_SIZE = -223, EXTENDED_KEYS = -258;

// What has arrived, taken in lengths of the reader's choice.
class Inbox {
  constructor() { this.pieces = []; this.length = 0; this.wake = () => {}; }

  put(piece) { this.pieces.push(piece); this.length += piece.length; this.wake(); }

  async take(length) {
    while (this.length < length) await new Promise(done => { this.wake = done; });
    const taken = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const piece = this.pieces[0], part = piece.subarray(0, length - filled);
      taken.set(part, filled);
      filled += part.length;
      if (part.length === piece.length) this.pieces.shift();
      else this.pieces[0] = piece.subarray(part.length);
    }
    this.length -= length;
    return new DataView(taken.buffer);
  }
}

export default class PlainScreen extends EventTarget {
  constructor(target, url, { wsProtocols }) {
    super();
    this.inbox = new Inbox();
    this.extended = false;
    this.down = new Map();  // keys that the machine holds down: code → keysym
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.className = "plain";
    target.append(this.canvas);
    this.paint = this.canvas.getContext("2d", { alpha: false });
    for (const name of ["keydown", "keyup"]) this.canvas.addEventListener(name, event => this.key(event));
    this.canvas.addEventListener("blur", () => this.letGo());
    this.canvas.addEventListener("mousedown", () => this.focus());
    this.socket = new WebSocket(url, wsProtocols);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = ({ data }) => this.inbox.put(new Uint8Array(data));
    this.socket.onclose = () => this.dispatchEvent(new CustomEvent("disconnect", { detail: {} }));
    this.socket.onopen = () => this.run().catch(error => {
      this.dispatchEvent(new CustomEvent("securityfailure", { detail: { reason: error.message } }));
      this.disconnect();
    });
  }

  focus() { this.canvas.focus(); }

  disconnect() { this.socket.close(); }

  // ------------------------------------------------------------------------------------------------- the protocol

  send(...bytes) { this.socket.send(new Uint8Array(bytes)); }

  async text(bytes) { return new TextDecoder().decode(await this.inbox.take(bytes)); }

  async run() {
    const { inbox } = this;
    await inbox.take(12);
    this.socket.send(new TextEncoder().encode("RFB 003.008\n"));
    const kinds = new Uint8Array((await inbox.take((await inbox.take(1)).getUint8(0))).buffer);
    if (!kinds.includes(1)) throw new Error("it wants a password");
    this.send(1);
    if ((await inbox.take(4)).getUint32(0)) {
      throw new Error(await this.text((await inbox.take(4)).getUint32(0)));
    }
    this.send(1);  // shared: another page may watch as well
    const init = await inbox.take(24);
    await inbox.take(init.getUint32(20));
    this.resize(init.getUint16(0), init.getUint16(2));
    // 32 bits, little endian, red first: what a canvas takes.
    this.send(0, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 0, 8, 16, 0, 0, 0);
    const encodings = new DataView(new ArrayBuffer(16));
    encodings.setUint8(0, 2);
    encodings.setUint16(2, 3);
    [RAW, DESKTOP_SIZE, EXTENDED_KEYS].forEach((encoding, n) => encodings.setInt32(4 + 4 * n, encoding));
    this.socket.send(encodings);
    this.dispatchEvent(new CustomEvent("connect"));
    for (let incremental = 0; ; incremental = 1) {
      const { width, height } = this.canvas;
      this.send(3, incremental, 0, 0, 0, 0, width >> 8, width & 255, height >> 8, height & 255);
      await this.update();
    }
  }

  // Messages up to the next picture.
  async update() {
    const { inbox } = this;
    for (;;) {
      const kind = (await inbox.take(1)).getUint8(0);
      if (kind === 0) {
        const rectangles = (await inbox.take(3)).getUint16(1);
        for (let n = 0; n < rectangles; n += 1) await this.rectangle();
        return;
      }
      if (kind === 1) await inbox.take(6 * (await inbox.take(5)).getUint16(3));  // a palette, which 24 bits have none of
      else if (kind === 3) await inbox.take((await inbox.take(7)).getUint32(3));  // the machine's clipboard
      else if (kind !== 2) throw new Error(`it says something that this page does not know (${kind})`);
    }
  }

  async rectangle() {
    const head = await this.inbox.take(12);
    const [x, y, width, height] = [0, 2, 4, 6].map(offset => head.getUint16(offset));
    const encoding = head.getInt32(8);
    if (encoding === DESKTOP_SIZE) this.resize(width, height);
    else if (encoding === EXTENDED_KEYS) this.extended = true;
    else if (encoding !== RAW) throw new Error(`it draws in a way that was not asked for (${encoding})`);
    else if (width && height) {
      const pixels = new Uint8ClampedArray((await this.inbox.take(4 * width * height)).buffer);
      for (let alpha = 3; alpha < pixels.length; alpha += 4) pixels[alpha] = 255;
      this.paint.putImageData(new ImageData(pixels, width, height), x, y);
    }
  }

  resize(width, height) {
    this.canvas.width = width;
    this.canvas.height = height;
  }

  // ------------------------------------------------------------------------------------------------------ keyboard

  sendKey(keysym, code, down) {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    const scan = SCAN.get(code), message = new DataView(new ArrayBuffer(this.extended && scan ? 12 : 8));
    if (message.byteLength === 12) {
      message.setUint8(0, 255);
      message.setUint16(2, down ? 1 : 0);
      message.setUint32(4, keysym);
      message.setUint32(8, scan);
    } else {
      if (!keysym) return;
      message.setUint8(0, 4);
      message.setUint8(1, down ? 1 : 0);
      message.setUint32(4, keysym);
    }
    this.socket.send(message);
  }

  sendCtrlAltDel() {
    const codes = ["ControlLeft", "AltLeft", "Delete"];
    for (const code of codes) this.sendKey(KEYSYM[code], code, true);
    for (const code of codes.reverse()) this.sendKey(KEYSYM[code], code, false);
  }

  key(event) {
    const { code } = event;
    if (!SCAN.has(code)) return;
    event.preventDefault();
    if (event.type === "keyup" && !this.down.has(code)) return;
    const char = [...event.key].length === 1 ? event.key.codePointAt(0) : 0;
    // Beyond Latin-1, keysyms are the character's number with a mark.
    const keysym = this.down.get(code) ?? KEYSYM[code] ?? (char > 255 ? 0x1000000 + char : char);
    if (event.type === "keydown") this.down.set(code, keysym);
    else this.down.delete(code);
    this.sendKey(keysym, code, event.type === "keydown");
  }

  letGo() {
    for (const [code, keysym] of this.down) this.sendKey(keysym, code, false);
    this.down.clear();
  }
}
