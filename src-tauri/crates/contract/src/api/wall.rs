//! Walls, as they are shown.

use postgres::cluster::Wall;

use crate::wall::{WallStateView, WallView};

impl From<Wall> for WallView {
    fn from(wall: Wall) -> Self {
        let state = match &wall {
            Wall::Whole => WallStateView::Whole,
            Wall::Partly { .. } => WallStateView::Partly,
            Wall::None { .. } => WallStateView::None,
        };
        let (word, said) = wall.fact();
        Self { state, word: word.into(), said: said.unwrap_or_default() }
    }
}
