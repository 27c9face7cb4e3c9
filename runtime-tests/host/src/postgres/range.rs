//! Postgres ranges, in the binary form of its protocol.

use std::error::Error;

use bytes::BytesMut;
use postgres_protocol::IsNull;
use postgres_protocol::types::{Range, RangeBound, range_from_sql, range_to_sql};
use postgres_types::{FromSql, IsNull as Null, Kind, ToSql, Type};

use crate::bindings::postgres::RangeBoundKind;

/// One end: nothing means unbounded.
pub(super) type Bound<T> = Option<(T, RangeBoundKind)>;

/// A range as the WIT has it. An empty range has no ends, like an unbounded one: Spin doesn't tell them apart when reading.
#[derive(Debug)]
pub(super) struct Bounds<T>(pub(super) Bound<T>, pub(super) Bound<T>);

impl<T: PartialOrd> Bounds<T> {
    /// Whether no value lies between the ends; such a range is sent as `empty`, which the server accepts, and not as two ends in
    /// the wrong order, which it refuses.
    fn is_empty(&self) -> bool {
        match (&self.0, &self.1) {
            (Some((lower, lower_kind)), Some((upper, upper_kind))) => {
                let both_inclusive = matches!(
                    (lower_kind, upper_kind),
                    (RangeBoundKind::Inclusive, RangeBoundKind::Inclusive)
                );
                lower > upper || (lower == upper && !both_inclusive)
            }
            _ => false,
        }
    }
}

fn element(range: &Type) -> Result<&Type, Box<dyn Error + Sync + Send>> {
    match range.kind() {
        Kind::Range(element) => Ok(element),
        _ => Err(format!("{range} is not a range").into()),
    }
}

impl<T: ToSql + PartialOrd> Bounds<T> {
    /// Writes the range as a parameter of type `range`.
    pub(super) fn write(
        &self,
        range: &Type,
        out: &mut BytesMut,
    ) -> Result<Null, Box<dyn Error + Sync + Send>> {
        let element = element(range)?;
        if self.is_empty() {
            postgres_protocol::types::empty_range_to_sql(out);
            return Ok(Null::No);
        }
        let end = |end: &Bound<T>,
                   out: &mut BytesMut|
         -> Result<RangeBound<IsNull>, Box<dyn Error + Sync + Send>> {
            let Some((value, kind)) = end else {
                return Ok(RangeBound::Unbounded);
            };
            let null = match value.to_sql(element, out)? {
                Null::Yes => IsNull::Yes,
                Null::No => IsNull::No,
            };
            Ok(match kind {
                RangeBoundKind::Inclusive => RangeBound::Inclusive(null),
                RangeBoundKind::Exclusive => RangeBound::Exclusive(null),
            })
        };
        range_to_sql(|out| end(&self.0, out), |out| end(&self.1, out), out)?;
        Ok(Null::No)
    }
}

impl<'a, T: FromSql<'a>> FromSql<'a> for Bounds<T> {
    fn from_sql(range: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let element = element(range)?;
        let end = |bound: RangeBound<Option<&'a [u8]>>| -> Result<Bound<T>, Box<dyn Error + Sync + Send>> {
            let (raw, kind) = match bound {
                RangeBound::Inclusive(raw) => (raw, RangeBoundKind::Inclusive),
                RangeBound::Exclusive(raw) => (raw, RangeBoundKind::Exclusive),
                RangeBound::Unbounded => return Ok(None),
            };
            raw.map(|raw| Ok((T::from_sql(element, raw)?, kind))).transpose()
        };
        match range_from_sql(raw)? {
            Range::Empty => Ok(Self(None, None)),
            Range::Nonempty(lower, upper) => Ok(Self(end(lower)?, end(upper)?)),
        }
    }

    fn accepts(range: &Type) -> bool {
        matches!(range.kind(), Kind::Range(element) if T::accepts(element))
    }
}
