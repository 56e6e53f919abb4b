//! Flows, each on its owner's list.

use contract::{
    flows::{
        CreateFlow, Flow, FlowById, FlowError, FlowId, FlowSummary, Flows, ListFlows, UpdateFlow,
        procedures,
    },
    levels::SignedIn,
};
use db::flows::{self, Changes, Content, Filter};
use throughline::{Created, Cx, Failure, NoContent, Page, Result};

use crate::App;

impl Flows for App {
    async fn list(&self, cx: Cx<SignedIn>, input: ListFlows) -> Result<Page<FlowSummary>> {
        let filter = Filter { text: input.text };
        let page =
            flows::page(&self.db, cx.user.id, &filter, input.limit.get(), input.cursor.as_ref())
                .await?;
        Ok(page.map(summary))
    }

    async fn get(&self, cx: Cx<SignedIn>, input: FlowById) -> Result<Flow, FlowError> {
        let row = flows::find(&self.db, cx.user.id, input.id).await?;
        Ok(flow(row.ok_or(FlowError::NotFound { id: input.id })?))
    }

    async fn create(
        &self,
        cx: Cx<SignedIn>,
        input: CreateFlow,
    ) -> Result<Created<Flow>, FlowError> {
        let id = input.id.unwrap_or_else(FlowId::new);
        let content = Content { title: input.title, content: input.content };
        cx.transact(&self.db, async |tx| {
            if let Some(row) = flows::insert(tx, cx.user.id, id, content.clone(), cx.now()).await? {
                return Ok(made(row));
            }
            // The id is in use. Only the owner's own flow, as this create would have made it, is the same create again.
            match flows::find(tx, cx.user.id, id).await? {
                Some(row) if row.title == content.title && row.content == content.content => {
                    Ok(Created::again(flow(row)))
                }
                _ => Err(Failure::from(FlowError::IdTaken { id })),
            }
        })
        .await
    }

    async fn update(&self, cx: Cx<SignedIn>, input: UpdateFlow) -> Result<Flow, FlowError> {
        let id = input.id;
        let changes = Changes { title: input.title, content: input.content };
        cx.transact(&self.db, async |tx| {
            let row = flows::update(tx, cx.user.id, id, changes, cx.now()).await?;
            Ok(flow(row.ok_or(FlowError::NotFound { id })?))
        })
        .await
    }

    async fn delete(&self, cx: Cx<SignedIn>, input: FlowById) -> Result<NoContent, FlowError> {
        let id = input.id;
        cx.transact(&self.db, async |tx| {
            let deleted = flows::delete(tx, cx.user.id, id).await?;
            if deleted { Ok(NoContent) } else { Err(Failure::from(FlowError::NotFound { id })) }
        })
        .await
    }
}

/// The answer to a create that made this row, with its place.
fn made(row: flows::Model) -> Created<Flow> {
    Created::at::<procedures::Get>(&FlowById { id: row.id }, flow(row))
}

fn flow(row: flows::Model) -> Flow {
    Flow {
        id: row.id,
        title: row.title,
        content: row.content,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

fn summary(row: flows::Summary) -> FlowSummary {
    FlowSummary {
        id: row.id,
        title: row.title,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
