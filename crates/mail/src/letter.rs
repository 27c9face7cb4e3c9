//! A mail's content without a format: what both parts are made of.

/// What a mail says.
pub(crate) struct Letter {
    pub(crate) subject: String,
    /// What mail clients show beside the subject.
    pub(crate) preview: String,
    pub(crate) heading: String,
    pub(crate) blocks: Vec<Block>,
    /// Why this came, at the end.
    pub(crate) reason: Reason,
}

/// A part of a letter.
pub(crate) enum Block {
    Paragraph(String),
    /// A code to be typed elsewhere.
    Code(String),
    /// The one thing to do.
    Button {
        label: &'static str,
        url: String,
    },
    Facts(Vec<(&'static str, String)>),
    List(Vec<String>),
    /// What to do if something is wrong.
    Warning(String),
}

/// Why a mail was sent, and whether it can be turned off.
#[derive(Clone, Copy)]
pub(crate) enum Reason {
    /// Somebody asked for exactly this.
    Asked,
    /// The account's safety; cannot be turned off.
    Safety,
    /// A notification that its user may turn off.
    Notification,
}

impl Reason {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Asked => "You get this mail because your address was entered at Spindle.",
            Self::Safety => {
                "You get this mail because it concerns the safety of your account. Such mails cannot be turned off."
            }
            Self::Notification => {
                "You get this mail because of your notification preferences, where you can turn it off."
            }
        }
    }
}
