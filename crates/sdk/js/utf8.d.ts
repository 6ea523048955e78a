/** The bytes of a text. */
export function toUtf8(text: string): Uint8Array;
/** The text of bytes; what is no UTF-8 becomes U+FFFD. */
export function fromUtf8(bytes: Uint8Array): string;
