//! Who takes which events. To subscribe: a line here, a route `/internal/events/<topic>` of the owner, and the owner among the
//! hosts of `worker` in `spin.toml`. A new consumer begins with the oldest event that is still kept.

/// A consumer: it has a position of its own in the outbox, and its failures hold up nobody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Name of the consumer, under which its position is kept: to rename it is to begin anew.
    pub consumer: &'static str,
    /// Topics that it takes.
    pub topics: &'static [&'static str],
    /// Component that takes them. An owner takes a topic once.
    pub owner: &'static str,
}

/// Topics that there are (ARCHITECTURE section 4).
pub const TOPICS: &[&str] = &[
    "user.events",
    "onboarding.events",
    "blog.events",
    "kraken.events",
    "trading.events",
];

/// The table.
pub const SUBSCRIPTIONS: &[Subscription] = &[
    // Erases what the audit log has of people who are gone.
    subscription("audit", "admin", &["user.events"]),
    // Destroys the keys of accounts that are gone, and stops their bots.
    subscription("trading", "trading", &["user.events"]),
    // Each erases what a deleted account left with it; the blog takes its own events to webhooks, too.
    subscription("blog", "blog", &["user.events", "blog.events"]),
    subscription("profile", "profile", &["user.events"]),
];

const fn subscription(
    consumer: &'static str,
    owner: &'static str,
    topics: &'static [&'static str],
) -> Subscription {
    Subscription {
        consumer,
        topics,
        owner,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_consumer_stands_there_once_and_takes_topics_that_there_are() {
        let (mut consumers, mut taken) = (BTreeSet::new(), BTreeSet::new());
        for subscription in SUBSCRIPTIONS {
            assert!(
                consumers.insert(subscription.consumer),
                "{} stands there twice",
                subscription.consumer
            );
            assert!(!subscription.topics.is_empty(), "{}", subscription.consumer);
            for topic in subscription.topics {
                assert!(TOPICS.contains(topic), "{topic} is no topic");
                assert!(
                    taken.insert((subscription.owner, topic)),
                    "{} would be given {topic} twice on one route",
                    subscription.owner
                );
            }
        }
    }
}
