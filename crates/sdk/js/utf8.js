// Text to bytes and back: the engine has no TextEncoder.

/** The bytes of a text. */
export function toUtf8(text) {
  const bytes = [];
  for (const character of text) {
    const code = character.codePointAt(0);
    // Half of a surrogate pair has no bytes of its own.
    const c = code >= 0xd800 && code <= 0xdfff ? 0xfffd : code;
    if (c < 0x80) bytes.push(c);
    else if (c < 0x800) bytes.push(0xc0 | (c >> 6), 0x80 | (c & 63));
    else if (c < 0x10000) bytes.push(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
    else bytes.push(0xf0 | (c >> 18), 0x80 | ((c >> 12) & 63), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
  }
  return Uint8Array.from(bytes);
}

/** The text of bytes; what is no UTF-8 becomes U+FFFD. */
export function fromUtf8(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at];
    const more = first < 0x80 ? 0 : first < 0xc2 ? -1 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : -1;
    let code = more === 0 ? first : more > 0 ? first & (0x3f >> more) : 0xfffd;
    let taken = 1;
    for (; taken <= more; taken++) {
      const next = bytes[at + taken];
      if (next === undefined || (next & 0xc0) !== 0x80) break;
      code = (code << 6) | (next & 63);
    }
    const least = [0, 0x80, 0x800, 0x10000][Math.max(more, 0)];
    const whole = taken > more && code >= least && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    text += String.fromCodePoint(whole ? code : 0xfffd);
    at += whole ? taken : Math.max(1, more > 0 ? taken : 1);
  }
  return text;
}
