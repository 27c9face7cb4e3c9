//! Names as parts of paths.

/// A name as one segment of a path (RFC 3986: what is not unreserved is written in hexadecimal), so it fits a header too.
#[must_use]
pub fn path_segment(name: &str) -> String {
    let mut segment = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            segment.push(char::from(byte));
        } else {
            segment.push_str(&format!("%{byte:02X}"));
        }
    }
    segment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_segment_in_ascii() {
        assert_eq!(path_segment("größe-1"), "gr%C3%B6%C3%9Fe-1");
        assert_eq!(path_segment("a/b?c d"), "a%2Fb%3Fc%20d");
    }
}
