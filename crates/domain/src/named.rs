//! A closed list whose members have a stable name for storage, metrics and logs.

/// Declares an enum without data and gives it `ALL`, `name()` and `from_name()`.
///
/// The names are what stores and dashboards keep: they never change once released.
macro_rules! named {
    ($(#[$outer:meta])* pub enum $type:ident { $($(#[$inner:meta])* $member:ident = $name:literal),+ $(,)? }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type { $($(#[$inner])* $member),+ }

        impl $type {
            /// Every member, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$member),+];

            /// The stable name that stores, metrics and logs use.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$member => $name),+ }
            }

            /// The member with this stable name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$member),)+ _ => None }
            }
        }
    };
}

pub(crate) use named;
