//! The tasks that run functions of the user, each of which answers exactly once.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use super::{Access, Core, Flag, Place};
use crate::Event;
use crate::data::{Cause, Data, Failure};
use crate::effect::{CallbackCall, FetchCall, FetchId, MutateCall, RunId, Work};
use crate::runtime::BoxFuture;

/// What a function comes to.
pub(crate) type Made = Result<Option<Data>, Failure>;

/// What tasks are known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum TaskId {
    Fetch(FetchId),
    Run(RunId),
}

/// A function to fetch with, without its types.
pub(crate) struct FetchFn(pub Box<dyn Fn(FetchTask) -> BoxFuture<()> + Send + Sync>);

/// What is called with something, without its types.
type Function<C, O> = Box<dyn Fn(&Access, C) -> O + Send + Sync>;

/// A function to mutate with, without its types.
pub(crate) struct MutateFn(pub Function<MutateCall, BoxFuture<Made>>);

/// A callback of a mutation that is waited for, without its types.
pub(crate) struct CallbackFn(pub Function<CallbackCall, BoxFuture<Made>>);

/// A callback of a mutation that nobody waits for, without its types.
pub(crate) struct TellFn(pub Function<CallbackCall, ()>);

/// A fetch that is about to run.
pub(crate) struct FetchTask {
    core: Access,
    call: Box<FetchCall>,
    reply: Reply,
}

/// A fetch that runs.
pub(crate) struct Running {
    pub core: Access,
    pub call: Box<FetchCall>,
    /// Raised when it is no longer wanted.
    pub flag: Arc<Flag>,
}

/// Answers for a task, also if the task is dropped before it could.
struct Reply {
    core: Arc<Core>,
    run: RunId,
    task: TaskId,
    flag: Arc<Flag>,
    /// Whose cache it is for.
    epoch: u64,
    event: fn(RunId, Made) -> Event,
    is_given: bool,
}

impl Reply {
    fn new(
        core: &Arc<Core>,
        epoch: u64,
        run: RunId,
        task: TaskId,
        event: fn(RunId, Made) -> Event,
    ) -> Self {
        let flag = Arc::new(Flag::new());
        core.tasks.lock().insert(task, Arc::clone(&flag));
        if core.is_closed() {
            flag.raise();
        }
        Self { core: Arc::clone(core), run, task, flag, epoch, event, is_given: false }
    }

    fn give(&mut self, made: Made) {
        self.is_given = true;
        let mut tasks = self.core.tasks.lock();
        // The next run of the same fetch may have its own flag there already.
        if tasks.get(&self.task).is_some_and(|flag| Arc::ptr_eq(flag, &self.flag)) {
            tasks.remove(&self.task);
        }
        drop(tasks);
        // Nobody wants to hear of what was called off.
        if !self.flag.is_raised() {
            self.core.event((self.event)(self.run, made));
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if !self.is_given {
            self.give(Err(Cause::Dropped.into()));
        }
    }
}

fn fetched(run: RunId, made: Made) -> Event {
    match made {
        Ok(data) => Event::Fetched(run, data),
        Err(failure) => Event::FetchFailed(run, failure),
    }
}

fn streamed(run: RunId, made: Made) -> Event {
    match made {
        Ok(_) => Event::Streamed(run),
        Err(failure) => Event::FetchFailed(run, failure),
    }
}

fn mutated(run: RunId, made: Made) -> Event {
    match made {
        Ok(data) => Event::Mutated(run, data),
        Err(failure) => Event::MutateFailed(run, failure),
    }
}

/// Polls a future until it is over, panics, or is no longer wanted; then it gives nothing.
async fn watched(flag: &Flag, future: impl Future<Output = Made>) -> Option<Made> {
    let mut future = pin!(future);
    let mut place = Place::default();
    let outcome = poll_fn(|cx| {
        if flag.poll(&mut place, cx.waker()) {
            return Poll::Ready(None);
        }
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Some),
            Err(panic) => Poll::Ready(Some(Err(panicked(&*panic)))),
        }
    })
    .await;
    flag.leave(&place);
    outcome
}

/// What is left of a panic.
pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Failure {
    Cause::Panicked(panic_text(panic)).into()
}

/// What a panic says.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(message), _) => (*message).to_owned(),
        (None, Some(message)) => message.clone(),
        (None, None) => "with something that is no text".to_owned(),
    }
}

/// A task that runs what `work` gives and answers with what that comes to.
///
/// The function of the user is called when the task is polled first, not where a change ends.
async fn answered<F: Future<Output = Made>>(mut reply: Reply, work: impl FnOnce() -> F) {
    let flag = Arc::clone(&reply.flag);
    // What was somebody's is not begun for the next one.
    let is_current = reply.core.epoch() == reply.epoch;
    let made = match is_current {
        true => watched(&flag, async { work().await }).await,
        false => None,
    };
    match made {
        Some(made) => reply.give(made),
        None => reply.give(Err(Cause::Dropped.into())),
    }
}

impl FetchTask {
    /// Runs a function and answers with what it comes to.
    pub(crate) fn run<F>(self, work: impl FnOnce(Running) -> F + Send + 'static) -> BoxFuture<()>
    where
        F: Future<Output = Made> + Send + 'static,
    {
        let Self { core, call, reply } = self;
        let running = Running { core, call, flag: Arc::clone(&reply.flag) };
        Box::pin(answered(reply, move || work(running)))
    }

    /// Runs a function that tells the machine of chunks itself, and answers when that is over.
    pub(crate) fn run_stream<F>(
        mut self,
        work: impl FnOnce(Running) -> F + Send + 'static,
    ) -> BoxFuture<()>
    where
        F: Future<Output = Made> + Send + 'static,
    {
        self.reply.event = streamed;
        self.run(work)
    }
}

/// Starts a fetch.
pub(super) fn fetch(core: &Arc<Core>, epoch: u64, call: Box<FetchCall>) {
    let reply = Reply::new(core, epoch, call.run, TaskId::Fetch(call.fetch), fetched);
    let function = match &call.work {
        Work::Call(function) | Work::Promise(function) => function.clone(),
        Work::Stream(stream) => stream.call.clone(),
    };
    let task = FetchTask { core: Access::within(core, epoch), call, reply };
    match function.downcast_ref::<FetchFn>() {
        Some(FetchFn(function)) => core.runtime.spawn(function(task)),
        None => {
            let failure = Failure::from(Cause::MissingFetcher(task.call.key.clone()));
            let mut reply = task.reply;
            reply.give(Err(failure));
        }
    }
}

/// Starts a mutation.
pub(super) fn mutate(core: &Arc<Core>, epoch: u64, call: Box<MutateCall>) {
    let reply = Reply::new(core, epoch, call.run, TaskId::Run(call.run), mutated);
    let function = call.mutator.clone();
    let access = Access::within(core, epoch);
    core.runtime.spawn(Box::pin(answered(reply, move || {
        let made = function.downcast_ref().map(|MutateFn(function)| function(&access, *call));
        async move {
            match made {
                Some(made) => made.await,
                None => Err(Cause::MissingMutator.into()),
            }
        }
    })));
}

/// Starts a callback that is waited for.
pub(super) fn call(core: &Arc<Core>, epoch: u64, call: Box<CallbackCall>) {
    let reply = Reply::new(core, epoch, call.run, TaskId::Run(call.run), Event::Called);
    let function = call.callback.clone();
    let access = Access::within(core, epoch);
    core.runtime.spawn(Box::pin(answered(reply, move || {
        let made = function.downcast_ref().map(|CallbackFn(function)| function(&access, *call));
        async move {
            match made {
                Some(made) => made.await,
                None => Ok(None),
            }
        }
    })));
}

/// Runs a callback that nobody waits for.
pub(super) fn tell(core: &Arc<Core>, epoch: u64, call: CallbackCall) {
    let function = call.callback.clone();
    if let Some(TellFn(function)) = function.downcast_ref() {
        function(&Access::within(core, epoch), call);
    }
}
