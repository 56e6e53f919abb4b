//! The commands about tasks.

use client::{
    CallError, Cursor, Page, Patch,
    tasks::{CreateTask, ListTasks, Task, TaskById, TaskId, TaskSummary, UpdateTask},
};
use serde_json::json;

use crate::{
    args::{AddArgs, EditArgs, ListArgs, TasksCommand},
    escape,
    failure::Failure,
    report::Report,
    session::Session,
    table::{Row, Style, fields, table},
    terminal::Terminal,
    times::{day, minute_utc},
};

/// `tasks`: one of its commands.
pub async fn run(
    session: &Session,
    command: TasksCommand,
    terminal: &Terminal,
) -> Result<Report, Failure> {
    match command {
        TasksCommand::List(args) => list(session, args, terminal).await,
        TasksCommand::Add(args) => add(session, args).await,
        TasksCommand::Show { id } => show(session, id, terminal.style).await,
        TasksCommand::Edit(args) => edit(session, args, terminal.style).await,
        TasksCommand::Done { id, undo } => done(session, id, !undo).await,
        TasksCommand::Rm { ids } => remove(session, &ids).await,
    }
}

async fn list(session: &Session, args: ListArgs, terminal: &Terminal) -> Result<Report, Failure> {
    let limit = args.limit.or(args.all.then_some(u64::MAX));
    let mut query = ListTasks {
        completed: args.completed,
        text: args.text,
        limit: limit.map(Into::into).unwrap_or_default(),
        cursor: args.cursor.map(Cursor::from),
    };
    let mut found = Page { items: Vec::new(), next: None };
    loop {
        let call = session.api.tasks().list(query.clone());
        let page = call.await.map_err(|error| session.failure(error))?;
        found.items.extend(page.items);
        found.next = page.next;
        match &found.next {
            Some(next) if args.all => query.cursor = Some(next.clone()),
            _ => break,
        }
        terminal.progress(&format!("{} tasks so far", found.items.len()));
    }
    Ok(listed(&found, terminal.style))
}

fn listed(page: &Page<TaskSummary>, style: Style) -> Report {
    if page.items.is_empty() {
        return Report::new(page, "").note("no tasks");
    }
    let row = |task: &TaskSummary| Row {
        cells: [
            task.id.to_string(),
            mark(task.completed).to_owned(),
            day(task.created_at),
            escape::line(task.title.as_str()),
        ],
        dim: task.completed,
    };
    let rows: Vec<_> = page.items.iter().map(row).collect();
    let report = Report::new(page, table(["ID", "DONE", "CREATED", "TITLE"], &rows, style));
    match &page.next {
        Some(next) => {
            report.note(format!("there are more: --cursor {next} for the next page, --all for all"))
        }
        None => report,
    }
}

async fn add(session: &Session, args: AddArgs) -> Result<Report, Failure> {
    let id = args.id.unwrap_or_else(TaskId::new);
    let input = CreateTask { id: Some(id), title: args.title, description: args.description };
    match session.api.tasks().create(input).await {
        Ok(task) => {
            let verb = if task.is_again() { "was there already" } else { "added" };
            Ok(Report::new(&*task, told(verb, &task)))
        }
        // Nobody knows whether the task was made. With its id the command can be repeated safely.
        Err(error @ CallError::Transport(_)) => {
            let hint = format!("to repeat it without adding the task twice, use --id {id}");
            Err(session.failure(error).hint(hint))
        }
        Err(error) => Err(session.failure(error)),
    }
}

async fn show(session: &Session, id: TaskId, style: Style) -> Result<Report, Failure> {
    let task = session.api.tasks().get(TaskById { id }).await;
    let task = task.map_err(|error| session.failure(error))?;
    Ok(Report::new(&task, sheet(&task, style)))
}

async fn edit(session: &Session, args: EditArgs, style: Style) -> Result<Report, Failure> {
    let description = match (args.description, args.clear_description) {
        (Some(description), _) => Patch::Set(Some(description)),
        (None, true) => Patch::Set(None),
        (None, false) => Patch::Keep,
    };
    let title = args.title.map_or(Patch::Keep, Patch::Set);
    let task =
        update(session, UpdateTask { title, description, ..UpdateTask::new(args.id) }).await?;
    Ok(Report::new(&task, sheet(&task, style)))
}

async fn done(session: &Session, id: TaskId, completed: bool) -> Result<Report, Failure> {
    let input = UpdateTask { completed: Patch::Set(completed), ..UpdateTask::new(id) };
    let task = update(session, input).await?;
    let verb = if completed { "done" } else { "not done" };
    Ok(Report::new(&task, told(verb, &task)))
}

async fn update(session: &Session, input: UpdateTask) -> Result<Task, Failure> {
    session.api.tasks().update(input).await.map_err(|error| session.failure(error))
}

async fn remove(session: &Session, ids: &[TaskId]) -> Result<Report, Failure> {
    let mut deleted = Vec::new();
    let report = |deleted: &[TaskId]| {
        let text: String = deleted.iter().map(|id| format!("deleted  {id}\n")).collect();
        Report::new(&json!({ "deleted": deleted }), text)
    };
    for id in ids {
        match session.api.tasks().delete(TaskById { id: *id }).await {
            Ok(_) => deleted.push(*id),
            Err(error) => return Err(session.failure(error).after(report(&deleted))),
        }
    }
    Ok(report(&deleted))
}

/// What happened to a task, in one line.
fn told(verb: &str, task: &Task) -> String {
    format!("{verb}  {}  {}\n", task.id, escape::line(task.title.as_str()))
}

/// A task with all that is known of it.
fn sheet(task: &Task, style: Style) -> String {
    let mut rows = vec![
        ("id", task.id.to_string()),
        ("title", escape::line(task.title.as_str())),
        ("done", mark(task.completed).to_owned()),
    ];
    if let Some(description) = &task.description {
        rows.push(("description", escape::lines(description.as_str())));
    }
    rows.push(("version", task.version.to_string()));
    rows.push(("created", minute_utc(task.created_at)));
    rows.push(("changed", minute_utc(task.updated_at)));
    fields(&rows, style)
}

fn mark(completed: bool) -> &'static str {
    if completed { "yes" } else { "no" }
}
