//! As much of CBOR (RFC 8949) as authenticators use (CTAP 2.1, section 8): definite lengths, no floats.

use crate::Refusal;

/// Nesting that an attestation statement may have.
const DEPTH: u8 = 8;

/// One item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    Int(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    Map(Vec<(Item<'a>, Item<'a>)>),
    /// Anything that nobody here looks into.
    Other,
}

impl<'a> Item<'a> {
    /// Reads one item; what follows it is the second answer.
    pub(crate) fn read(input: &'a [u8]) -> Result<(Self, &'a [u8]), Refusal> {
        read(input, DEPTH)
    }

    /// The value under a key of a map without that key twice.
    pub(crate) fn get(&self, key: &Item<'_>) -> Option<&Item<'a>> {
        let Self::Map(entries) = self else {
            return None;
        };
        let mut found = entries.iter().filter(|(name, _)| name == key);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

fn read(input: &[u8], depth: u8) -> Result<(Item<'_>, &[u8]), Refusal> {
    let depth = depth.checked_sub(1).ok_or(Refusal::Malformed)?;
    let (first, rest) = input.split_first().ok_or(Refusal::Malformed)?;
    let (major, minor) = (first >> 5, first & 0x1f);
    if major == 7 {
        // false, true, null, undefined.
        return match minor {
            20..=23 => Ok((Item::Other, rest)),
            _ => Err(Refusal::Malformed),
        };
    }
    let (value, rest) = argument(minor, rest)?;
    match major {
        0 => Ok((
            Item::Int(i64::try_from(value).map_err(|_| Refusal::Malformed)?),
            rest,
        )),
        1 => {
            let value = i64::try_from(value).map_err(|_| Refusal::Malformed)?;
            Ok((Item::Int(-1 - value), rest))
        }
        2 | 3 => {
            let length = usize::try_from(value).map_err(|_| Refusal::Malformed)?;
            let (bytes, rest) = rest.split_at_checked(length).ok_or(Refusal::Malformed)?;
            let item = if major == 2 {
                Item::Bytes(bytes)
            } else {
                Item::Text(std::str::from_utf8(bytes).map_err(|_| Refusal::Malformed)?)
            };
            Ok((item, rest))
        }
        4 => {
            let mut rest = rest;
            for _ in 0..value {
                (_, rest) = read(rest, depth)?;
            }
            Ok((Item::Other, rest))
        }
        5 => {
            let mut entries = Vec::new();
            let mut rest = rest;
            for _ in 0..value {
                let (key, after) = read(rest, depth)?;
                let (value, after) = read(after, depth)?;
                entries.push((key, value));
                rest = after;
            }
            Ok((Item::Map(entries), rest))
        }
        _ => Err(Refusal::Malformed),
    }
}

fn argument(minor: u8, rest: &[u8]) -> Result<(u64, &[u8]), Refusal> {
    let length = match minor {
        0..=23 => return Ok((u64::from(minor), rest)),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        // Indefinite lengths.
        _ => return Err(Refusal::Malformed),
    };
    let (bytes, rest) = rest.split_at_checked(length).ok_or(Refusal::Malformed)?;
    let value = bytes
        .iter()
        .fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    Ok((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8949 appendix A.
    #[test]
    fn items_are_rfc_8949() {
        let cases: &[(&[u8], Item<'_>)] = &[
            (&[0x00], Item::Int(0)),
            (&[0x18, 0x64], Item::Int(100)),
            (&[0x1a, 0x00, 0x0f, 0x42, 0x40], Item::Int(1_000_000)),
            (&[0x20], Item::Int(-1)),
            (&[0x39, 0x03, 0xe7], Item::Int(-1000)),
            (&[0x44, 1, 2, 3, 4], Item::Bytes(&[1, 2, 3, 4])),
            (&[0x64, b'I', b'E', b'T', b'F'], Item::Text("IETF")),
            (&[0x83, 1, 2, 3], Item::Other),
            (&[0xf5], Item::Other),
            (
                &[0xa2, 0x01, 0x02, 0x61, b'a', 0x80],
                Item::Map(vec![
                    (Item::Int(1), Item::Int(2)),
                    (Item::Text("a"), Item::Other),
                ]),
            ),
        ];
        for (input, item) in cases {
            assert_eq!(Item::read(input), Ok((item.clone(), &[][..])), "{input:x?}");
        }
    }

    #[test]
    fn what_lies_about_its_length_or_goes_too_deep_is_refused_at_once() {
        for input in [
            &[][..],
            &[0x18],
            &[0x44, 1, 2, 3],
            &[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x5f, 0x41, 0x00, 0xff],
            &[0xf9, 0x3c, 0x00],
            &[0xc0, 0x00],
            &[0x61, 0xff],
            &[0x81; 100],
        ] {
            assert_eq!(Item::read(input), Err(Refusal::Malformed), "{input:x?}");
        }
    }

    #[test]
    fn a_key_that_comes_twice_names_nothing() {
        let (map, _) = Item::read(&[0xa2, 0x01, 0x02, 0x01, 0x03]).unwrap();
        assert_eq!(map.get(&Item::Int(1)), None);
    }
}
