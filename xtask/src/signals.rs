//! Ctrl-C and its kin: remembered and passed on to the tool that runs, but never the end of the
//! door itself, so that what it started is also removed.
//!
//! At a terminal, Ctrl-C reaches the running tool without our help, because the tool shares our
//! process group; passing it on would make two of it, and test runners take the second one as "at
//! once". Without a terminal the tool gets a process group of its own, and everything in it
//! receives each signal exactly once, through us.

use std::fmt;
use std::process::ExitCode;

pub use self::platform::{caught, prepare, register, unregister, watch};

/// The work ended because of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted {
    /// The signal's number.
    pub signal: i32,
}

impl Interrupted {
    /// The exit code that shells give a program that was ended by this signal.
    pub fn exit_code(self) -> ExitCode {
        ExitCode::from(u8::try_from(128 + self.signal).unwrap_or(1))
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.signal {
            1 => write!(out, "stopped: the terminal was closed"),
            2 => write!(out, "stopped by Ctrl-C"),
            15 => write!(out, "stopped: asked to terminate"),
            other => write!(out, "stopped by signal {other}"),
        }
    }
}

impl std::error::Error for Interrupted {}

/// Fails when a signal has come, so that no further step starts.
pub fn check() -> Result<(), Interrupted> {
    caught().map_or(Ok(()), Err)
}

#[cfg(unix)]
mod platform {
    //! Signals as Unix has them.

    use std::os::unix::process::CommandExt;
    use std::process::Command;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use anyhow::{Context, Result};
    use rustix::process::{Pid, Signal, kill_process, kill_process_group};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    use super::Interrupted;

    /// From this signal on, the tool is killed instead of asked.
    const PATIENCE: u32 = 3;

    /// What has happened so far.
    struct State {
        /// The first signal that came.
        caught: Option<i32>,
        /// How many came.
        count: u32,
        /// The tool that runs now.
        tool: Option<Pid>,
    }

    /// The one state of this process.
    static STATE: Mutex<State> = Mutex::new(State { caught: None, count: 0, tool: None });

    /// Starts to catch signals. Called once, before anything is started.
    pub fn watch() -> Result<()> {
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])
            .context("could not install the signal handlers")?;
        std::thread::spawn(move || {
            for signal in signals.forever() {
                let mut state = state();
                state.caught.get_or_insert(signal);
                state.count += 1;
                if let Some(tool) = state.tool {
                    pass_on(tool, signal, state.count);
                }
            }
        });
        Ok(())
    }

    /// The first signal that came, if one has.
    pub fn caught() -> Option<Interrupted> {
        state().caught.map(|signal| Interrupted { signal })
    }

    /// Puts a command that is about to start into its own process group when no terminal would
    /// signal it.
    pub fn prepare(command: &mut Command) {
        if !at_a_terminal() {
            command.process_group(0);
        }
    }

    /// Says which tool runs, so that signals reach it; one that has come in the meantime is passed
    /// on now.
    pub fn register(process: u32) {
        let mut state = state();
        state.tool = i32::try_from(process).ok().and_then(Pid::from_raw);
        if let (Some(tool), Some(signal)) = (state.tool, state.caught) {
            pass_on(tool, signal, state.count);
        }
    }

    /// Says that the tool has ended.
    pub fn unregister() {
        state().tool = None;
    }

    /// Passes a signal on. A tool that has already gone is no error.
    fn pass_on(tool: Pid, signal: i32, count: u32) {
        let signal = match signal {
            _ if count >= PATIENCE => Signal::KILL,
            SIGINT => Signal::INT,
            SIGHUP => Signal::HUP,
            _ => Signal::TERM,
        };
        if !at_a_terminal() {
            let _ = kill_process_group(tool, signal);
        } else if signal != Signal::INT && signal != Signal::HUP {
            let _ = kill_process(tool, signal);
        }
    }

    /// Whether this process has a controlling terminal, whose Ctrl-C reaches all processes of our
    /// group.
    fn at_a_terminal() -> bool {
        std::fs::File::open("/dev/tty").is_ok()
    }

    /// The state, also after a panic of somebody who held it: nothing in it can be half written.
    fn state() -> MutexGuard<'static, State> {
        STATE.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(not(unix))]
mod platform {
    //! Elsewhere the console signals every process in it, and there is nothing to clean up.

    use std::process::Command;

    use anyhow::Result;

    use super::Interrupted;

    /// Nothing to catch.
    pub fn watch() -> Result<()> {
        Ok(())
    }

    /// Nothing is caught.
    pub fn caught() -> Option<Interrupted> {
        None
    }

    /// Nothing to prepare.
    pub fn prepare(_command: &mut Command) {}

    /// Nothing to pass on.
    pub fn register(_process: u32) {}

    /// Nothing to forget.
    pub fn unregister() {}
}
