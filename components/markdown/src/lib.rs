//! The `markdown` component: `spindle:content/markdown` for whoever shows what people write. No capability.

#[expect(unsafe_code, reason = "component exports")]
mod bindings {
    #![allow(
        unreachable_pub,
        missing_docs,
        clippy::all,
        clippy::allow_attributes_without_reason,
        reason = "generated code"
    )]

    wit_bindgen::generate!({
        inline: "
            package spindle:markdown-component@1.0.0;
            world provider {
                export spindle:content/markdown@1.0.0;
            }
        ",
        path: "../../wit/content",
        world: "spindle:markdown-component/provider",
    });

    export!(Provider);

    use exports::spindle::content::markdown::{Guest, Heading, Rendered};

    struct Provider;

    impl Guest for Provider {
        fn render(source: String) -> Rendered {
            let document = spindle_markdown::render(&source);
            let heading = |spindle_markdown::Heading {
                               level,
                               anchor,
                               text,
                           }| Heading {
                level,
                anchor,
                text,
            };
            Rendered {
                html: document.html,
                text: document.text,
                toc: document.toc.into_iter().map(heading).collect(),
                words: document.words,
            }
        }
    }
}
