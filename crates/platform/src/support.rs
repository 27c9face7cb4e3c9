//! Support: tickets, from the user's question to closed. `store` has both sides' statements; the user's routes are in
//! [`crate::messages`], support's are in the component `admin`.

mod answer;
mod changes;
pub mod store;
mod text;
mod ticket;

pub use answer::Answer;
pub use changes::TicketChanges;
pub(crate) use text::{body, subject};
pub use ticket::{Category, Priority, StaffMessage, StaffTicket, State, Ticket, TicketMessage};
