//! The rows of a query on their way to the guest.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::StreamExt;
use postgres_types::Type;
use tokio::sync::oneshot;
use tokio_postgres::{RowStream, Statement};
use wasmtime::StoreContextMut;
use wasmtime::component::{Destination, StreamProducer, StreamResult, VecBuffer};

use super::failure::{query_failed, text};
use super::lease::Running;
use super::value::{data_type, read, size};
use crate::bindings::postgres::{Column, Error, Row};

/// Spin's limit of a result that is held as a whole, in bytes.
const MAX_RESULT: usize = 128 << 20;

/// A result up to this size is handed over as a whole, which saves the guest a turn per row; a larger one streams.
const BATCH_ROWS: usize = 128;
const BATCH_BYTES: usize = 256 << 10;

/// The rows of a query that has been sent.
pub(super) struct QueryRows {
    rows: Pin<Box<RowStream>>,
    types: Vec<Type>,
    columns: Vec<Column>,
    running: Option<Running>,
}

/// The first rows, and perhaps a stream of the rest.
pub(super) enum Rows {
    All {
        columns: Vec<Column>,
        rows: Vec<Row>,
        result: Result<(), Error>,
    },
    More {
        columns: Vec<Column>,
        producer: Producer,
        result: oneshot::Receiver<Result<(), Error>>,
    },
}

impl QueryRows {
    pub(super) fn new(rows: RowStream, statement: &Statement, running: Running) -> Self {
        let columns = statement.columns();
        Self {
            rows: Box::pin(rows),
            types: columns
                .iter()
                .map(|column| column.type_().clone())
                .collect(),
            columns: columns
                .iter()
                .map(|column| Column {
                    name: column.name().to_owned(),
                    data_type: data_type(column.type_()),
                })
                .collect(),
            running: Some(running),
        }
    }

    /// All rows. As in Spin, an empty result has no columns.
    pub(super) async fn collect(mut self) -> Result<(Vec<Column>, Vec<Row>), Error> {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while let Some(row) = self.next().await {
            let row = row?;
            bytes += row_size(&row);
            if bytes > MAX_RESULT {
                return Err(text(format!(
                    "query result exceeds limit of {MAX_RESULT} bytes"
                )));
            }
            rows.push(row);
        }
        let columns = if rows.is_empty() {
            Vec::new()
        } else {
            self.columns
        };
        Ok((columns, rows))
    }

    /// Reads until the end or until the batch is full.
    pub(super) async fn first_batch(mut self) -> Rows {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        let result = loop {
            match self.next().await {
                None => break Ok(()),
                Some(Err(error)) => break Err(error),
                Some(Ok(row)) => {
                    bytes += row_size(&row);
                    rows.push(row);
                }
            }
            if rows.len() >= BATCH_ROWS || bytes >= BATCH_BYTES {
                let (sender, result) = oneshot::channel();
                let columns = std::mem::take(&mut self.columns);
                return Rows::More {
                    columns,
                    producer: Producer {
                        first: rows,
                        rest: self,
                        result: Some(sender),
                    },
                    result,
                };
            }
        };
        let columns = if rows.is_empty() {
            Vec::new()
        } else {
            self.columns
        };
        Rows::All {
            columns,
            rows,
            result,
        }
    }

    async fn next(&mut self) -> Option<Result<Row, Error>> {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Row, Error>>> {
        let row = match ready!(self.rows.poll_next_unpin(cx)) {
            Some(Ok(row)) => row,
            Some(Err(error)) => {
                self.finished();
                return Poll::Ready(Some(Err(query_failed(&error))));
            }
            None => {
                self.finished();
                return Poll::Ready(None);
            }
        };
        let values = self
            .types
            .iter()
            .enumerate()
            .map(|(index, ty)| read(&row, index, ty));
        // With the driver's words, as in Spin: they name the column.
        let values = values
            .collect::<Result<Row, _>>()
            .map_err(|error| text(format!("{:?}", anyhow::Error::from(error))));
        if values.as_ref().is_ok_and(|row| row_size(row) > MAX_RESULT) {
            return Poll::Ready(Some(Err(text(format!(
                "query result exceeds limit of {MAX_RESULT} bytes"
            )))));
        }
        Poll::Ready(Some(values))
    }

    /// The server is done with the statement, well or not.
    fn finished(&mut self) {
        if let Some(running) = self.running.take() {
            running.finished();
        }
    }
}

fn row_size(row: &Row) -> usize {
    row.iter().map(size).sum()
}

/// Feeds the guest's stream as fast as it reads.
pub(super) struct Producer {
    first: Vec<Row>,
    rest: QueryRows,
    result: Option<oneshot::Sender<Result<(), Error>>>,
}

impl Producer {
    fn end(&mut self, result: Result<(), Error>) -> StreamResult {
        if let Some(sender) = self.result.take() {
            // The guest need not wait for the result.
            let _ = sender.send(result);
        }
        StreamResult::Dropped
    }
}

impl<D> StreamProducer<D> for Producer {
    type Item = Row;
    type Buffer = VecBuffer<Row>;

    fn poll_produce(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        _: StoreContextMut<'_, D>,
        mut destination: Destination<'_, Row, VecBuffer<Row>>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        let producer = self.get_mut();
        let mut rows = std::mem::take(&mut producer.first);
        let result = loop {
            if rows.len() >= BATCH_ROWS {
                break StreamResult::Completed;
            }
            match producer.rest.poll_next(cx) {
                Poll::Ready(Some(Ok(row))) => rows.push(row),
                Poll::Ready(Some(Err(error))) => break producer.end(Err(error)),
                Poll::Ready(None) => break producer.end(Ok(())),
                Poll::Pending if !rows.is_empty() => break StreamResult::Completed,
                Poll::Pending if finish => return Poll::Ready(Ok(StreamResult::Cancelled)),
                Poll::Pending => return Poll::Pending,
            }
        };
        destination.set_buffer(rows.into());
        Poll::Ready(Ok(result))
    }
}
