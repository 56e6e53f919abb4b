//! The commands about flows.

use client::{
    CallError, Patch,
    flows::{
        CreateFlow, Flow, FlowById, FlowContent, FlowId, FlowSearch, FlowTitle, ListFlows,
        UpdateFlow,
    },
};
use serde_json::json;

use crate::{
    args::{FlowsCommand, PageArgs},
    escape,
    failure::Failure,
    paging,
    report::Report,
    session::Session,
    table::{Row, Style, fields},
    terminal::Terminal,
    times::{day, minute_utc},
};

/// `flows`: one of its commands.
pub async fn run(
    session: &Session,
    command: FlowsCommand,
    terminal: &Terminal,
) -> Result<Report, Failure> {
    match command {
        FlowsCommand::List { text, page } => list(session, text, page, terminal).await,
        FlowsCommand::Add { title, content, id } => add(session, title, content, id).await,
        FlowsCommand::Show { id } => show(session, id, terminal.style).await,
        FlowsCommand::Edit { id, title, content } => {
            let title = title.map_or(Patch::Keep, Patch::Set);
            let content = content.map_or(Patch::Keep, Patch::Set);
            edit(session, UpdateFlow { title, content, ..UpdateFlow::new(id) }, terminal.style)
                .await
        }
        FlowsCommand::Rm { ids } => remove(session, &ids).await,
    }
}

async fn list(
    session: &Session,
    text: Option<FlowSearch>,
    page: PageArgs,
    terminal: &Terminal,
) -> Result<Report, Failure> {
    let found = paging::collect(page, terminal, "flows", async |limit, cursor| {
        let query = ListFlows { text: text.clone(), limit, cursor };
        session.api.flows().list(query).await.map_err(|error| session.failure(error))
    });
    let found = found.await?;
    Ok(paging::report(&found, "flows", ["ID", "CREATED", "TITLE"], terminal.style, |flow| Row {
        cells: [flow.id.to_string(), day(flow.created_at), escape::line(flow.title.as_str())],
        dim: false,
    }))
}

async fn add(
    session: &Session,
    title: FlowTitle,
    content: FlowContent,
    id: Option<FlowId>,
) -> Result<Report, Failure> {
    let id = id.unwrap_or_else(FlowId::new);
    match session.api.flows().create(CreateFlow { id: Some(id), title, content }).await {
        Ok(flow) => {
            let verb = if flow.is_again() { "was there already" } else { "added" };
            let text = format!("{verb}  {}  {}\n", flow.id, escape::line(flow.title.as_str()));
            Ok(Report::new(&*flow, text))
        }
        // Nobody knows whether the flow was made. With its id the command can be repeated safely.
        Err(error @ CallError::Transport(_)) => {
            let hint = format!("to repeat it without adding the flow twice, use --id {id}");
            Err(session.failure(error).hint(hint))
        }
        Err(error) => Err(session.failure(error)),
    }
}

async fn show(session: &Session, id: FlowId, style: Style) -> Result<Report, Failure> {
    let flow = session.api.flows().get(FlowById { id }).await;
    let flow = flow.map_err(|error| session.failure(error))?;
    Ok(Report::new(&flow, sheet(&flow, style)))
}

async fn edit(session: &Session, input: UpdateFlow, style: Style) -> Result<Report, Failure> {
    let flow = session.api.flows().update(input).await;
    let flow = flow.map_err(|error| session.failure(error))?;
    Ok(Report::new(&flow, sheet(&flow, style)))
}

async fn remove(session: &Session, ids: &[FlowId]) -> Result<Report, Failure> {
    let mut deleted = Vec::new();
    let report = |deleted: &[FlowId]| {
        let text: String = deleted.iter().map(|id| format!("deleted  {id}\n")).collect();
        Report::new(&json!({ "deleted": deleted }), text)
    };
    for id in ids {
        match session.api.flows().delete(FlowById { id: *id }).await {
            Ok(_) => deleted.push(*id),
            Err(error) => return Err(session.failure(error).after(report(&deleted))),
        }
    }
    Ok(report(&deleted))
}

/// A flow with all that is known of it.
fn sheet(flow: &Flow, style: Style) -> String {
    let rows = [
        ("id", flow.id.to_string()),
        ("title", escape::line(flow.title.as_str())),
        ("content", escape::lines(flow.content.as_str())),
        ("version", flow.version.to_string()),
        ("created", minute_utc(flow.created_at)),
        ("changed", minute_utc(flow.updated_at)),
    ];
    fields(&rows, style)
}
