//! The inert WASI set: what toolchains import whether a program uses it or not. The host links it with nothing behind
//! it; vetting refuses whatever is not in it.

/// The interfaces of WASI 0.2 in the set.
const LISTED: [&str; 22] = [
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/stderr",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:cli/terminal-stderr",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:clocks/timezone",
    "wasi:filesystem/types",
    "wasi:filesystem/preopens",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/random",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:cli/types",
];

/// Whether an import is in the set, in any version of WASI 0.2.
pub fn is_inert_wasi(import: &str) -> bool {
    import
        .split_once('@')
        .is_some_and(|(interface, version)| LISTED.contains(&interface) && version.starts_with("0.2."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_interfaces_of_wasi_0_2() {
        assert!(is_inert_wasi("wasi:cli/environment@0.2.3"));
        assert!(is_inert_wasi("wasi:random/insecure-seed@0.2.6"));
        for other in [
            "wasi:sockets/tcp@0.2.3",
            "wasi:http/outgoing-handler@0.2.3",
            "wasi:cli/environment@0.3.0",
            "wasi:cli/environment",
            "wasi:cli/environment-of@0.2.3",
            "linli:other/x@0.2.0",
        ] {
            assert!(!is_inert_wasi(other), "{other}");
        }
    }
}
