// The directory of residents, through handles that open only what is granted and agreed to.

import wit from "linli:platform/people@0.1.0";

/** Why an attribute is not shown: `not-granted`, `out-of-area`, `no-consent`, `unknown`. */
export class Denied extends Error {
  constructor(denial) {
    super(`the attribute is not shown: ${denial}`);
    this.denial = denial;
  }
}

function denying(act) {
  try {
    return act();
  } catch (error) {
    const denial = typeof error === "string" ? error : error?.payload;
    throw typeof denial === "string" ? new Denied(denial) : error;
  }
}

export const people = {
  /** Somebody, for this call only; null when the reference is not one of this plugin's, or the person is gone. */
  open(reference) {
    const handle = wit.open(reference);
    if (!handle) return null;
    return {
      /** The value, checked live and written to the access log with its purpose. Throws `Denied`. */
      reveal: (attribute, purpose) => denying(() => handle.reveal(attribute, purpose)),
      /** The value with all but what tells two neighbours apart covered: `张*`. Throws `Denied`. */
      masked: (attribute) => denying(() => handle.masked(attribute)),
    };
  },
};
