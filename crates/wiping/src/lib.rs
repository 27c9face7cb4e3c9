#![doc = include_str!("../README.md")]

use std::alloc::{GlobalAlloc, Layout, System};

/// What is wiped at once.
type Word = u64;

/// An allocator that wipes what is given back to it.
#[derive(Clone, Copy, Debug)]
pub struct Wiping<A = System> {
    inner: A,
    /// Bytes of the largest block that is wiped.
    largest: usize,
}

impl Wiping {
    /// Wipes all of it.
    pub const ALL: Self = Self::new(System, usize::MAX);

    /// Wipes what a body in which somebody enters a secret can be in: it has 256 KiB at most. To wipe the 19 MiB of a hash, from which
    /// nothing can be read back, would make each login dearer.
    pub const BODIES: Self = Self::new(System, 1 << 20);
}

impl<A> Wiping<A> {
    /// Takes blocks from `inner`, and wipes those of up to `largest` bytes before they go back to it.
    pub const fn new(inner: A, largest: usize) -> Self {
        Self { inner, largest }
    }
}

/// The layout of a block of whole words.
#[inline]
fn in_words(layout: Layout) -> Layout {
    // It fails only where there is no such block.
    layout
        .align_to(align_of::<Word>())
        .map_or(layout, |layout| layout.pad_to_align())
}

#[expect(unsafe_code, reason = "an allocator is unsafe by its trait")]
// SAFETY: blocks are the inner allocator's, each asked for and given back with the same layout, which has room for what was asked for.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Wiping<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: what the caller promises of its layout holds for one that is larger, too.
        unsafe { self.inner.alloc(in_words(layout)) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { self.inner.alloc_zeroed(in_words(layout)) }
    }

    // What is too large to be wiped may grow where it is. All else is moved, and its old block given back.
    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: that there is such a layout is the caller's promise.
        let wanted = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        let (old, new) = (in_words(layout), in_words(wanted));
        if old.size() > self.largest && old.align() == new.align() {
            // SAFETY: the block was taken with this layout.
            return unsafe { self.inner.realloc(block, old, new.size()) };
        }
        // SAFETY: what the caller promises of both sizes; each block has room for the smaller of them.
        unsafe {
            let moved = self.alloc(wanted);
            if !moved.is_null() {
                moved.copy_from_nonoverlapping(block, layout.size().min(new_size));
                self.dealloc(block, layout);
            }
            moved
        }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let layout = in_words(layout);
        if layout.size() <= self.largest {
            let words = block.cast::<Word>();
            for number in 0..layout.size() / size_of::<Word>() {
                // SAFETY: the block is the caller's until it is given back below, begins at a word and has whole ones. Volatile, because
                // the compiler leaves out other writes to memory that is freed.
                unsafe { words.add(number).write_volatile(0) };
            }
        }
        // SAFETY: the block was taken with this layout.
        unsafe { self.inner.dealloc(block, layout) }
    }
}

#[cfg(test)]
#[expect(unsafe_code, reason = "an allocator is asked as the compiler does")]
mod tests {
    use std::cell::RefCell;
    use std::slice;

    use super::*;

    /// Notes of each block that is given back whether it holds nothing.
    #[derive(Default)]
    struct Looking(RefCell<Vec<bool>>);

    // SAFETY: all is done by the system's; a block is only looked at.
    unsafe impl GlobalAlloc for Looking {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: the caller's promise.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: all of it was written, by the test or by the wiping.
            let bytes = unsafe { slice::from_raw_parts(block, layout.size()) };
            let empty = bytes.iter().all(|byte| *byte == 0);
            self.0.borrow_mut().push(empty);
            // SAFETY: as above.
            unsafe { System.dealloc(block, layout) }
        }
    }

    fn layout(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).unwrap()
    }

    #[test]
    fn what_is_given_back_holds_nothing_whatever_its_size_and_alignment() {
        let wiping = Wiping::new(Looking::default(), usize::MAX);
        let cases = [
            (1, 1),
            (7, 1),
            (8, 8),
            (9, 1),
            (24, 16),
            (88, 1),
            (4096, 64),
        ];
        for (size, align) in cases {
            // SAFETY: a block is written to within its size and given back once.
            unsafe {
                let block = wiping.alloc(layout(size, align));
                assert!(!block.is_null() && block.addr().is_multiple_of(align));
                block.write_bytes(b'x', size);
                wiping.dealloc(block, layout(size, align));
            }
        }
        assert_eq!(*wiping.inner.0.borrow(), [true; 7]);
    }

    #[test]
    fn what_grows_keeps_its_content_and_leaves_nothing_behind() {
        let wiping = Wiping::new(Looking::default(), usize::MAX);
        // SAFETY: blocks are read and written within their sizes and given back once.
        unsafe {
            let block = wiping.alloc(layout(10, 1));
            block.write_bytes(b'x', 10);
            let grown = wiping.realloc(block, layout(10, 1), 100);
            assert_eq!(*wiping.inner.0.borrow(), [true]);
            assert_eq!(slice::from_raw_parts(grown, 10), [b'x'; 10]);
            wiping.dealloc(grown, layout(100, 1));
        }
        assert_eq!(*wiping.inner.0.borrow(), [true; 2]);
    }

    #[test]
    fn what_is_too_large_to_be_wiped_keeps_its_content_as_it_grows_and_shrinks() {
        let wiping = Wiping::new(Looking::default(), 64);
        // SAFETY: blocks are read and written within their sizes and given back once.
        unsafe {
            let block = wiping.alloc(layout(72, 1));
            block.write_bytes(b'x', 72);
            let grown = wiping.realloc(block, layout(72, 1), 104);
            assert_eq!(slice::from_raw_parts(grown, 72), [b'x'; 72]);
            grown.write_bytes(b'y', 104);
            let shrunk = wiping.realloc(grown, layout(104, 1), 8);
            assert_eq!(slice::from_raw_parts(shrunk, 8), [b'y'; 8]);
            wiping.dealloc(shrunk, layout(8, 1));
        }
        assert_eq!(*wiping.inner.0.borrow(), [false, false, true]);
    }

    #[test]
    fn blocks_that_are_larger_are_left_as_they_are() {
        let wiping = Wiping::new(Looking::default(), 64);
        for size in [64, 72] {
            // SAFETY: a block is written to within its size and given back once.
            unsafe {
                let block = wiping.alloc(layout(size, 8));
                block.write_bytes(b'x', size);
                wiping.dealloc(block, layout(size, 8));
            }
        }
        assert_eq!(*wiping.inner.0.borrow(), [true, false]);
    }
}
