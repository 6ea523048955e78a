import type { Manifest } from "./plugin.js";

declare const manifest: Manifest & {
  /** Your id on the platform, for `account.provider`. */
  readonly provider: string;
};
export default manifest;
