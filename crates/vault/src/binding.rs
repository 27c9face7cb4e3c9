//! Where a secret belongs.

/// Bound to an envelope as associated data: in another place it does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding<'a> {
    /// For example `exchange-secret` or `signing-key`.
    pub purpose: &'a str,
    /// Id of the account that owns the secret; `spindle` for the system's own.
    pub owner: &'a str,
    /// Id of the row that holds it.
    pub row: &'a str,
}

impl Binding<'_> {
    /// Associated data of one layer. Every part is preceded by its length: no two bindings give the same bytes.
    pub(crate) fn associated_data(&self, layer: &str) -> Vec<u8> {
        let mut data =
            Vec::with_capacity(64 + self.purpose.len() + self.owner.len() + self.row.len());
        for part in [
            "spindle vault v1",
            layer,
            self.purpose,
            self.owner,
            self.row,
        ] {
            data.extend_from_slice(&(part.len() as u64).to_be_bytes());
            data.extend_from_slice(part.as_bytes());
        }
        data
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_move_between_parts_change_the_associated_data() {
        let one = Binding {
            purpose: "a",
            owner: "bc",
            row: "d",
        };
        let other = Binding {
            purpose: "ab",
            owner: "c",
            row: "d",
        };
        assert_ne!(
            one.associated_data("secret"),
            other.associated_data("secret")
        );
        assert_ne!(
            one.associated_data("secret"),
            one.associated_data("data key")
        );
    }
}
