// What a command must not depend on: it is run again after a conflict, and both runs must come to the same.

const forbid = (what, instead) => () => {
  throw new Error(`${what} is not there in a component: use ${instead}`);
};

Math.random = forbid("Math.random()", "random() or newId()");
Date.now = forbid("Date.now()", "now()");
const RealDate = Date;
globalThis.Date = class Date extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) forbid("new Date()", "new Date(now())")();
    super(...parts);
  }
};
