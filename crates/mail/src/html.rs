//! The `text/html` part, for mail clients: tables for the layout, styles inline, because many clients drop the style sheet.
//! The sheet only adds what clients that keep it can do: the dark scheme and the narrow layout. maud escapes every text.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::letter::{Block, Letter};

const FONT: &str = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;";
const MONO: &str =
    "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace;";

/// `[data-ogsc]` is what Outlook's apps put around a mail in the dark scheme, where they ignore the media query.
const SHEET: &str = "\
:root{color-scheme:light dark;supported-color-schemes:light dark}
a{color:#4338ca}
@media (max-width:480px){.card{padding:24px 20px !important}.outer{padding:12px 8px !important}}
@media (prefers-color-scheme:dark){
body,.page{background-color:#111318 !important}
.card{background-color:#1c1f27 !important;border-color:#323744 !important}
.strong{color:#f2f4f8 !important}.body{color:#d5d9e2 !important}.faint,.faint a{color:#9aa2b1 !important}
.brand,a{color:#a5b4fc !important}
.panel{background-color:#262a35 !important;border-color:#3a4050 !important}
.line{border-color:#3a4050 !important}
.button{background-color:#6366f1 !important}.button a{color:#ffffff !important}
}
[data-ogsc] .strong{color:#f2f4f8 !important}[data-ogsc] .body{color:#d5d9e2 !important}
[data-ogsc] .faint{color:#9aa2b1 !important}[data-ogsc] .brand{color:#a5b4fc !important}
[data-ogsb] .page{background-color:#111318 !important}[data-ogsb] .card{background-color:#1c1f27 !important}
[data-ogsb] .panel{background-color:#262a35 !important}
";

/// The whole document.
pub(crate) fn page(letter: &Letter, public_url: &str) -> String {
    html! {
        (DOCTYPE)
        html lang="en" dir="ltr" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="supported-color-schemes" content="light dark";
                // Else some clients make links of codes, dates and addresses.
                meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no";
                title { (letter.subject) }
                style { (PreEscaped(SHEET)) }
            }
            body class="page" style="margin:0;padding:0;background-color:#f3f4f7;-webkit-text-size-adjust:100%;" {
                div style="display:none;max-height:0;overflow:hidden;mso-hide:all;" {
                    (letter.preview)
                    // Keeps clients from filling the preview up with the text that follows.
                    (PreEscaped("&#847;&zwnj;&nbsp;".repeat(40)))
                }
                table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0"
                    style="background-color:#f3f4f7;" {
                    tr { td class="outer" align="center" style="padding:32px 16px;" {
                        table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"
                            style="max-width:560px;" {
                            tr { td class="brand" style={ (FONT) "padding:0 4px 16px;font-size:18px;font-weight:700;letter-spacing:-0.2px;color:#4338ca;text-align:left;" } {
                                "Spindle"
                            } }
                            tr { td class="card" style="padding:32px 36px;background-color:#ffffff;border:1px solid #e2e5eb;border-radius:12px;text-align:left;" {
                                h1 class="strong" style={ (FONT) "margin:0 0 16px;font-size:22px;line-height:29px;font-weight:700;color:#14171f;overflow-wrap:anywhere;" } {
                                    (letter.heading)
                                }
                                @for block in &letter.blocks { (self::block(block)) }
                            } }
                            tr { td class="faint" style={ (FONT) "padding:16px 4px 0;font-size:13px;line-height:19px;color:#5d6573;text-align:left;" } {
                                (letter.reason.text()) br;
                                a class="faint" href=(public_url) style="color:#5d6573;" { (public_url) }
                            } }
                        }
                    } }
                }
            }
        }
    }
    .into_string()
}

fn block(block: &Block) -> Markup {
    match block {
        Block::Paragraph(text) => html! {
            p class="body" style={ (FONT) "margin:0 0 16px;font-size:16px;line-height:24px;color:#2c313c;overflow-wrap:anywhere;" } { (text) }
        },
        Block::Code(code) => html! {
            table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 16px;" {
                tr { td class="panel strong" align="center" style={ (MONO) "padding:20px 12px;background-color:#f3f4f7;border:1px solid #e2e5eb;border-radius:8px;font-size:32px;line-height:38px;font-weight:700;letter-spacing:6px;color:#14171f;overflow-wrap:anywhere;" } {
                    (code)
                } }
            }
        },
        Block::Button { label, url } => html! {
            table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:4px 0 16px;" {
                tr { td class="button" align="center" bgcolor="#4338ca" style="background-color:#4338ca;border-radius:8px;" {
                    a href=(url) style={ (FONT) "display:inline-block;padding:13px 24px;font-size:16px;line-height:20px;font-weight:600;color:#ffffff;text-decoration:none;" } { (label) }
                } }
            }
            p class="faint" style={ (FONT) "margin:0 0 16px;font-size:13px;line-height:19px;color:#5d6573;" } {
                "Or open this address: "
                a href=(url) style="color:#4338ca;word-break:break-all;" { (url) }
            }
        },
        Block::Facts(facts) => html! {
            table width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 16px;border-collapse:collapse;" {
                @for (name, value) in facts {
                    tr {
                        th class="faint line" scope="row" align="left" valign="top" style={ (FONT) "padding:10px 16px 10px 0;border-top:1px solid #e2e5eb;font-size:14px;line-height:22px;font-weight:400;color:#5d6573;white-space:nowrap;" } { (name) }
                        td class="strong line" align="left" valign="top" width="100%" style={ (FONT) "padding:10px 0;border-top:1px solid #e2e5eb;font-size:15px;line-height:22px;font-weight:600;color:#14171f;overflow-wrap:anywhere;" } { (value) }
                    }
                }
            }
        },
        Block::List(items) => html! {
            ul class="body" style={ (FONT) "margin:0 0 16px;padding:0 0 0 22px;font-size:16px;line-height:24px;color:#2c313c;" } {
                @for item in items {
                    li style="margin:0 0 6px;overflow-wrap:anywhere;" { (item) }
                }
            }
        },
        Block::Warning(text) => html! {
            table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 0;" {
                tr { td class="panel body" style={ (FONT) "padding:14px 16px;background-color:#f3f4f7;border:1px solid #e2e5eb;border-radius:8px;font-size:14px;line-height:21px;color:#2c313c;overflow-wrap:anywhere;" } { (text) } }
            }
        },
    }
}
