//! The front page, an author's, a topic's; and all topics.

use maud::{Markup, html};
use serde_json::json;

use super::{About, FRONT, NAME, author_path, face, page, posts, tag_path};
use crate::store::{Author, List, Profile, Subject, Tag};

/// A list of posts. `older` is the address of the next page.
pub(crate) fn list(
    origin: &str,
    subject: &Subject,
    list: &List,
    older: Option<&str>,
    first: bool,
) -> String {
    let (title, description, path) = match (&list.about, &subject.tag) {
        (Some(profile), _) => (
            profile.name().to_owned(),
            profile
                .bio
                .clone()
                .filter(|bio| !bio.trim().is_empty())
                .or_else(|| Some(format!("Posts by {}, newest first.", profile.name()))),
            author_path(&profile.username),
        ),
        (None, Some(tag)) => (
            format!("#{tag}"),
            Some(format!("Posts about {tag}, newest first.")),
            tag_path(tag),
        ),
        (None, None) => (
            NAME.to_owned(),
            Some("What people write here, newest first.".to_owned()),
            FRONT.to_owned(),
        ),
    };
    let address = format!("{origin}{path}");
    let data = match &list.about {
        Some(profile) => json!({
            "@context": "https://schema.org", "@type": "ProfilePage",
            "mainEntity": {"@type": "Person", "name": profile.name(), "alternateName": profile.username, "description": profile.bio,
                "image": profile.image_url, "url": address},
        }),
        None => json!({
            "@context": "https://schema.org", "@type": if subject.tag.is_some() { "CollectionPage" } else { "Blog" },
            "name": title, "description": description, "url": address,
        }),
    };
    let title = if first {
        title
    } else {
        format!("{title} – older posts")
    };
    let about = About {
        title: &title,
        description: description.as_deref(),
        feeds: (path != FRONT).then(|| path.clone()),
        image: list
            .about
            .as_ref()
            .and_then(|profile| profile.image_url.as_deref()),
        kind: list.about.as_ref().map(|_| "profile"),
        // Older pages change with every new post; the posts themselves are in the sitemap. Of tags that no post has, there are any number,
        // and of people who wrote none but what they would have found about themselves.
        unlisted: !first || (path != FRONT && list.items.is_empty()),
        data: Some(data),
        path,
        ..About::default()
    };
    let main = html! {
        @match (&list.about, &subject.tag) {
            (Some(profile), _) => (person(profile)),
            (None, Some(tag)) => { p .kicker { "Topic" } h1 dir="auto" { (tag) } },
            (None, None) => { h1 .kicker { @if first { "Latest posts" } @else { "Older posts" } } },
        }
        @if let Some(tags) = list.tags.as_deref().filter(|tags| !tags.is_empty()) {
            div .topics { (counted(tags)) }
        }
        @if list.items.is_empty() { p .nothing { @if first { "Nothing here yet." } @else { "There are no older posts." } } }
        (posts(list.items.iter().map(|head| (head, None))))
        @if older.is_some() || !first {
            nav .pager aria-label="Pages" {
                @if first { span {} } @else { a href=(about.path) { "← Newest posts" } }
                @if let Some(older) = older { a href=(older) rel="next" { "Older posts →" } }
            }
        }
    };
    let more_head = html! {
        @if let Some(profile) = &list.about {
            meta property="profile:username" content=(profile.username);
            @if profile.image_url.is_some() { meta property="og:image:alt" content={ "Picture of " (profile.name()) }; }
        }
    };
    page(origin, &about, more_head, main)
}

/// All topics.
pub(crate) fn topics(origin: &str, tags: &[Tag]) -> String {
    let about = About {
        title: "Topics",
        description: Some("What the posts are about."),
        path: "/blog/tags".to_owned(),
        ..About::default()
    };
    let main = html! {
        h1 { "Topics" }
        @if tags.is_empty() { p .nothing { "Nothing here yet." } } @else { (counted(tags)) }
    };
    page(origin, &about, html! {}, main)
}

fn counted(tags: &[Tag]) -> Markup {
    html! {
        ul .tags aria-label="Topics" {
            @for tag in tags { li { a href=(tag_path(&tag.tag)) { (tag.tag) " " span { (tag.posts_count) } } } }
        }
    }
}

fn person(profile: &Profile) -> Markup {
    let author = Author {
        username: profile.username.clone(),
        display_name: profile.display_name.clone(),
        image_url: profile.image_url.clone(),
    };
    html! {
        header .person {
            (face(&author))
            div {
                h1 dir="auto" { (profile.name()) }
                div .meta {
                    span { "@" (profile.username) }
                    @if let Some(place) = &profile.location { span { (place) } }
                    @if profile.followers_count > 0 { span { (profile.followers_count) @if profile.followers_count == 1 { " follower" } @else { " followers" } } }
                    @if let Some(url) = &profile.website {
                        a href=(url) rel="me nofollow ugc noopener" { (url.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/')) }
                    }
                }
                @if let Some(bio) = &profile.bio { p dir="auto" { (bio) } }
            }
        }
    }
}
