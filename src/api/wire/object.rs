//! Objects that are objects: serde reads a struct from a list too, field by field, and
//! the API's description allows no lists there.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// A `T` that was written as an object.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields(PhantomData)).map(Self)
    }
}

/// Reads fields by their names.
struct Fields<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields))
    }
}

/// For a field that is an object.
pub(in crate::api) fn object<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Object::deserialize(deserializer).map(|it| it.0)
}

/// For a field that is an object or null.
pub(in crate::api) fn perhaps_object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<Object<T>>::deserialize(deserializer).map(|it| it.map(|it| it.0))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[derive(serde::Deserialize)]
    struct Outer {
        #[serde(deserialize_with = "object")]
        inner: Inner,
        #[serde(default, deserialize_with = "perhaps_object")]
        other: Option<Inner>,
    }

    #[derive(serde::Deserialize)]
    struct Inner {
        kind: Option<String>,
    }

    #[test]
    fn lists_are_no_objects() {
        let read = |value: Value| serde_json::from_value::<Outer>(value);
        let both = read(json!({"inner": {"kind": "body"}, "other": {}})).expect("objects");
        assert_eq!(both.inner.kind.as_deref(), Some("body"));
        assert!(both.other.is_some_and(|it| it.kind.is_none()));
        assert!(read(json!({"inner": {}, "other": null})).is_ok());
        for wrong in [
            json!({"inner": ["body"]}),
            json!({"inner": {}, "other": [null]}),
        ] {
            let error = read(wrong).err().expect("a list is no object");
            assert!(error.to_string().contains("expected an object"), "{error}");
        }
    }
}
