// Signatures by the platform, under this plugin's own name.

import wit from "linli:platform/keys@0.1.0";

export const keys = {
  /** 64 bytes over up to 64 KiB. */
  sign: (purpose, bytes) => Uint8Array.from(wit.sign(purpose, bytes)),
  /** Whether the platform made this signature for this plugin and purpose. */
  verify: (purpose, bytes, signature) => wit.verify(purpose, bytes, signature),
};
