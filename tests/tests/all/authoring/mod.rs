//! `linli plugin`, as merchants use it, with the plugins of `plugins/` and with new ones.

mod scenarios;
