//! Child processes: steps that say what they are for and how long they took, and time limits that hold.

use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How often a process with a time limit is looked at.
const POLL: Duration = Duration::from_millis(50);

/// Steps shorter than this are not worth a line of their own.
const WORTH_A_LINE: Duration = Duration::from_millis(1_500);

/// Does `work` under a heading, and says how long it took if it took long.
pub fn step<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("==> {title}");
    let start = Instant::now();
    let outcome = work();
    let took = start.elapsed();
    match &outcome {
        Ok(_) if took < WORTH_A_LINE => {}
        Ok(_) => eprintln!("    done in {}", seconds(took)),
        Err(_) => eprintln!("    failed after {}", seconds(took)),
    }
    outcome
}

/// `12.3 s`, or `2 min 3 s`.
pub fn seconds(time: Duration) -> String {
    match time.as_secs() {
        whole if whole >= 60 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

/// Runs to the end with the terminal as output; an error unless it succeeds.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", shown(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", shown(command));
    }
    Ok(())
}

/// What it prints on standard output; an error, with what it says on standard error, unless it succeeds.
pub fn output(command: &mut Command) -> Result<String> {
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {}", shown(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{} ended with {}\n{}", shown(command), output.status, said.trim_end());
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("{} printed something else than text", shown(command)))
}

/// Runs with the terminal as output, killed after `limit`: then none.
pub fn run_within(command: &mut Command, limit: Duration) -> Result<Option<ExitStatus>> {
    let mut child =
        command.stdin(Stdio::null()).spawn().with_context(|| format!("cannot start {}", shown(command)))?;
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() >= limit {
            // It may have ended between the two calls; killing it then is an error of no interest.
            child.kill().ok();
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(POLL);
    }
}

/// The command as one would type it.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    format!("`{}`", words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hangs_is_given_up() {
        let mut forever = Command::new("sleep");
        forever.arg("600");
        assert!(run_within(&mut forever, Duration::from_millis(100)).unwrap().is_none());
    }

    #[test]
    fn what_ends_in_time_tells_how() {
        let limit = Duration::from_secs(600);
        assert!(run_within(&mut Command::new("true"), limit).unwrap().unwrap().success());
        assert!(!run_within(&mut Command::new("false"), limit).unwrap().unwrap().success());
    }

    #[test]
    fn an_error_names_the_command() {
        let error = run(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert_eq!(error.to_string(), "`sh -c exit 3` ended with exit status: 3");
    }
}
