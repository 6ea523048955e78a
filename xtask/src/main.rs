//! Builds, serves, tests and measures the project: `cargo xtask --help`.
//!
//! Everything is done by calling cargo, so that each step can also be run by hand; what is printed before a step
//! is what it is for, and after it how long it took.

mod bench;
mod compile;
mod debian;
mod plugins;
mod process;
mod serve;
mod spin;
mod suite;
mod tidy;
mod toolchain;
mod typescript;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
Builds, serves, tests and measures Linli.

Usage: cargo xtask <COMMAND>

Commands:
  setup   Make this machine able to compile WebAssembly components. Done once; later runs only check.
  build   Compile the components to <target>/components/*.wasm, and the `linli` binary to <target>/release/linli.
          Test guests go to <target>/components/tests/*.wasm, the plugins of plugins/ to <target>/components/plugins/
          (by `linli plugin build`). What is fresh is not compiled again.
  serve   setup and build, then serve a demo community on http://127.0.0.1:3000 and print calls to paste.
            --listen ADDR   another address
            --data DIR      another data directory (default: <target>/demo; delete it to start afresh)
          Any other argument is passed to `linli serve`.
  test    setup, build and build-spin, then format check, clippy with warnings as errors, every test, and the suites
          of test-spin on the small host. A test program that hangs is ended, and has failed. Ends with `N passed, M
          failed, K skipped`, added up from the test runner's own summaries.
  build-spin [NAME…]
          Compile the functions named, or all, and compose them with the adapters of spin/ to <target>/spin/NAME.wasm,
          where spin.toml has them. The adapters go to <target>/spin/adapters/.
  test-spin [--spin PATH]
          build-spin, then the probe of tests/spinhost and the API and scenario suites on a Spin host: the program at
          PATH, or else the small one of tests/spinhost. docs/hosts.md says what is left out, and why.
  bench   setup and build, then measure, and write docs/benchmarks.md.
            --quick         a tenth of the load: to see that it runs, not what it measures
            --only PART     one part (more than once: several), printed, not written: host-time, plugins,
                            neighbours, traffic, spin, lunch, communities
            --spin PATH     build-spin too, and measure the same sign-ups on the Spin host at PATH
            --out FILE      write somewhere else
  tidy    The house rules alone: layers, module docs, file sizes, documented WIT, links that resolve.
          (They are tests as well, so `test` includes them.)

Environment:
  LINLI_WASM_TOOLCHAIN  rustup | debian: use this toolchain for the components and no other
  CARGO_TARGET_DIR      where everything that is built goes (default: target)
  CARGO_BUILD_JOBS      compilations at once (default: what cores and memory allow)
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<ExitCode> {
    let (command, rest) = match arguments.split_first() {
        None => ("help", arguments),
        Some((command, rest)) => (command.as_str(), rest),
    };
    if rest.iter().take_while(|a| *a != "--").any(|a| a == "--help" || a == "-h") {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    if !rest.is_empty() && !matches!(command, "serve" | "bench" | "build-spin" | "test-spin") {
        bail!("`{command}` takes no arguments; see `cargo xtask --help`");
    }
    match command {
        "help" | "--help" | "-h" => print!("{HELP}"),
        "setup" => drop(toolchain::ready(&workspace::Workspace::load()?)?),
        "build" => compile::everything(&workspace::Workspace::load()?)?,
        "build-spin" => spin::build(&workspace::Workspace::load()?, rest, &[])?,
        "test-spin" => return spin::test(&workspace::Workspace::load()?, rest),
        "serve" => return serve::run(&workspace::Workspace::load()?, rest),
        "test" => return suite::run(&workspace::Workspace::load()?),
        "bench" => return bench::run(&workspace::Workspace::load()?, rest),
        "tidy" => return tidy::run(&workspace::Workspace::load()?),
        other => bail!("there is no command `{other}`; see `cargo xtask --help`"),
    }
    Ok(ExitCode::SUCCESS)
}
