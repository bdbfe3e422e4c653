// Which keys type a character on the keyboard that the machine is set to. Facts: xkeyboard-config's symbols us, gb, de
// and fr (basic variants). A key is named by its place, as KeyboardEvent.code does.

const ROWS = [
  ["Backquote", "Digit1", "Digit2", "Digit3", "Digit4", "Digit5", "Digit6", "Digit7", "Digit8", "Digit9", "Digit0",
    "Minus", "Equal"],
  ["KeyQ", "KeyW", "KeyE", "KeyR", "KeyT", "KeyY", "KeyU", "KeyI", "KeyO", "KeyP", "BracketLeft", "BracketRight"],
  ["KeyA", "KeyS", "KeyD", "KeyF", "KeyG", "KeyH", "KeyJ", "KeyK", "KeyL", "Semicolon", "Quote", "Backslash"],
  ["IntlBackslash", "KeyZ", "KeyX", "KeyC", "KeyV", "KeyB", "KeyN", "KeyM", "Comma", "Period", "Slash"],
];

// Rows as above, alone and with Shift; a blank: no character that is typed with this key. `dead`: keys that wait for
// the next one; followed by a space they type themselves.
const KEYBOARDS = {
  us: {
    name: "English (US)",
    alone: ["`1234567890-=", "qwertyuiop[]", "asdfghjkl;'\\", " zxcvbnm,./"],
    shift: ["~!@#$%^&*()_+", "QWERTYUIOP{}", "ASDFGHJKL:\"|", " ZXCVBNM<>?"],
    altgr: {}, dead: "",
  },
  uk: {
    name: "English (UK)",
    alone: ["`1234567890-=", "qwertyuiop[]", "asdfghjkl;'#", "\\zxcvbnm,./"],
    shift: ["¬!\"£$%^&*()_+", "QWERTYUIOP{}", "ASDFGHJKL:@~", "|ZXCVBNM<>?"],
    altgr: { "€": "Digit4" }, dead: "",
  },
  de: {
    name: "German",
    alone: ["^1234567890ß´", "qwertzuiopü+", "asdfghjklöä#", "<yxcvbnm,.-"],
    shift: ["°!\"§$%&/()=?`", "QWERTZUIOPÜ*", "ASDFGHJKLÖÄ'", ">YXCVBNM;:_"],
    altgr: {
      "²": "Digit2", "³": "Digit3", "{": "Digit7", "[": "Digit8", "]": "Digit9", "}": "Digit0", "\\": "Minus",
      "@": "KeyQ", "€": "KeyE", "~": "BracketRight", "|": "IntlBackslash", "µ": "KeyM",
    },
    dead: "^´`",
  },
  fr: {
    name: "French",
    alone: ["²&é\"'(-è_çà)=", "azertyuiop $", "qsdfghjklmù*", "<wxcvbn,;:!"],
    shift: [" 1234567890°+", "AZERTYUIOP £", "QSDFGHJKLM%µ", ">WXCVBN?./§"],
    altgr: {
      "~": "Digit2", "#": "Digit3", "{": "Digit4", "[": "Digit5", "|": "Digit6", "`": "Digit7", "\\": "Digit8",
      "^": "Digit9", "@": "Digit0", "]": "Minus", "}": "Equal", "€": "KeyE",
    },
    dead: "",
  },
};

const CONTROLS = { "\n": ["Enter", 0xff0d], "\t": ["Tab", 0xff09], "\b": ["Backspace", 0xff08], "\x1b": ["Escape", 0xff1b] };

// The keysym that a US keyboard has at this place. QEMU takes the place and looks at the keysym only for Caps Lock; a
// server that takes keysyms alone has a US keyboard, so that this still presses the right key.
const US = new Map();
for (const [r, row] of ROWS.entries()) {
  for (const [k, code] of row.entries()) {
    US.set(code, [KEYBOARDS.us.alone[r].charCodeAt(k), KEYBOARDS.us.shift[r].charCodeAt(k)]);
  }
}
US.set("IntlBackslash", [0x3c, 0x3e]);
US.set("Space", [0x20, 0x20]);

const stroke = (code, shift, altgr) => ({ code, shift, altgr, keysym: US.get(code)[shift ? 1 : 0] });

function table({ alone, shift, altgr, dead }) {
  const keys = new Map([[" ", [stroke("Space", false, false)]]]);
  for (const [char, [code, keysym]] of Object.entries(CONTROLS)) {
    keys.set(char, [{ code, shift: false, altgr: false, keysym }]);
  }
  const add = (char, made) => {
    if (char === " " || keys.has(char)) return;
    keys.set(char, dead.includes(char) ? [made, stroke("Space", false, false)] : [made]);
  };
  for (const [r, row] of ROWS.entries()) {
    for (const [k, code] of row.entries()) add(alone[r][k], stroke(code, false, false));
  }
  for (const [r, row] of ROWS.entries()) {
    for (const [k, code] of row.entries()) add(shift[r][k], stroke(code, true, false));
  }
  for (const [char, code] of Object.entries(altgr)) add(char, stroke(code, false, true));
  return keys;
}

// id → { name, keys: Map of character → strokes }; a stroke is { code, shift, altgr, keysym }.
export const LAYOUTS = Object.fromEntries(
  Object.entries(KEYBOARDS).map(([id, keyboard]) => [id, { name: keyboard.name, keys: table(keyboard) }]));

// Line ends of every kind press Enter once; what looks like a letter with an accent is one character.
export const readable = text => [...text.normalize("NFC").replace(/\r\n?/g, "\n").replace(/\u00a0/g, " ")];
