/** Signatures by the platform, under this plugin's own name. */
export const keys: {
  /** 64 bytes over up to 64 KiB. */
  sign(purpose: string, bytes: Uint8Array): Uint8Array;
  /** Whether the platform made this signature for this plugin and purpose. */
  verify(purpose: string, bytes: Uint8Array, signature: Uint8Array): boolean;
};
