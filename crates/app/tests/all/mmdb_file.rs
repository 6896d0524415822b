//! A file in the MaxMind DB format, written by hand: as much of it as the tests need.

use std::net::Ipv4Addr;

/// A value of the data section.
#[derive(Clone)]
pub(crate) enum Value {
    Text(&'static str),
    Yes(bool),
    Map(Vec<(&'static str, Value)>),
}

const NOTHING: u32 = u32::MAX;
/// Set on a child that is no node but a place in the data.
const DATA: u32 = 1 << 31;

/// Writes a file of IPv4 networks.
pub(crate) fn file(kind: &str, built: u64, networks: &[(&str, Value)]) -> Vec<u8> {
    let mut nodes = vec![[NOTHING; 2]];
    let mut data = Vec::new();
    for (network, value) in networks {
        let (address, length) = network.split_once('/').expect("a network");
        let bits = u32::from(address.parse::<Ipv4Addr>().expect("an address"));
        let length: u32 = length.parse().expect("a length");
        let place = u32::try_from(data.len()).expect("a small file");
        put(&mut data, value);
        let mut node = 0;
        for depth in 0..length {
            let side = usize::try_from(bits >> (31 - depth) & 1).expect("a bit");
            if depth + 1 == length {
                nodes[node][side] = DATA | place;
            } else {
                if nodes[node][side] == NOTHING {
                    nodes.push([NOTHING; 2]);
                    nodes[node][side] = u32::try_from(nodes.len() - 1).expect("few nodes");
                }
                node = usize::try_from(nodes[node][side]).expect("a node");
            }
        }
    }
    let count = u32::try_from(nodes.len()).expect("few nodes");
    let mut file = Vec::new();
    for child in nodes.iter().flatten() {
        let record = match *child {
            NOTHING => count,
            child if child & DATA != 0 => count + 16 + (child & !DATA),
            child => child,
        };
        file.extend(&record.to_be_bytes()[1..]);
    }
    file.extend([0; 16]);
    file.extend(data);
    file.extend(b"\xab\xcd\xefMaxMind.com");
    metadata(&mut file, kind, built, count);
    file
}

fn metadata(file: &mut Vec<u8>, kind: &str, built: u64, nodes: u32) {
    file.push(7 << 5 | 9);
    let small = |file: &mut Vec<u8>, name: &str, value: u8| {
        text(file, name);
        file.extend([5 << 5 | 1, value]);
    };
    small(file, "binary_format_major_version", 2);
    text(file, "binary_format_minor_version");
    file.push(5 << 5);
    small(file, "ip_version", 4);
    small(file, "record_size", 24);
    text(file, "node_count");
    file.push(6 << 5 | 4);
    file.extend(nodes.to_be_bytes());
    text(file, "build_epoch");
    file.extend([8, 2]);
    file.extend(built.to_be_bytes());
    text(file, "database_type");
    text(file, kind);
    text(file, "description");
    file.push(7 << 5 | 1);
    text(file, "en");
    text(file, "a test");
    text(file, "languages");
    file.extend([1, 4]);
    text(file, "en");
}

fn put(data: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Text(it) => text(data, it),
        // An extended type: the size is the value.
        Value::Yes(yes) => data.extend([u8::from(*yes), 7]),
        Value::Map(pairs) => {
            data.push(7 << 5 | u8::try_from(pairs.len()).expect("few pairs"));
            for (name, value) in pairs {
                text(data, name);
                put(data, value);
            }
        }
    }
}

fn text(data: &mut Vec<u8>, text: &str) {
    let length = u8::try_from(text.len()).expect("a short text");
    if length < 29 {
        data.push(2 << 5 | length);
    } else {
        data.extend([2 << 5 | 29, length - 29]);
    }
    data.extend(text.as_bytes());
}
