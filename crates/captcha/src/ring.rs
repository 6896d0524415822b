//! Ready pictures: drawn while the machine is idle, handed out once.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{Rung, draw::Drawing};

/// One queue a rung that has pictures.
#[derive(Debug)]
pub(crate) struct Ring {
    slider: Mutex<VecDeque<Drawing>>,
    harder_slider: Mutex<VecDeque<Drawing>>,
    slider_size: usize,
    harder_slider_size: usize,
}

impl Ring {
    pub(crate) fn new(slider_size: usize, harder_slider_size: usize) -> Self {
        Self {
            slider: Mutex::new(VecDeque::with_capacity(slider_size)),
            harder_slider: Mutex::new(VecDeque::with_capacity(harder_slider_size)),
            slider_size,
            harder_slider_size,
        }
    }

    /// A picture that nobody has seen; it leaves the ring with this call.
    pub(crate) fn take(&self, rung: Rung) -> Option<Drawing> {
        self.queue(rung)?.0.pop_front()
    }

    /// The rung that lacks pictures most, if any does.
    pub(crate) fn lacking(&self) -> Option<Rung> {
        [Rung::Slider, Rung::HarderSlider]
            .into_iter()
            .filter_map(|rung| {
                let (queue, size) = self.queue(rung)?;
                (queue.len() < size).then(|| (rung, size - queue.len()))
            })
            .max_by_key(|(_, missing)| *missing)
            .map(|(rung, _)| rung)
    }

    /// Keeps a picture; one too many is dropped, never kept over the size.
    pub(crate) fn put(&self, drawing: Drawing) {
        if let Some((mut queue, size)) = self.queue(drawing.rung)
            && queue.len() < size
        {
            queue.push_back(drawing);
        }
    }

    /// How many pictures are ready.
    pub(crate) fn ready(&self, rung: Rung) -> usize {
        self.queue(rung).map_or(0, |(queue, _)| queue.len())
    }

    fn queue(&self, rung: Rung) -> Option<(MutexGuard<'_, VecDeque<Drawing>>, usize)> {
        let (queue, size) = match rung {
            Rung::Invisible => return None,
            Rung::Slider => (&self.slider, self.slider_size),
            Rung::HarderSlider => (&self.harder_slider, self.harder_slider_size),
        };
        Some((queue.lock().unwrap_or_else(PoisonError::into_inner), size))
    }
}
