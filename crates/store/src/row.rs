//! Values on their way into a statement and out of a row, the same for both databases.

use doorward_domain::account::AccountStatus;
use doorward_domain::audit::AuditKind;
use doorward_domain::change::ReplaceTotpStep;
use doorward_domain::hold::SecurityEventKind;
use doorward_domain::id::{
    AccountId, CaseId, ChangeId, DeviceId, EvidenceId, IdentifierId, MessageId, MoneyActionId, PasskeyId,
    ResetId, SessionId, SignInId, SignUpId, StaffId, StaffSessionId, TotpId,
};
use doorward_domain::identifier::IdentifierKind;
use doorward_domain::identifier::change::{IdentifierChangeKind, IdentifierChangeStep};
use doorward_domain::language::Language;
use doorward_domain::notice::{Channel, NoticeKind};
use doorward_domain::protection::DelayedChange;
use doorward_domain::reset::ResetStep;
use doorward_domain::session::SessionEndReason;
use doorward_domain::sign_in::SignInStep;
use doorward_domain::sign_up::SignUpStep;
use doorward_domain::staff::{PairAct, Role, StaffSessionEnd};
use doorward_domain::step_up::{Factor, StepUpPurpose};
use doorward_domain::support_case::{CaseEnd, CaseOpenedBy, CaseStep, CaseVote, EvidenceKind};
use doorward_domain::time::Timestamp;
use doorward_domain::token::TokenHash;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::db::sqlite_fault;

/// A bound value. Only whole numbers, bytes, UUIDs and text: both databases keep them alike.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'v> {
    Number(Option<i64>),
    Bytes(Option<&'v [u8]>),
    Uuid(Option<Uuid>),
    Text(Option<&'v str>),
}

/// A value that outlives its caller.
#[derive(Debug)]
pub(crate) enum OwnedValue {
    Number(Option<i64>),
    Bytes(Option<Vec<u8>>),
    Uuid(Option<Uuid>),
    Text(Option<String>),
}

impl From<&Value<'_>> for OwnedValue {
    fn from(value: &Value<'_>) -> Self {
        match *value {
            Value::Number(value) => Self::Number(value),
            Value::Bytes(value) => Self::Bytes(value.map(<[u8]>::to_vec)),
            Value::Uuid(value) => Self::Uuid(value),
            Value::Text(value) => Self::Text(value.map(str::to_owned)),
        }
    }
}

impl<'v> From<&'v OwnedValue> for Value<'v> {
    fn from(value: &'v OwnedValue) -> Self {
        match value {
            OwnedValue::Number(value) => Self::Number(*value),
            OwnedValue::Bytes(value) => Self::Bytes(value.as_deref()),
            OwnedValue::Uuid(value) => Self::Uuid(*value),
            OwnedValue::Text(value) => Self::Text(value.as_deref()),
        }
    }
}

/// The values of a statement, in the order of `$1`, `$2`, ….
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::row::Value::from($value)),*] };
}
pub(crate) use values;

macro_rules! value_from {
    ($($type:ty => |$value:ident| $variant:ident($expression:expr);)+) => {$(
        impl<'v> From<$type> for Value<'v> {
            fn from($value: $type) -> Self { Self::$variant(Some($expression)) }
        }
        impl<'v> From<Option<$type>> for Value<'v> {
            fn from(value: Option<$type>) -> Self { Self::$variant(value.map(|$value| $expression)) }
        }
    )+};
}

value_from! {
    i64 => |value| Number(value);
    u32 => |value| Number(i64::from(value));
    bool => |value| Number(i64::from(value));
    Language => |value| Text(value.tag());
    Timestamp => |value| Number(value.as_micros());
    &'v [u8] => |value| Bytes(value);
    &'v Vec<u8> => |value| Bytes(value.as_slice());
    &'v [u8; 16] => |value| Bytes(value.as_slice());
    &'v [u8; 32] => |value| Bytes(value.as_slice());
    &'v TokenHash => |value| Bytes(value.as_bytes().as_slice());
    &'v str => |value| Text(value);
    &'v String => |value| Text(value.as_str());
    Uuid => |value| Uuid(value);
}

/// A row of either database.
pub(crate) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r PgRow),
}

impl Row<'_> {
    pub(crate) fn get<T: Column>(&self, name: &str) -> Result<T, sqlx::Error> {
        T::read(self, name)
    }
}

/// Something that one column holds.
pub(crate) trait Column: Sized + Send + 'static {
    fn read(row: &Row<'_>, name: &str) -> Result<Self, sqlx::Error>;
}

/// Something that one row holds.
pub(crate) trait Record: Sized + Send + 'static {
    fn read(row: &Row<'_>) -> Result<Self, sqlx::Error>;
}

macro_rules! plain_columns {
    ($($type:ty)+) => {$(
        impl Column for $type {
            fn read(row: &Row<'_>, name: &str) -> Result<Self, sqlx::Error> {
                match row {
                    Row::Sqlite(row) => row.get(name).map_err(sqlite_fault),
                    Row::Postgres(row) => row.try_get(name),
                }
            }
        }
    )+};
}

plain_columns! { i64 Option<i64> String Option<String> Vec<u8> Option<Vec<u8>> Uuid Option<Uuid> }

/// Columns that hold a plain one in another dress.
macro_rules! dressed_columns {
    ($($type:ty = $plain:ty, $dress:expr;)+) => {$(
        impl Column for $type {
            fn read(row: &Row<'_>, name: &str) -> Result<Self, sqlx::Error> {
                let dress: fn($plain) -> Result<$type, sqlx::Error> = $dress;
                <$plain>::read(row, name).and_then(dress)
            }
        }
        impl Column for Option<$type> {
            fn read(row: &Row<'_>, name: &str) -> Result<Self, sqlx::Error> {
                let dress: fn($plain) -> Result<$type, sqlx::Error> = $dress;
                <Option<$plain>>::read(row, name)?.map(dress).transpose()
            }
        }
    )+};
}

dressed_columns! {
    Timestamp = i64, |value| Ok(Timestamp::from_micros(value));
    bool = i64, |value| Ok(value != 0);
    u32 = i64, |value| u32::try_from(value).map_err(|_| unreadable("a count out of range"));
    Language = String, |tag| [Language::English, Language::German].into_iter().find(|known| known.tag() == tag)
        .ok_or_else(|| unreadable("a language this version does not speak"));
    u64 = i64, |value| u64::try_from(value).map_err(|_| unreadable("a count out of range"));
    [u8; 32] = Vec<u8>, |value| value.try_into().map_err(|_| unreadable("a hash of another length"));
    TokenHash = Vec<u8>, |value| value.try_into().map(TokenHash::from_bytes)
        .map_err(|_| unreadable("a token hash of another length"));
}

macro_rules! id_columns {
    ($($id:ty)+) => {
        dressed_columns! { $($id = Uuid, |value| Ok(<$id>::from_uuid(value));)+ }
        value_from! { $($id => |value| Uuid(value.as_uuid());)+ }
    };
}

id_columns! {
    AccountId CaseId ChangeId DeviceId EvidenceId IdentifierId MessageId MoneyActionId PasskeyId ResetId
    SessionId SignInId SignUpId StaffId StaffSessionId TotpId
}

/// Members of closed lists, stored by their stable names.
macro_rules! named_columns {
    ($($type:ty)+) => {
        dressed_columns! {
            $($type = String, |name| <$type>::from_name(&name)
                .ok_or_else(|| unreadable(concat!("a name this version does not know: ", stringify!($type))));)+
        }
        value_from! { $($type => |value| Text(value.name());)+ }
    };
}

named_columns! {
    AccountStatus AuditKind CaseEnd CaseOpenedBy CaseStep CaseVote Channel DelayedChange EvidenceKind Factor
    IdentifierChangeKind IdentifierChangeStep IdentifierKind NoticeKind PairAct ReplaceTotpStep ResetStep Role
    SecurityEventKind SessionEndReason SignInStep SignUpStep StaffSessionEnd StepUpPurpose
}

/// A stored value that this version cannot read.
pub(crate) fn unreadable(what: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(what.into())
}

/// Declares a public struct whose fields are the columns of the same names.
macro_rules! record {
    ($(#[$outer:meta])* pub struct $name:ident { $($(#[$inner:meta])* pub $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$outer])*
        #[derive(Debug, Clone)]
        pub struct $name { $($(#[$inner])* pub $field: $type),+ }

        impl $crate::row::Record for $name {
            fn read(row: &$crate::row::Row<'_>) -> Result<Self, sqlx::Error> {
                Ok(Self { $($field: row.get(stringify!($field))?),+ })
            }
        }
    };
}
pub(crate) use record;

macro_rules! tuple_records {
    ($($type:ident $index:literal),+) => {
        impl<$($type: Column),+> Record for ($($type,)+) {
            fn read(row: &Row<'_>) -> Result<Self, sqlx::Error> {
                Ok(($($type::read(row, row.name($index).ok_or_else(|| unreadable("too few columns"))?)?,)+))
            }
        }
    };
}

tuple_records!(A 0);
tuple_records!(A 0, B 1);
tuple_records!(A 0, B 1, C 2);
tuple_records!(A 0, B 1, C 2, D 3);
tuple_records!(A 0, B 1, C 2, D 3, E 4, F 5);

impl Row<'_> {
    pub(crate) fn name(&self, index: usize) -> Option<&str> {
        use sqlx::Column as _;
        match self {
            Self::Sqlite(row) => row.as_ref().column_name(index).ok(),
            Self::Postgres(row) => row.columns().get(index).map(|column| column.name()),
        }
    }
}
