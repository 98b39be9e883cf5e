//! A request as it goes over the wire: an array of bulk strings (RESP).

use crate::outlet::quote_bytes::number;

/// Arguments in the making; each is copied once, into the bytes that are sent.
#[derive(Default)]
pub(super) struct Arguments {
    count: usize,
    bytes: Vec<u8>,
}

impl Arguments {
    pub(super) fn new<A: AsRef<[u8]>>(arguments: impl IntoIterator<Item = A>) -> Arguments {
        let mut new = Arguments::default();
        arguments.into_iter().for_each(|argument| new.push(argument));
        new
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// None again, with the room that these had.
    pub(super) fn clear(&mut self) {
        self.count = 0;
        self.bytes.clear();
    }

    /// As they go over the wire.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Each of them, as it goes over the wire and as it was pushed.
    pub(super) fn iter(&self) -> Iter<'_> {
        Iter { rest: &self.bytes }
    }

    /// Adds the arguments of `others` after these.
    pub(super) fn append(&mut self, others: &Arguments) {
        self.count += others.count;
        self.bytes.extend_from_slice(&others.bytes);
    }

    pub(super) fn push(&mut self, argument: impl AsRef<[u8]>) {
        let argument = argument.as_ref();
        self.count += 1;
        self.bytes.push(b'$');
        number(&mut self.bytes, argument.len() as u64);
        self.bytes.extend_from_slice(b"\r\n");
        self.bytes.extend_from_slice(argument);
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// The bytes of one command whose arguments are these and then those of `rest`, in pieces of at most `limit`
    /// bytes. A large `rest` is not copied.
    pub(super) fn pieces<'a>(
        &self,
        rest: &'a Arguments,
        limit: usize,
    ) -> (Vec<u8>, impl Iterator<Item = &'a [u8]> + use<'a>) {
        let mut head = format!("*{}\r\n", self.count + rest.count).into_bytes();
        head.extend_from_slice(&self.bytes);
        let (first, others) = rest.bytes.split_at(limit.saturating_sub(head.len()).min(rest.bytes.len()));
        head.extend_from_slice(first);
        (head, others.chunks(limit))
    }
}

/// Arguments, one after the other.
pub(super) struct Iter<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        let digits = self.rest.get(1..)?.iter().take_while(|byte| byte.is_ascii_digit());
        let (mut length, mut start) = (0, 3); // behind `$` and the line's end
        for digit in digits {
            length = length * 10 + usize::from(digit - b'0');
            start += 1;
        }
        let whole = self.rest.get(..start + length + 2)?;
        self.rest = &self.rest[whole.len()..];
        Some((whole, &whole[start..start + length]))
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    #[test]
    fn each_argument_is_found_again() {
        let words = ["SET", "", "a\r\n$3\r\nkey", "0123456789"];
        let arguments = Arguments::new(words);
        let found: Vec<&[u8]> = arguments.iter().map(|(_, pushed)| pushed).collect();
        assert_eq!(found, words.map(str::as_bytes));
        let sent: Vec<u8> = arguments.iter().flat_map(|(sent, _)| sent).copied().collect();
        assert_eq!(sent, arguments.bytes());
    }

    #[test]
    fn a_command_is_cut_and_not_changed() {
        let head = Arguments::new(["SET", "key"]);
        let rest = Arguments::new(["a value of some length"]);
        let whole = b"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$22\r\na value of some length\r\n";
        for limit in [1, 7, 30, 40, 1000] {
            let (first, others) = head.pieces(&rest, limit);
            let sent: Vec<u8> = first.into_iter().chain(others.flatten().copied()).collect();
            assert_eq!(sent, whole, "pieces of {limit}");
        }
    }
}
