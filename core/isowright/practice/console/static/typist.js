// Presses keys on the machine's keyboard: text as if it were typed, and the operator's own typing, translated.

const SHIFT = { code: "ShiftLeft", keysym: 0xffe1 };
const ALTGR = { code: "AltRight", keysym: 0xfe03 };
// QEMU passes a key on every 10 ms and keeps 1,024 of them; faster than that, the rest is lost.
const EVENT_MS = 12;

const pause = ms => new Promise(done => setTimeout(done, ms));

export class Typist {
  // send(keysym, code, down), as noVNC's sendKey.
  constructor(send) {
    this.send = send;
    this.shifts = new Set();  // Shift keys that the operator holds, as the machine knows it
    this.swallowed = new Set();  // keys whose press did not go to the machine
  }

  // One character. Returns the number of key events.
  press(strokes) {
    let events = 0;
    const key = ({ keysym, code }, down) => { this.send(keysym, code, down); events += 1; };
    for (const stroke of strokes) {
      const held = [...this.shifts];
      const add = stroke.shift && !held.length, lift = stroke.shift ? [] : held;
      for (const code of lift) key({ ...SHIFT, code }, false);
      if (add) key(SHIFT, true);
      if (stroke.altgr) key(ALTGR, true);
      key(stroke, true);
      key(stroke, false);
      if (stroke.altgr) key(ALTGR, false);
      if (add) key(SHIFT, false);
      for (const code of lift) key({ ...SHIFT, code }, true);
    }
    return events;
  }

  // Types characters at the pace of a keyboard. `each(done)` is called after each; `signal` (AbortSignal) stops it.
  async type(characters, keys, each, signal) {
    let done = 0;
    for (const character of characters) {
      if (signal.aborted) return;
      const strokes = keys.get(character);
      if (strokes) await pause(this.press(strokes) * EVENT_MS);
      each(done += 1);
    }
  }

  // The operator's key, on its way to the VNC client; `keys` null: pass it on by its place. True: it has been dealt with.
  take(event, keys) {
    const { code, key } = event, down = event.type === "keydown";
    if (!down && this.swallowed.delete(code)) return true;
    if (code === "ShiftLeft" || code === "ShiftRight") {
      if (down) this.shifts.add(code);
      else this.shifts.delete(code);
    }
    if (!down || !keys) return false;
    // What these do to a character is in the character already.
    const level = ["AltGraph", "CapsLock"].includes(key);
    const chord = (event.ctrlKey || event.altKey || event.metaKey) && !event.getModifierState("AltGraph");
    if (!level && (chord || [...key].length !== 1)) return false;
    this.swallowed.add(code);
    const strokes = keys.get(key);
    if (strokes && !level) this.press(strokes);
    return true;
  }

  // The page lost the keyboard: the VNC client lets go of all keys.
  forget() {
    this.shifts.clear();
    this.swallowed.clear();
  }
}
