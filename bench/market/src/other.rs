//! The crate obcore as somebody would use it: a book alone, without money.

use doorward_domain::market::order::Side;
use obcore::{Evaluator, Op, OrderBook, OrderInterface};

use crate::flow::Operation;

/// An order with nothing in it that a book does not need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    id: u64,
    owner: u64,
    is_buy: bool,
    price: u64,
    quantity: u64,
    remaining: u64,
}

impl OrderInterface for Order {
    type I = u64;
    type N = u64;
    type O = u64;

    fn id(&self) -> &u64 {
        &self.id
    }

    fn is_buy(&self) -> bool {
        self.is_buy
    }

    fn price(&self) -> u64 {
        self.price
    }

    fn quantity(&self) -> u64 {
        self.quantity
    }

    fn remaining(&self) -> u64 {
        self.remaining
    }

    fn fill(&mut self, quantity: u64) {
        self.remaining -= quantity;
    }

    fn owner(&self) -> &u64 {
        &self.owner
    }
}

/// The book and what it decides with.
pub struct Obcore {
    book: OrderBook<Order>,
    evaluator: Evaluator<Order>,
}

impl Obcore {
    pub fn new() -> Self {
        Self { book: OrderBook::default(), evaluator: Evaluator::default() }
    }

    #[inline]
    pub fn apply(&mut self, operation: &Operation) {
        let op = match *operation {
            Operation::Insert { number, owner, side, ticks, lots } => Op::Insert(Order {
                id: number,
                owner: u64::from(owner),
                is_buy: side == Side::Buy,
                price: u64::from(ticks),
                quantity: lots as u64,
                remaining: lots as u64,
            }),
            Operation::Cancel { number } => Op::Delete(number),
        };
        for instruction in self.evaluator.eval(&self.book, op) {
            std::hint::black_box(&self.book.apply(instruction));
        }
        self.evaluator.reset();
    }
}
